// Handing a stack's things over: out of the engine's books without touching them, and into them again.
import type { Json, JsonObject } from '../lib/json.js'
import { takeIds } from './arm.js'
import type { Sql } from './database.js'
import { dataPlace, type Opened, openRows, sealRows } from './sealing.js'

/** One thing, with all that the engine knows of it. */
export interface Holding extends Opened {
  readonly name: string
  readonly type: string
  readonly physicalId: string | null
  readonly action: string
  readonly status: string
  readonly token: string
  readonly properties: JsonObject | null
  readonly attributes: JsonObject | null
  readonly metadata: Json
  readonly privateData: Json
}

export async function readHoldings(sql: Sql, stackId: number): Promise<Holding[]> {
  const rows = await sql.query<Holding & { stackId: number; id: number }>(
    `select r.stack_id as "stackId", r.id, r.name, r.type, r.physical_id as "physicalId", r.action, r.status, r.token, x.properties, x.attributes,
       x.metadata, x.private as "privateData"
     from isotherm.resources r left join isotherm.resource_data x on x.stack_id = r.stack_id and x.id = r.id
     where r.stack_id = $1 and r.current order by r.name`,
    [stackId],
  )
  return openRows(sql, rows, { columns: ['properties', 'attributes', 'metadata', 'privateData'], placeOf: dataPlace })
}

/** Whatever leaves the stack from now on stays in the world. The caller holds the stack's lock. */
export async function retainAll(sql: Sql, stackId: number): Promise<void> {
  await sql.query('update isotherm.resources set retain = true where stack_id = $1 and not retain', [stackId])
}

export interface Adopted {
  readonly name: string
  readonly type: string
  readonly physicalId: string
  /** What the thing knows its maker by; undefined when somebody else made it. */
  readonly token: string | undefined
  readonly retain: boolean
  readonly properties: JsonObject | null
  readonly attributes: JsonObject
  readonly privateData: Json
  /** The parts that must not be seen. */
  readonly secret?: readonly string[]
}

/**
 * Versions that nobody has looked at: the visit that does finds no hash of their properties. The caller holds the lock of a
 * stack that has just been made.
 */
export async function insertAdopted(sql: Sql, stackId: number, things: readonly Adopted[]): Promise<void> {
  if (things.length === 0) return
  const ids = await takeIds(sql, things.length)
  const rows = things.map((thing, i) => ({ ...thing, stackId, id: ids[i] ?? 0 }))
  const columns = ['properties', 'attributes', 'privateData'] as const
  const sealed = await sealRows(sql, rows, { columns, placeOf: dataPlace })
  await sql.query(
    `with thing as materialized (
       select * from json_to_recordset($2::text::json) as t(id bigint, name text, type text, "physicalId" text, token uuid,
         retain boolean, properties jsonb, attributes jsonb, "privateData" jsonb)
     ), made as (
       insert into isotherm.resources (stack_id, id, name, type, token, current, physical_id, action, retain)
       select $1, id, name, type, coalesce(token, gen_random_uuid()), true, "physicalId", 'ADOPT', retain from thing
     )
     insert into isotherm.resource_data (stack_id, id, properties, attributes, private)
     select $1, id, properties, attributes, "privateData" from thing`,
    [stackId, JSON.stringify(sealed)],
  )
}
