// The things beside a resource that it requires: looked at, and left, from within a provider call.
import { equalJson, type Json } from '../lib/json.js'
import type { Thing } from '../provider/contract.js'
import { type InputRow, readRequired } from '../store/claim.js'
import type { Sql } from '../store/database.js'
import { lockStack } from '../store/stacks.js'
import { writeSignal } from '../store/views.js'
import type { Caller } from './call.js'
import { referenceOf, thingOf } from './inputs.js'
import type { Work } from './work.js'

export async function peerOf({ database, types }: Caller, work: Work, reference: Json): Promise<Thing | null> {
  const row = await rowOf(database, types, work, reference)
  return row ? thingOf(row) : null
}

/** Under the stack's lock, as a signal is: of one that comes meanwhile and this, neither undoes the other. */
export async function leavePeer(caller: Caller, work: Work, reference: Json): Promise<void> {
  const { database, types } = caller
  await database.transaction(async (sql) => {
    await lockStack(sql, work.stackId)
    const row = await rowOf(sql, types, work, reference)
    const left = row && types.get(row.type)?.left
    if (!row || !left) return
    const privateData = left(thingOf(row))
    await writeSignal(sql, work.stackId, row.id, {
      privateData,
      attributes: undefined,
      ...(row.secret && { secret: row.secret }),
    })
  })
}

async function rowOf(
  sql: Sql,
  types: Caller['types'],
  { stackId, id }: Work,
  reference: Json,
): Promise<InputRow | undefined> {
  const rows = await readRequired(sql, stackId, id)
  return rows.find((row) => equalJson(referenceOf(row, types.get(row.type)), reference))
}
