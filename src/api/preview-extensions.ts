// What a preview says of extensions: which resources keep their things under a new name, which could, and which are protected.

import { keyOf, takingsOf, toldOf } from '../engine/adoptions.js'
import type { Declared } from '../engine/declare/declare.js'
import { askedOf, keptByInside } from '../engine/extensions.js'
import { type Move, movesAsked, movesToMake } from '../graph/moves.js'
import type { VersionSummary } from '../graph/plan.js'
import { forbidden } from '../graph/policies.js'
import type { PlannedChange } from '../graph/preview.js'
import { type Place, readHeld } from '../store/adopt.js'
import type { Sql } from '../store/database.js'
import { Declaration } from '../store/declaration.js'
import { readExtensions, readNestedToGo, readProtectedInside } from '../store/extensions.js'
import type { StackRow } from '../store/stacks.js'
import type { Extensions } from '../template/extensions.js'

export class Foresight {
  readonly moves: readonly Move[]
  /** With the names that they will have. */
  readonly summaries: readonly VersionSummary[]
  readonly #renamed: ReadonlyMap<string, string>

  private constructor(
    readonly definitions: Declared['definitions'],
    summaries: readonly VersionSummary[],
    readonly inForce: ReadonlyMap<string, Extensions>,
  ) {
    const asked = askedOf({ kind: 'whole', definitions: Declaration.of(definitions.values()) })
    const existing = new Set(summaries.map(({ name }) => name))
    this.moves = movesToMake(movesAsked(asked, inForce), { wanted: asked.wanted, exists: (name) => existing.has(name) })
    this.#renamed = new Map(this.moves.map(({ from, to }) => [from, to]))
    this.summaries = this.rename(summaries)
  }

  static async of(
    sql: Sql,
    stack: StackRow | undefined,
    definitions: Declared['definitions'],
    summaries: readonly VersionSummary[],
  ): Promise<Foresight> {
    return new Foresight(definitions, summaries, stack ? await readExtensions(sql, stack.id) : new Map())
  }

  /** As what is read by these names is called now. */
  namesNow(names: ReadonlySet<string>): string[] {
    return [...names, ...this.moves.flatMap(({ from, to }) => (names.has(to) ? from : []))]
  }

  rename<R extends { readonly name: string }>(rows: readonly R[]): R[] {
    if (this.moves.length === 0) return [...rows]
    return rows.map((row) => ({ ...row, name: this.#renamed.get(row.name) ?? row.name }))
  }

  /** @param made names that stand for something in the world: nothing else is protected */
  tell(changes: readonly PlannedChange[], made: ReadonlySet<string>): PlannedChange[] {
    const added = new Set(changes.flatMap(({ name, action }) => (action === 'create' ? name : [])))
    const told = changes.map((change) => this.#guarded(this.#suggested(this.#moved(change), added), made))
    const known = new Set(changes.map(({ name }) => name))
    return [...told, ...this.moves.flatMap((move) => (known.has(move.to) ? [] : this.#kept(move)))]
  }

  #moved(change: PlannedChange): PlannedChange {
    const move = change.action === 'delete' ? undefined : this.moves.find(({ to }) => to === change.name)
    return move ? { ...change, movedFrom: move.from, reasons: [wasCalled(move), ...change.reasons] } : change
  }

  #kept(move: Move): PlannedChange[] {
    const type = this.definitions.get(move.to)?.body.type ?? ''
    const reasons = [wasCalled(move)]
    const unchanged = { action: 'keep', certain: true, possibly: [], differences: [] } as const
    return [{ name: move.to, type, movedFrom: move.from, ...unchanged, reasons }]
  }

  /** What goes and what comes may be the same, called otherwise. */
  #suggested(change: PlannedChange, added: ReadonlySet<string>): PlannedChange {
    if (change.action !== 'delete' || added.size === 0) return change
    const hash = this.summaries.find(({ name, current }) => current && name === change.name)?.definitionHash
    const twin = [...added].find((name) => this.definitions.get(name)?.hash === hash)
    if (twin === undefined) return change
    const text = `${twin} is defined just like it: with isotherm: { moved_from: ${change.name} } there, the thing is kept`
    return { ...change, reasons: [{ text, path: `resources.${twin}` }, ...change.reasons] }
  }

  #guarded(change: PlannedChange, made: ReadonlySet<string>): PlannedChange {
    const isotherm = made.has(change.name) ? this.inForce.get(change.name) : undefined
    if (change.action !== 'delete' || !isotherm || this.definitions.has(change.name)) return change
    const problem = forbidden('delete', { isotherm })
    return problem === undefined ? change : { ...change, action: 'fail', problem, refused: true }
  }
}

/** What the command would refuse, because something protected is inside, is foreseen to fail. */
export async function guardedByInside(
  sql: Sql,
  stack: StackRow | undefined,
  definitions: Declared['definitions'],
  changes: readonly PlannedChange[],
): Promise<readonly PlannedChange[]> {
  const isGoing = ({ name, action }: PlannedChange) =>
    action === 'replace' || (action === 'delete' && !definitions.has(name))
  if (!stack || !changes.some(isGoing)) return changes
  const names = new Map((await readNestedToGo(sql, stack.id)).map(({ id, name }) => [id, name]))
  const inside = await readProtectedInside(sql, [...names.keys()])
  const paths = new Map(inside.map(({ stackId, path }) => [names.get(stackId), path]))
  return changes.map((change) => {
    const path = isGoing(change) ? paths.get(change.name) : undefined
    if (path === undefined) return change
    const problem = keptByInside(change.name, change.action === 'delete' ? 'delete' : 'replace', path)
    if (!change.certain) return { ...change, problem }
    // A replacement for its properties is found to be forbidden only on the way.
    return { ...change, action: 'fail', problem, ...(change.action === 'delete' && { refused: true }) }
  })
}

/** What the command would refuse, because the thing that it is to take over has an owner, is foreseen to fail. */
export async function ownedByOthers(
  sql: Sql,
  place: Place,
  definitions: Declared['definitions'],
  changes: readonly PlannedChange[],
): Promise<readonly PlannedChange[]> {
  const created = new Set(changes.flatMap(({ name, action }) => (action === 'create' ? name : [])))
  const takings = takingsOf({ definitions }).filter(({ name }) => created.has(name))
  const held = new Map((await readHeld(sql, place, takings)).map((one) => [keyOf(one), one]))
  const problems = new Map(
    takings.flatMap((taking) => {
      const holder = held.get(keyOf(taking))
      return holder ? [[taking.name, toldOf(taking, holder).message] as const] : []
    }),
  )
  return changes.map((change) => {
    const problem = problems.get(change.name)
    return problem === undefined ? change : { ...change, action: 'fail', problem, refused: true }
  })
}

const wasCalled = ({ from }: Move) => ({ text: `it was called ${from} and keeps its thing` })
