// What waits for signals, or grows by them, in simulated worlds: the engine's own types. Their things are on no far side, so what
// they were told is followed from outside, signal by signal, and what the rows say of it is compared.
import { isVisiting } from '../src/graph/stage.js'
import { isJsonObject, type Json, type JsonObject } from '../src/lib/json.js'
import type { ResourceType } from '../src/provider/contract.js'
import { AutoScalingGroup } from '../src/provider/groups/scaling-group.js'
import { ScalingPolicy } from '../src/provider/groups/scaling-policy.js'
import { WaitCondition, WaitConditionHandle } from '../src/provider/heat/wait-condition.js'
import type { Declared } from './commands.js'
import type { ResourceView, Rows, StackView } from './rows.js'

export const HANDLE = WaitConditionHandle.name
export const WAIT = WaitCondition.name
export const POLICY = ScalingPolicy.name
export const CREW = AutoScalingGroup.name

/** As an engine holds them. */
export const signalledTypes: readonly ResourceType[] = [
  WaitConditionHandle,
  WaitCondition,
  ScalingPolicy,
  AutoScalingGroup,
]

/** Things that are nowhere but in their rows. */
export const isOnlyRow = (type: string): boolean => type === HANDLE || type === WAIT || type === POLICY

/** The bounds are the same everywhere: what a group was told would otherwise hang on which templates came by. */
const BOUNDS = { min_size: 1, max_size: 4, desired_capacity: 2 }

export const crewOf = (v: string): JsonObject => ({
  ...BOUNDS,
  resource: { type: 'Sim::Plain', properties: { v } },
})

export class Signals {
  /** By the token of a handle: the ids that it has heard since the last that waited on it went. */
  readonly #heard = new Map<string, ReadonlySet<string>>()
  /** All that it ever heard. */
  readonly #ever = new Map<string, Set<string>>()
  /** By the token of a group: how many it was told to be. */
  readonly #told = new Map<string, number>()
  /** By the token of what was marked as unwell while its stack was being updated: in which traversal. */
  readonly #marked = new Map<string, number>()

  /** How many a group is to be. */
  sizeOf(token: string): number {
    return this.#told.get(token) ?? BOUNDS.desired_capacity
  }

  /** After each transaction. @returns what was heard and is not known any more, and what went on unheard. */
  *follow(before: Rows, rows: Rows, declared: Declared | undefined): Iterable<string> {
    if (declared) this.#note(before, declared)
    this.#noteMarks(before, rows)
    const noted = new Map(rows.data.map((data) => [`${data.stack_id}/${data.id}`, data]))
    const known = new Set(before.resources.map(({ token }) => token))
    for (const row of rows.resources) {
      const data = noted.get(`${row.stack_id}/${row.id}`)
      if (row.type === HANDLE) yield* this.#handle(row, idsIn(data?.private ?? null), rows, known)
      if (row.type === WAIT) yield* this.#wait(row, data?.attributes ?? {}, data?.properties ?? {}, before, rows)
    }
  }

  #note(before: Rows, { stackId, command, found }: Declared): void {
    if (command.kind !== 'signal' || !found.isHeard) return
    const row = versionNamed(before, stackId, command.name)
    if (row?.type === HANDLE && isJsonObject(command.body)) {
      const id = String(command.body.id)
      this.#heard.set(row.token, new Set([...(this.#heard.get(row.token) ?? []), id]))
      this.#ever.set(row.token, (this.#ever.get(row.token) ?? new Set()).add(id))
    }
    const crew = row?.type === POLICY ? crewOfPolicy(row, before) : row?.type === CREW ? row : undefined
    const change = row?.type === CREW ? command.body : changeOf(row, before)
    if (!crew || !isJsonObject(change)) return
    const size = this.sizeOf(crew.token) + Number(change.adjustment)
    this.#told.set(crew.token, Math.max(BOUNDS.min_size, Math.min(BOUNDS.max_size, size)))
  }

  /** A person says so while the stack is being updated: of what has had its turn the next update hears. */
  #noteMarks(before: Rows, { stacks, resources }: Rows): void {
    const updated = new Map(stacks.filter(isUpdated).map(({ id, traversal }) => [id, traversal]))
    const isUnwell = (row: ResourceView | undefined) => row?.action === 'CHECK' && row.status === 'FAILED'
    for (const row of resources) {
      const traversal = updated.get(row.stack_id)
      const was = before.resources.find(({ token }) => token === row.token)
      if (traversal !== undefined && row.phase === null && isUnwell(row) && !isUnwell(was))
        this.#marked.set(row.token, traversal)
    }
  }

  /** Whether it was marked as unwell too late for this traversal. */
  isMarkedDuring(traversal: number | undefined, token: string | undefined): boolean {
    return traversal !== undefined && this.#marked.get(token ?? '') === traversal
  }

  *#handle(row: ResourceView, noted: ReadonlySet<string>, rows: Rows, known: ReadonlySet<string>): Iterable<string> {
    const { token, name, id } = row
    const heard = this.#heard.get(token) ?? NOTHING
    if (texts(noted) === texts(heard)) return
    // What goes leaves the handle to whoever waits next; what was abandoned was written down some time before.
    const isLeft = noted.size === 0 && rows.resources.some((other) => isLeaving(other, row))
    const isTakenOver = !known.has(token) && [...noted].every((one) => this.#ever.get(token)?.has(one))
    if (!isLeft && !isTakenOver) yield `${name}#${id} knows of ${texts(noted)}, and was signalled ${texts(heard)}`
    this.#heard.set(token, noted)
  }

  /** Whoever waited goes on with what the handle has heard, and with enough of it. */
  *#wait(row: ResourceView, attributes: JsonObject, { count }: JsonObject, before: Rows, rows: Rows): Iterable<string> {
    const was = before.resources.find(({ token }) => token === row.token)
    const isDone = (one: ResourceView | undefined) =>
      one?.status === 'COMPLETE' && (one.action === 'CREATE' || one.action === 'UPDATE')
    if (!isDone(row) || (isDone(was) && was?.fence === row.fence)) return
    const handles = rows.resources.filter(
      ({ stack_id, id, type }) => stack_id === row.stack_id && type === HANDLE && row.requires.includes(id),
    )
    const ids = new Set(Object.keys(JSON.parse(String(attributes.data ?? '{}'))))
    const isHeard = (id: string) => handles.some(({ token }) => this.#ever.get(token)?.has(id))
    if (ids.size < Number(count)) yield `${row.name}#${row.id} went on after ${texts(ids)} of ${String(count)}`
    for (const id of ids) if (!isHeard(id)) yield `${row.name}#${row.id} went on after ${id}, which nobody signalled`
  }
}

const NOTHING: ReadonlySet<string> = new Set()

const isUpdated = ({ status, action, stage }: StackView): boolean =>
  status === 'IN_PROGRESS' && stage !== 'visit' && !isVisiting(action)

const texts = (ids: ReadonlySet<string>): string => [...ids].sort().join(' ') || 'nothing'

function idsIn(notes: Json): ReadonlySet<string> {
  const { signals } = isJsonObject(notes) ? notes : {}
  return new Set(Array.isArray(signals) ? signals.map((one) => (isJsonObject(one) ? String(one.id) : '')) : [])
}

const isLeaving = ({ stack_id, type, action, requires }: ResourceView, handle: ResourceView): boolean =>
  type === WAIT && stack_id === handle.stack_id && action === 'DELETE' && requires.includes(handle.id)

/** Whom a signal reaches that names it. */
function versionNamed({ resources }: Rows, stackId: number, name: string): ResourceView | undefined {
  const versions = resources.filter((row) => row.stack_id === stackId && row.name === name)
  return versions.find(({ current }) => current) ?? versions.sort((one, other) => other.id - one.id)[0]
}

const crewOfPolicy = (policy: ResourceView, { resources }: Rows): ResourceView | undefined =>
  resources.find(
    ({ stack_id, id, type }) => stack_id === policy.stack_id && type === CREW && policy.requires.includes(id),
  )

/** What a policy says that its group is to be told. */
function changeOf(policy: ResourceView | undefined, { data }: Rows): JsonObject | undefined {
  const said = data.find(({ stack_id, id }) => stack_id === policy?.stack_id && id === policy.id)?.properties
  return said ? { adjustment: said.scaling_adjustment ?? 0 } : undefined
}
