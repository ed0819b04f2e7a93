// How much room a stack has left for what is nested in it, where its resources are limited. Whoever counts holds the tree until
// what was added is committed, so nobody else counts without it (ADR 0039).
import type { Sql } from '../../store/database.js'
import type { ChildRow, Surrounding } from '../../store/nested.js'
import { countTree, tryHoldTree } from '../../store/nested-tree.js'
import { tooMany } from '../declare/tree-limits.js'

/** `held`: somebody else is adding to the tree at this moment. */
export type RoomFor = { readonly kind: 'enough' | 'held' } | { readonly kind: 'exceeded'; readonly reason: string }

export class Room {
  /** By outermost stack: resources that there are, with those that this turn adds. */
  readonly #taken = new Map<number, number>()

  constructor(readonly sql: Sql) {}

  /** Whether a nested stack may become so large; what shrinks, or stays, may. */
  async for(
    { rootId, treeResourcesMax: resourcesMax }: Surrounding,
    child: ChildRow | undefined,
    size: number,
  ): Promise<RoomFor> {
    if (resourcesMax === null) return { kind: 'enough' }
    if (!this.#taken.has(rootId) && !(await tryHoldTree(this.sql, rootId))) return { kind: 'held' }
    const before = child ? await countTree(this.sql, child.id) : 0
    const all = (this.#taken.get(rootId) ?? (await countTree(this.sql, rootId))) - before + size
    if (all > resourcesMax && size > before) return { kind: 'exceeded', reason: tooMany(all, resourcesMax) }
    this.#taken.set(rootId, all)
    return { kind: 'enough' }
  }
}
