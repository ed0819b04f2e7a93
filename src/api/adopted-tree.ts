// What is adopted, as rows: the things of the stack, and under its composites their stacks with their things. Nested stacks are
// only there so far; what they are to be is told to them as to any other that exists, when the turn comes to their composites.

import { emptyTemplate } from '../engine/converge.js'
import type { Json } from '../lib/json.js'
import { physicalName } from '../provider/physical-name.js'
import { type Adopted, freeUids, insertAdopted, insertAdoptedStacks } from '../store/adopt.js'
import type { Sql } from '../store/database.js'
import { insertTemplates } from '../store/nested-beginning.js'
import type { StackRow } from '../store/stacks.js'
import { Conflict } from './find.js'

export interface Adoptable extends Adopted {
  readonly inside?: Inside
}

/** A nested stack. */
export interface Inside {
  /** What it was composed of; null when that is not known. */
  readonly template: Json
  readonly things: readonly Adoptable[]
}

interface Level {
  readonly stackId: number
  readonly stackName: string
  readonly things: readonly Adoptable[]
}

/** The caller holds the lock of the stack, which has just been made. Level by level, each in a few statements. */
export async function insertTree(
  sql: Sql,
  stack: StackRow,
  things: readonly Adoptable[],
  newId: () => string,
): Promise<void> {
  let level: readonly Level[] = [{ stackId: stack.id, stackName: stack.name, things }]
  for (let depth = 1; level.length > 0; depth++) level = await insertLevel(sql, stack, { level, depth, newId })
}

async function insertLevel(
  sql: Sql,
  { id: rootId }: StackRow,
  { level, depth, newId }: { readonly level: readonly Level[]; readonly depth: number; readonly newId: () => string },
): Promise<Level[]> {
  const all = level.flatMap(({ things, ...of }) => things.map((thing) => ({ ...of, thing })))
  const uids = all.flatMap(({ thing }) => (thing.inside && thing.token) ?? [])
  const free = new Set(await freeUids(sql, rootId, uids))
  // A nested stack's uid is its composite's token: it comes back under the id that it had, if that is nobody's by now.
  const placed = all.map(({ thing, ...of }) => {
    if (!thing.inside) return { ...of, thing }
    const token = thing.token !== undefined && free.delete(thing.token) ? thing.token : newId()
    return { ...of, thing: { ...thing, token, physicalId: token } }
  })
  const ids = await insertAdopted(
    sql,
    placed.map(({ stackId, thing: { inside: _, ...row } }) => ({ ...row, stackId })),
  )
  const stacks = placed.flatMap(({ stackId, stackName, thing: { name, token, inside } }, i) => {
    if (!inside || token === undefined) return []
    const own = physicalName({ stack: stackName, name, token })
    return { uid: token, name: own, parentId: stackId, parentResource: ids[i] ?? 0, rootId, depth, inside }
  })
  const made = new Map((await insertAdoptedStacks(sql, stacks)).map(({ id, uid }) => [uid, id]))
  const next = stacks.map(({ uid, name, inside }) => {
    const stackId = made.get(uid)
    if (stackId === undefined) throw new Conflict(`there is a stack ${name} already`)
    return { stackId, stackName: name, ...inside }
  })
  await insertTemplates(
    sql,
    next.map(({ stackId, template: object }) => ({ ...emptyTemplate, document: { object }, stackIds: [stackId] })),
  )
  return next
}
