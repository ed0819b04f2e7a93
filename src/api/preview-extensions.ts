// What a preview says of extensions: which resources keep their things under a new name, which could, and which are protected.

import type { Declared } from '../engine/declare/declare.js'
import { askedOf } from '../engine/extensions.js'
import { type Move, movesAsked, movesToMake } from '../graph/moves.js'
import type { VersionSummary } from '../graph/plan.js'
import { forbidden } from '../graph/policies.js'
import type { PlannedChange } from '../graph/preview.js'
import type { Sql } from '../store/database.js'
import { Declaration } from '../store/declaration.js'
import { readExtensions } from '../store/extensions.js'
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

  tell(changes: readonly PlannedChange[]): PlannedChange[] {
    const added = new Set(changes.flatMap(({ name, action }) => (action === 'create' ? name : [])))
    const told = changes.map((change) => this.#guarded(this.#suggested(this.#moved(change), added)))
    const known = new Set(changes.map(({ name }) => name))
    return [...told, ...this.moves.flatMap((move) => (known.has(move.to) ? [] : this.#kept(move)))]
  }

  #moved(change: PlannedChange): PlannedChange {
    const move = change.action === 'delete' ? undefined : this.moves.find(({ to }) => to === change.name)
    return move ? { ...change, reasons: [wasCalled(move), ...change.reasons] } : change
  }

  #kept(move: Move): PlannedChange[] {
    const type = this.definitions.get(move.to)?.body.type ?? ''
    const reasons = [wasCalled(move)]
    return [{ name: move.to, type, action: 'keep', certain: true, possibly: [], differences: [], reasons }]
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

  #guarded(change: PlannedChange): PlannedChange {
    const isotherm = this.inForce.get(change.name)
    if (change.action !== 'delete' || !isotherm || this.definitions.has(change.name)) return change
    const problem = forbidden('delete', { isotherm })
    return problem === undefined ? change : { ...change, action: 'fail', problem }
  }
}

const wasCalled = ({ from }: Move) => ({ text: `it was called ${from} and keeps its thing` })
