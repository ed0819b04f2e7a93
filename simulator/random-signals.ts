// Signals of worlds driven by chance: at any moment, twice, badly, and for what is not there any more.
import type { Chance } from './chance.js'
import type { Command } from './commands.js'
import { placeOf, type ResourceView, type Rows } from './rows.js'
import { CREW, HANDLE, POLICY, WAIT } from './signalled.js'

type Signal = Extract<Command, { kind: 'signal' }>

export function anySignal(chance: Chance, rows: Rows): Command | undefined {
  const takers = outerRows(rows).filter(({ type }) => type === HANDLE || type === POLICY || type === CREW)
  if (takers.length === 0) return undefined
  const { type, name, stack_id } = chance.pick(takers)
  const asked = chance.happens(0.1) ? chance.pick(['A', 'wait', 'nobody']) : name
  if (type === POLICY) return signalTo(rows, stack_id, asked, {})
  if (type === CREW) return signalTo(rows, stack_id, asked, { adjustment: chance.pick([-1, 1]) })
  const status = chance.happens(0.12) ? 'FAILURE' : 'SUCCESS'
  return signalTo(rows, stack_id, asked, { id: `s${chance.int(5)}`, status })
}

/** To the handle of something that waits. */
export function wantedSignal(chance: Chance, rows: Rows): Command | undefined {
  const running = new Set(rows.stacks.flatMap(({ id, status }) => (status === 'IN_PROGRESS' ? id : [])))
  const waiting = outerRows(rows).filter(
    ({ type, state, stack_id }) => type === WAIT && state === 'parked' && running.has(stack_id),
  )
  if (waiting.length === 0) return undefined
  const { stack_id, requires } = chance.pick(waiting)
  const handle = rows.resources.find(
    ({ stack_id: stack, id, type, current }) =>
      stack === stack_id && type === HANDLE && current && requires.includes(id),
  )
  return handle && signalTo(rows, stack_id, handle.name, { id: `h${chance.int(1_000_000)}` })
}

/** What makes a group grow, or shrink, once its stack is complete. */
export function scalingSignal(chance: Chance, rows: Rows): Command | undefined {
  const policies = outerRows(rows).filter(({ type }) => type === POLICY)
  if (policies.length === 0) return undefined
  const { stack_id, name } = chance.pick(policies)
  return signalTo(rows, stack_id, name, {})
}

function signalTo(rows: Rows, stackId: number, name: string, body: Signal['body']): Command | undefined {
  const stack = rows.stacks.find(({ id }) => id === stackId)
  return stack && { kind: 'signal', ...placeOf(stack, rows), name, body }
}

/** Of stacks that are nested in nothing. */
function outerRows({ stacks, resources }: Rows): readonly ResourceView[] {
  const outer = new Set(
    stacks.flatMap(({ id, parent_id, deleted_at }) => (parent_id === null && deleted_at === null ? id : [])),
  )
  return resources.filter(({ stack_id }) => outer.has(stack_id))
}
