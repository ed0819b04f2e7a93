// Composites in a turn: what their work comes to is settled at once, in the transaction in which it was begun.
import type { TypeRegistry } from '../../provider/registry.js'
import type { Transaction } from '../../store/database.js'
import type { RowKey } from '../../store/settle.js'
import type { RetryPolicy } from '../retry.js'
import { type Ending, endingOf, isRemoval, settle } from '../settle.js'
import type { Work } from '../work.js'
import { bringAbout } from './bring-about.js'

export interface NestedContext {
  readonly engineId: string
  readonly types: TypeRegistry
  readonly random: () => number
  readonly policyFor: (type: string) => RetryPolicy
}

export interface SettledNested {
  /** The works that are provider calls. */
  readonly calls: Work[]
  /** Whose last predecessor has settled. */
  readonly arrived: readonly RowKey[]
}

export async function settleNested(
  sql: Transaction,
  context: NestedContext,
  works: readonly Work[],
): Promise<SettledNested> {
  const { engineId, types, policyFor, random } = context
  const isNested = (work: Work) => types.get(work.type)?.composite !== undefined
  const finished = await bringAbout(sql, types, works.filter(isNested))
  if (finished.length === 0) return { calls: [...works], arrived: [] }
  const ends = finished.map((item) => endingOf(item, policyFor(item.work.type), random()))
  const { arrived } = await settle(
    sql,
    engineId,
    ends.filter((end): end is Ending => !isRemoval(end)),
    ends.filter(isRemoval),
  )
  return { calls: works.filter((work) => !isNested(work)), arrived }
}
