// What templates promise of things that go, or that are called otherwise: whether they stay in the world, are kept in a snapshot
// before, or do not go at all. Followed from outside, by the version's token; what the rows say of it counts for nothing here.
import type { FarSide } from './far-side.js'
import { isComposite } from './nests.js'
import type { ResourceView, Rows, StackView } from './rows.js'
import type { Targets } from './targets.js'
import { isStaying } from './templates.js'

export class Promises {
  /** Whether the version may stay in the world when its row is gone. */
  readonly #stays = new Map<string, boolean>()
  /** By stack and name, what was said last: it is kept before it is deleted. */
  readonly #kept = new Map<string, boolean>()
  /** Versions that have been brought to what a template says of them that protects them, as long as it does. */
  readonly #protected = new Map<string, { readonly stackId: number }>()

  constructor(
    readonly targets: Targets,
    readonly far: FarSide,
  ) {}

  staysInTheWorld(token: string): boolean {
    return this.#stays.get(token) ?? false
  }

  /** After each transaction, once the targets have followed. @returns what was promised and is not so. */
  *follow(before: Rows, rows: Rows): Iterable<string> {
    const stacks = new Map(rows.stacks.map((stack) => [stack.id, stack]))
    const earlier = new Map(before.resources.map((row) => [row.token, row]))
    const inForce = new Map(rows.definitions.map(({ stack_id, name, hash }) => [`${stack_id}/${name}`, hash]))
    this.#noteKept(rows)
    yield* this.#moved(before, rows)
    const living = new Map(rows.resources.map((row) => [`${row.stack_id}/${row.id}`, row]))
    const isLeaving = ({ parent_id, parent_resource }: StackView): boolean => {
      const [row, around] = [living.get(`${parent_id}/${parent_resource}`), stacks.get(parent_id ?? 0)]
      return row !== undefined && (!row.current || (around !== undefined && isLeaving(around)))
    }
    for (const row of rows.resources) {
      const stack = stacks.get(row.stack_id)
      if (this.targets.isAbandoned(outermost(stack, stacks))) this.#stays.set(row.token, !isComposite(row.type))
      // What goes with its composite goes as was said of that.
      else if (row.current && !(stack && isLeaving(stack))) this.#noteStays(row, inForce)
      yield* this.#deletion(row, earlier.get(row.token), rows)
    }
    yield* this.#protection(rows, inForce, stacks)
  }

  #wanted({ stack_id, name }: ResourceView) {
    return this.targets.templateOf(stack_id)[name]
  }

  /** Said of a version as long as it is what its name means; of what is adopted into a nested stack only when that is told. */
  #noteStays(row: ResourceView, inForce: ReadonlyMap<string, string>): void {
    const { stack_id, name, token, action } = row
    if (this.targets.knows(stack_id)) {
      const wanted = this.#wanted(row)
      if (wanted) this.#stays.set(token, isStaying(wanted))
    } else if (inForce.has(`${stack_id}/${name}`)) this.#stays.set(token, false)
    else if (!this.#stays.has(token)) this.#stays.set(token, action === 'ADOPT')
  }

  #noteKept({ stacks }: Rows): void {
    for (const { id } of stacks)
      for (const [name, { keep = false }] of Object.entries(this.targets.templateOf(id)))
        this.#kept.set(`${id}/${name}`, keep)
  }

  *#deletion(row: ResourceView, was: ResourceView | undefined, rows: Rows): Iterable<string> {
    const isBegun = (one: ResourceView | undefined) => one?.action === 'DELETE' && one.status === 'IN_PROGRESS'
    if (!isBegun(row) || isBegun(was)) return
    if (this.#stays.get(row.token)) yield `${row.name}#${row.id} is deleted, although it is to stay in the world`
    if (!was || !isMade(was) || !this.#kept.get(`${row.stack_id}/${row.name}`)) return
    for (const { name, id, physical_id } of thingsOf(row, rows))
      if (!this.far.kept.has(physical_id ?? '')) yield `${name}#${id} is deleted before it was kept`
  }

  *#protection(
    { resources }: Rows,
    inForce: ReadonlyMap<string, string>,
    stacks: ReadonlyMap<number, StackView>,
  ): Iterable<string> {
    const living = new Map(resources.map((row) => [row.token, row]))
    for (const [token, { stackId }] of this.#protected) {
      const row = living.get(token)
      const wanted = row && this.#wanted(row)
      // What is abandoned is not deleted.
      if (this.targets.isAbandoned(outermost(stacks.get(stackId), stacks))) this.#protected.delete(token)
      else if (row && wanted && !wanted.isotherm?.protect) this.#protected.delete(token)
      else if (!row || !wanted || !row.current || row.action === 'DELETE') {
        yield `what is protected in stack ${stackId} goes: ${row ? `${row.name}#${row.id}` : token}`
        this.#protected.delete(token)
      }
    }
    for (const row of resources) {
      const { stack_id, name, token, current, phase, status, definition_hash } = row
      const isSettled = current && phase === null && status === 'COMPLETE' && row.physical_id !== null
      if (!isSettled || !this.#wanted(row)?.isotherm?.protect) continue
      if (definition_hash === inForce.get(`${stack_id}/${name}`)) this.#protected.set(token, { stackId: stack_id })
    }
  }

  /** In the transaction of the command: what is there under the earlier name alone has the new one from now on. */
  *#moved(before: Rows, rows: Rows): Iterable<string> {
    const traversals = new Map(before.stacks.map(({ id, traversal }) => [id, traversal]))
    for (const { id, traversal } of rows.stacks) {
      if (traversals.get(id) === traversal) continue
      const template = this.targets.templateOf(id)
      const moves = Object.entries(template).flatMap(([to, { isotherm }]) =>
        isotherm?.movedFrom === undefined ? [] : { from: isotherm.movedFrom, to },
      )
      const there = before.resources.filter(({ stack_id }) => stack_id === id)
      for (const { from, to } of moves) {
        const isAlone = moves.every((other) => other.to === to || (other.from !== from && other.from !== to))
        if (!isAlone || from in template || there.some(({ name }) => name === to)) continue
        const tokens = new Set(there.flatMap(({ name, token }) => (name === from ? token : [])))
        for (const row of rows.resources)
          if (tokens.has(row.token) && row.name !== to) yield `${row.name}#${row.id} is not called ${to}`
      }
    }
  }
}

const isMade = ({ physical_id, action, status }: ResourceView): boolean =>
  physical_id !== null && !(action === 'CREATE' && status !== 'COMPLETE')

/** Of a composite, the things that were made inside it and stand for it. */
function* thingsOf(row: ResourceView, rows: Rows): Iterable<ResourceView> {
  if (!isComposite(row.type)) return yield row
  const inside = rows.stacks.find(
    ({ parent_id, parent_resource }) => parent_id === row.stack_id && parent_resource === row.id,
  )
  // Its deletion may have begun by the same write.
  const members = rows.resources.filter(({ stack_id }) => stack_id === inside?.id)
  for (const member of members) if (isMade(member)) yield* thingsOf(member, rows)
}

/** The id of the stack around it, and around that. */
export function outermost(stack: StackView | undefined, stacks: ReadonlyMap<number, StackView>): number {
  const around = stack?.parent_id ? stacks.get(stack.parent_id) : undefined
  return around ? outermost(around, stacks) : (stack?.id ?? 0)
}
