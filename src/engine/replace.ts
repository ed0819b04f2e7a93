// Replacing: a new version takes over the node of the one that cannot be changed into what is wanted. The old one lives on until
// nothing requires it, or, where the template says so, goes before the new one is made (ADR 0021).
import { takeIds } from '../store/arm.js'
import { handOver, insertReplacements, makeWay } from '../store/begin.js'
import type { ClaimedRow } from '../store/claim.js'
import type { Sql } from '../store/database.js'
import { existingOf } from './external.js'
import type { Decision } from './prepare.js'

export type Begin = Extract<Decision, { kind: 'begin' }>
type Replace = Extract<Decision, { kind: 'replace' }>
type MakeWay = Extract<Decision, { kind: 'makeWay' }>

/** New versions for those that must be replaced; from here on they are begun like any other create. */
export async function replace(sql: Sql, decisions: readonly Replace[]): Promise<Begin[]> {
  if (decisions.length === 0) return []
  const ids = await takeIds(sql, decisions.length)
  const made = await insertReplacements(
    sql,
    decisions.map((decision, i) => replacementOf(decision, ids[i] ?? 0)),
  )
  const tokens = new Map(made.map(({ id, token }) => [id, token]))
  return decisions.map(({ row, wanted, intent, propertiesHash }, i) => {
    const id = ids[i] ?? 0
    const token = tokens.get(id) ?? ''
    const chosen = { id, fence: 0, token, physicalId: null, requires: [], suspended: false, attributes: null }
    return {
      kind: 'begin',
      row,
      chosen: { ...chosen, privateData: null, properties: null, propertiesHash: null, intent: null },
      task: { kind: 'create', wanted, resume: false, ...existingOf(intent) },
      intent,
      propertiesHash,
      attempt: 1,
    }
  })
}

/** What is in the way goes first; the node waits for it on a version that has nothing in the world yet. */
export async function makeRoom(sql: Sql, decisions: readonly MakeWay[]): Promise<void> {
  if (decisions.length === 0) return
  const replaced = decisions.filter(({ replaces }) => replaces)
  const ids = await takeIds(sql, replaced.length)
  const carriers = new Map(replaced.map((decision, i) => [decision, ids[i] ?? 0]))
  await insertReplacements(
    sql,
    replaced.map((decision) => replacementOf(decision, carriers.get(decision) ?? 0)),
  )
  await handOver(
    sql,
    replaced.map((decision) => handOverTo(decision.row, carriers.get(decision) ?? 0)),
  )
  await makeWay(
    sql,
    decisions.map((decision) => ({
      stackId: decision.row.stackId,
      id: carriers.get(decision) ?? decision.row.id,
      traversal: decision.row.traversal,
      elders: decision.elders,
    })),
  )
}

const replacementOf = ({ row, intent }: Pick<Replace, 'row' | 'intent'>, id: number) => ({
  stackId: row.stackId,
  id,
  name: row.name,
  type: row.definition?.type ?? row.type,
  replaces: row.id,
  retain: intent.retain,
  traversal: row.traversal,
})

export const handOverTo = (row: ClaimedRow, to: number) => ({
  stackId: row.stackId,
  from: row.id,
  to,
  traversal: row.traversal,
  tells: row.tells,
  retain: row.retain,
})
