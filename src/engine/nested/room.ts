// How much room a stack has left for what is nested in it, where its resources are limited. Two engines at once may both find
// the last of it: a limit is a fence, not an account.
import type { Sql } from '../../store/database.js'
import type { ChildRow, Surrounding } from '../../store/nested.js'
import { countTree } from '../../store/nested-tree.js'
import { tooMany } from '../declare/tree-limits.js'

export class Room {
  /** By outermost stack: resources that there are, with those that this turn adds. */
  readonly #taken = new Map<number, number>()

  constructor(readonly sql: Sql) {}

  /** @returns why a nested stack may not become so large; what shrinks, or stays, may. */
  async excess(
    { rootId, treeResourcesMax: resourcesMax }: Surrounding,
    child: ChildRow | undefined,
    size: number,
  ): Promise<string | undefined> {
    if (resourcesMax === null) return undefined
    const before = child ? await countTree(this.sql, child.id) : 0
    const all = (this.#taken.get(rootId) ?? (await countTree(this.sql, rootId))) - before + size
    if (all > resourcesMax && size > before) return tooMany(all, resourcesMax)
    this.#taken.set(rootId, all)
    return undefined
  }
}
