// What snapshots must hold: reality, looked at in the moment in which each of them is complete. Going back to one is judged by
// this, and not by what the database has of it.
import { canonical, isJsonObject, type Json } from '../src/lib/json.js'
import type { KeptStack } from '../src/template/definition.js'
import { isFarewell } from './commands.js'
import type { FarSide } from './far-side.js'
import { type Inner, isComposite } from './nests.js'
import type { ResourceView, Rows, SnapshotView } from './rows.js'

/** Of one resource: what is laid over its properties, or the snapshot to which its stack goes back. */
interface Kept {
  readonly type: string
  readonly v?: Json
  readonly restore?: KeptStack
}

type Picture = ReadonlyMap<string, Kept>

export class Pictures {
  readonly #taken = new Map<string, Picture>()

  /** What is to be there when a stack that is declared like this has gone back to a snapshot. */
  laidOver<T extends Inner>(
    declared: { readonly [name: string]: T },
    snapshot: string | undefined,
  ): { readonly [name: string]: T } {
    const picture = this.#taken.get(snapshot ?? '') ?? new Map<string, Kept>()
    const entries = Object.entries(declared).map(([name, wanted]): [string, T] => {
      const kept = picture.get(name)
      if (kept?.type !== wanted.type) return [name, wanted]
      if (kept.restore) return [name, { ...wanted, restore: kept.restore }]
      return [name, { ...wanted, properties: { ...wanted.properties, v: kept.v ?? null } }]
    })
    return Object.fromEntries(entries)
  }

  /** After each transaction. @returns what is wrong with those that have become complete. */
  *follow(rows: Rows, far: FarSide): Iterable<string> {
    for (const snapshot of rows.snapshots) {
      if (snapshot.status !== 'COMPLETE' || this.#taken.has(snapshot.id)) continue
      const picture = new Map<string, Kept>()
      this.#taken.set(snapshot.id, picture)
      if (isFarewell(snapshot.name)) continue
      for (const row of rows.resources) {
        if (row.stack_id !== snapshot.stack_id || !row.current) continue
        const entry = snapshot.resources.find(({ name }) => name === row.name)
        if (entry?.physical_id !== row.physical_id) yield `the snapshot ${snapshot.name} has nothing of ${row.name}`
        if (isComposite(row.type)) yield* this.#inside(row, entry?.data ?? null, rows, picture)
        else yield* this.#thing(row, entry?.data ?? null, far, picture)
      }
    }
  }

  *#thing(row: ResourceView, data: Json, far: FarSide, picture: Map<string, Kept>): Iterable<string> {
    const thing = far.things.get(row.physical_id ?? '')
    const is = thing ? { type: thing.type, v: thing.properties.v ?? null } : null
    if (canonical(data) !== canonical(is))
      yield `of ${row.name} ${canonical(data)} was kept, but it is ${canonical(is)}`
    if (is && is.v !== null) picture.set(row.name, is)
  }

  /** Which snapshot it is only the database knows, but not what is in it. */
  *#inside(row: ResourceView, data: Json, { stacks, snapshots }: Rows, picture: Map<string, Kept>): Iterable<string> {
    const { stack = null, snapshot = null } = isJsonObject(data) ? data : {}
    const child = stacks.find(({ uid }) => uid === row.token)
    const inside = snapshots.find((one) => one.id === snapshot && one.stack_id === stack)
    if (inside?.status !== 'COMPLETE' || child?.id !== inside.stack_id || !isNewest(inside, snapshots))
      yield `of the stack of ${row.name} no snapshot was taken`
    else picture.set(row.name, { type: row.type, restore: { stack: inside.stack_id, snapshot: inside.id } })
  }
}

const isNewest = (snapshot: SnapshotView, all: readonly SnapshotView[]): boolean =>
  !all.some(({ stack_id, traversal }) => stack_id === snapshot.stack_id && traversal > snapshot.traversal)
