// What a template takes over from others (`isotherm: { adopt }`) must be nobody's: of two stacks that own a thing, whichever goes first
// takes it from the other (ADR 0049). Asked before anything is written, under a lock of the project.
import { InvalidInput, type Problem } from '../lib/problem.js'
import { type Held, lockAdoptions, type Place, readHeld } from '../store/adopt.js'
import type { Sql } from '../store/database.js'
import type { Declaration } from '../store/declaration.js'
import { readNamesMade } from '../store/extensions.js'
import type { StackRow } from '../store/stacks.js'
import type { StoredDefinition } from '../store/templates.js'
import type { Extensions } from '../template/extensions.js'

export interface Taking {
  readonly name: string
  readonly type: string
  readonly physicalId: string
}

/** The caller holds the stack's lock. What has its thing already takes over nothing. Throws InvalidInput. */
export async function refuseOwned(sql: Sql, { id, project }: StackRow, given: Declaration): Promise<void> {
  const takings = takingsIn(given.extensions, (name) => given.kindOf(name)?.type)
  if (takings.length === 0) return
  const names = takings.map(({ name }) => name)
  const made = await readNamesMade(sql, id, names)
  await new Takings(sql).refuse(
    { project, stackId: id },
    takings.filter(({ name }) => !made.has(name)),
  )
}

function takingsIn(
  extensions: Iterable<readonly [name: string, Extensions | undefined]>,
  typeOf: (name: string) => string | undefined,
): Taking[] {
  return [...extensions].flatMap(([name, isotherm]) =>
    isotherm?.adopt === undefined ? [] : { name, type: typeOf(name) ?? '', physicalId: isotherm.adopt },
  )
}

export const takingsOf = ({ definitions }: { readonly definitions: ReadonlyMap<string, StoredDefinition> }): Taking[] =>
  takingsIn(
    [...definitions].map(([name, { body }]) => [name, body.isotherm]),
    (name) => definitions.get(name)?.body.type,
  )

/** Of one transaction: what it takes over itself stands in no row before its end. */
export class Takings {
  readonly #own = new Map<string, Held>()

  constructor(readonly sql: Sql) {}

  async refuse(place: Place, takings: readonly Taking[]): Promise<void> {
    if (takings.length === 0) return
    await lockAdoptions(this.sql, place.project)
    const held = new Map((await readHeld(this.sql, place, takings)).map((one) => [keyOf(one), one]))
    const problems = takings.flatMap((taking): Problem[] => {
      const key = keyOf(taking)
      const holder = held.get(key) ?? this.#own.get(key)
      this.#own.set(key, { ...taking, resource: taking.name, stack: null, isThere: false })
      return holder ? [{ path: `resources.${taking.name}.isotherm.adopt`, ...toldOf(taking, holder) }] : []
    })
    if (problems.length > 0) throw new InvalidInput(problems)
  }
}

export const keyOf = ({ type, physicalId }: Pick<Taking, 'type' | 'physicalId'>): string => `${type} ${physicalId}`

/** Why it cannot be taken over, and what to do instead. */
export function toldOf({ physicalId }: Pick<Taking, 'physicalId'>, { resource, stack, isThere }: Held) {
  const owner = stack === null ? `${resource}, beside it` : `${resource} in the stack ${stack}`
  const hint =
    stack === null
      ? `isotherm: { moved_from: ${resource} } keeps a thing under another name; external_id only refers to it`
      : 'let it go there first (deletion_policy: Retain leaves the thing where it is), or only refer to it with external_id'
  return { message: `${physicalId} ${isThere ? 'belongs to' : 'is to be taken over by'} ${owner}`, hint }
}
