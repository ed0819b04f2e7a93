// Composites in a turn: what their work comes to is settled at once, in the transaction in which it was begun.
import type { Transaction } from '../../store/database.js'
import { settleFinished } from '../settle-finished.js'
import type { TurnContext } from '../turn-context.js'
import type { Work } from '../work.js'
import { bringAbout } from './bring-about.js'

/** @returns the works that are provider calls. */
export async function settleNested(sql: Transaction, context: TurnContext, works: readonly Work[]): Promise<Work[]> {
  const isNested = ({ type }: Work) => context.types.get(type)?.composite !== undefined
  const finished = await bringAbout(sql, context.types, works.filter(isNested))
  if (finished.length === 0) return [...works]
  await settleFinished(sql, context, finished)
  return works.filter((work) => !isNested(work))
}
