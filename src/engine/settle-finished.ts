// Settling what has come of work, whatever it was: outcomes of actions and answers of visits.
import type { Sql } from '../store/database.js'
import { secretHash } from '../store/keyring.js'
import { endingOf, type Refused, settle } from './settle.js'
import { patienceWith, type TurnContext } from './turn-context.js'
import { isVisit, settleVisited, visitEndingOf } from './visit-settle.js'
import type { FinishedWork } from './work.js'

/** @returns what came too late. */
export async function settleFinished(
  sql: Sql,
  context: TurnContext,
  finished: readonly FinishedWork[],
): Promise<Refused[]> {
  const { engineId, random } = context
  const visits = finished.filter(({ work }) => isVisit(work))
  const others = visits.length === 0 ? finished : finished.filter(({ work }) => !isVisit(work))
  const ends = others.map((item) => endingOf(item, patienceWith(context, item.work), random()))
  const settled = await settle(sql, engineId, ends)
  if (visits.length === 0) return settled
  const hashSecret = secretHash(sql)
  const visitEnds = visits.map((item) => visitEndingOf(item, patienceWith(context, item.work), random(), hashSecret))
  const visited = await settleVisited(sql, engineId, visitEnds)
  return [...settled, ...visited]
}
