// Composites in a turn: what their work comes to is settled at once, in the transaction in which it was begun.
import type { Transaction } from '../../store/database.js'
import { writeHandles } from '../../store/settle.js'
import { handleOf } from '../settle.js'
import { settleFinished } from '../settle-finished.js'
import type { TurnContext } from '../turn-context.js'
import type { FinishedWork, Work } from '../work.js'
import { bringAbout } from './bring-about.js'
import { NEVER_SECONDS } from './outcomes.js'

/** @returns the works that are provider calls. */
export async function settleNested(sql: Transaction, context: TurnContext, works: readonly Work[]): Promise<Work[]> {
  const isNested = ({ type }: Work) => context.types.get(type)?.composite !== undefined
  const finished = await bringAbout(sql, context.types, works.filter(isNested))
  if (finished.length === 0) return [...works]
  const handles = finished.flatMap((one) => waitingHandleOf(one) ?? [])
  await writeHandles(sql, handles)
  await settleFinished(
    sql,
    context,
    finished.filter((one) => !waitingHandleOf(one)),
  )
  return works.filter((work) => !isNested(work))
}

/** Of what has just been parked and waits for its stack: of its row everything has been written. */
function waitingHandleOf({ work, outcome }: FinishedWork) {
  const begun = work.parked && work.task.kind !== 'poll' && work.task.kind !== 'cancel'
  return begun && outcome.kind === 'pending' && outcome.pollAfterSeconds === NEVER_SECONDS
    ? handleOf(work, outcome)
    : undefined
}
