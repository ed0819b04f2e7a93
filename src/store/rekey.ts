// Changing keys: once a new key is in force (keyring.ts), everything is sealed anew with it, a small batch at a time. How far it came
// stands in the rows themselves, so whoever is interrupted simply begins again; engines go on meanwhile, for both keys are known.
import type { JsonObject } from '../lib/json.js'
import { isSealed, keyOfSealed, type SealPlace } from '../lib/vault.js'
import type { Database, Sql } from './database.js'
import { dataPlace, definitionPlace, openValue, sealer, snapshotPlace, templatePlace } from './sealing.js'

/** Rows that are locked at once. */
const BATCH = 200

/** Keys that are in force no more, and of which nothing is left, are forgotten. @returns how many. */
export async function forgetKeys(sql: Sql): Promise<number> {
  const rows = await sql.query(`delete from isotherm.keys where purpose = 'seal' and not in_force returning id`)
  return rows.length
}

/** From here on only this master key opens the database. @returns how many of the others were forgotten. */
export async function forgetOtherMasters(sql: Sql, master: string): Promise<number> {
  const rows = await sql.query<{ count: number }>(
    `with gone as (delete from isotherm.keys where master <> $1 returning master)
     select count(distinct master)::int as count from gone`,
    [master],
  )
  return rows[0]?.count ?? 0
}

/** Stacks, deleted ones too as long as they are remembered. */
export async function readStackIds(sql: Sql, after: number): Promise<number[]> {
  const rows = await sql.query<{ id: number }>(`select id from isotherm.stacks where id > $1 order by id limit 1000`, [
    after,
  ])
  return rows.map(({ id }) => id)
}

/** Whatever of a stack is sealed with an older key, sealed anew. @returns how many rows; 0 when there are none. */
export async function resealStack(database: Database, stackId: number): Promise<number> {
  let count = 0
  for (const table of TABLES) {
    for (const reading of [table.read, patient(table.read)]) {
      for (let last: JsonObject[] = [{}]; last.length > 0; count += last.length) {
        last = await database.transaction((sql) => resealBatch(sql, stackId, { ...table, read: reading }))
      }
    }
  }
  return count
}

interface SealedTable {
  /** Selects the columns and the row's key, those that an engine is writing left out: they come with the next batch. */
  readonly read: string
  readonly columns: readonly string[]
  readonly placeOf: (row: JsonObject, column: string) => SealPlace
  readonly write: string
  readonly keyOf: (row: JsonObject) => unknown[]
}

/** Those that engines held: one at a time, for whoever holds but one row can wait for it. */
const patient = (read: string): string => read.replace('limit $3', 'limit least($3, 1)').replace('skip locked', '')

/** One batch. `skip locked`: it never waits for an engine while it holds rows, so the two cannot wait for each other. */
async function resealBatch(sql: Sql, stackId: number, table: SealedTable): Promise<JsonObject[]> {
  const seal = await sealer(sql)
  const inForce = await sql.keyring?.inForce(sql)
  await sql.keyring?.refresh(sql)
  const rows = await sql.query<JsonObject>(table.read, [stackId, `${inForce}.%`, BATCH])
  for (const row of rows) {
    const values = table.columns.map((column) => {
      const value = row[column] ?? null
      if (!isSealed(value) || keyOfSealed(value) === inForce) return JSON.stringify(value)
      const { $sealed: _, ...clear } = value
      const place = table.placeOf({ ...row, stackId }, column)
      return JSON.stringify(seal(place, openValue(sql, place, value), clear))
    })
    await sql.query(table.write, [
      stackId,
      ...table.keyOf(row),
      ...values.map((value) => (value === 'null' ? null : value)),
    ])
  }
  return rows
}

const old = (columns: readonly string[]): string =>
  columns.map((column) => `(${column} ? '$sealed' and ${column}->>'$sealed' not like $2)`).join(' or ')

const DATA_COLUMNS = ['properties', 'attributes', 'metadata', 'private', 'intent', 'handle', 'observed']
const TEMPLATE_COLUMNS = ['document', 'parameters', 'environment', 'files', 'outputs']

const TABLES: readonly SealedTable[] = [
  {
    read: `select id, ${DATA_COLUMNS.join(', ')} from isotherm.resource_data
      where stack_id = $1 and (${old(DATA_COLUMNS)}) order by id limit $3 for update skip locked`,
    columns: DATA_COLUMNS,
    placeOf: ({ stackId, id }, column) =>
      dataPlace({ stackId: Number(stackId), id: Number(id) }, column === 'private' ? 'privateData' : column),
    write: `update isotherm.resource_data
      set properties = $3::text::jsonb, attributes = $4::text::jsonb, metadata = $5::text::jsonb, private = $6::text::jsonb,
        intent = $7::text::jsonb, handle = $8::text::jsonb, observed = $9::text::jsonb
      where stack_id = $1 and id = $2`,
    keyOf: ({ id }) => [id],
  },
  {
    read: `select name, until, hash, body from isotherm.definitions
      where stack_id = $1 and (${old(['body'])}) order by name, until limit $3 for update skip locked`,
    columns: ['body'],
    placeOf: ({ stackId, name, hash }) => definitionPlace(Number(stackId), String(name), String(hash)),
    write: `update isotherm.definitions set body = $4::text::jsonb where stack_id = $1 and name = $2 and until = $3`,
    keyOf: ({ name, until }) => [name, until],
  },
  {
    read: `select traversal, ${TEMPLATE_COLUMNS.join(', ')} from isotherm.templates
      where stack_id = $1 and (${old(TEMPLATE_COLUMNS)}) order by traversal limit $3 for update skip locked`,
    columns: TEMPLATE_COLUMNS,
    placeOf: ({ stackId, traversal }, part) => templatePlace(Number(stackId), Number(traversal), part),
    write: `update isotherm.templates
      set document = $3::text::jsonb, parameters = $4::text::jsonb, environment = $5::text::jsonb, files = $6::text::jsonb,
        outputs = $7::text::jsonb
      where stack_id = $1 and traversal = $2`,
    keyOf: ({ traversal }) => [traversal],
  },
  {
    read: `select k.snapshot_id, s.traversal, k.name, k.data from isotherm.snapshot_resources k
      join isotherm.snapshots s on s.stack_id = k.stack_id and s.id = k.snapshot_id
      where k.stack_id = $1 and (${old(['data'])}) order by k.snapshot_id, k.name limit $3 for update of k skip locked`,
    columns: ['data'],
    placeOf: ({ stackId, traversal, name }) =>
      snapshotPlace({ stackId: Number(stackId), traversal: Number(traversal), name: String(name) }),
    write: `update isotherm.snapshot_resources set data = $4::text::jsonb where stack_id = $1 and snapshot_id = $2 and name = $3`,
    keyOf: ({ snapshot_id: id, name }) => [id, name],
  },
]
