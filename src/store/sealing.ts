// Sealing at the store's own door: rows that are secret are sealed as they are written and opened as they are read; all others
// pass as they are. Nobody above the store sees a sealed value.
import type { Json, JsonObject } from '../lib/json.js'
import { isSealed, keyOfSealed, SealBroken, type Sealed, type SealPlace } from '../lib/vault.js'
import type { Sql } from './database.js'
import { HOW_TO_GIVE_A_KEY, HOW_TO_GIVE_THE_KEY, KeyMissing, refuseLaterKeys } from './keyring.js'

/** What a row tells of its secrecy once it was read. */
export interface Opened {
  /** It was sealed; which parts of it are the secret ones, for example `properties.password` and `metadata`. */
  readonly secret?: readonly string[]
  /** It could not be opened, for this reason; its wide columns are empty. */
  readonly unreadable?: string
}

interface Columns<R> {
  readonly columns: readonly (keyof R & string)[]
  readonly placeOf: (row: R, column: string) => SealPlace
}

/** Of the data of a version, each column by itself: they are written at different times. */
export const dataPlace = (row: { stackId: number; id: number }, column: string): SealPlace => [
  'data',
  row.stackId,
  row.id,
  column,
]
/** With the hash, so that one cannot stand for another of the same name. */
export const definitionPlace = (stackId: number, name: string, hash: string): SealPlace => [
  'definition',
  stackId,
  name,
  hash,
]
export const snapshotPlace = (row: { stackId: number; traversal: number; name: string }): SealPlace => [
  'snapshot',
  row.stackId,
  row.traversal,
  row.name,
]
export const templatePlace = (stackId: number, traversal: number, part: string): SealPlace => [
  'template',
  stackId,
  traversal,
  part,
]

/** Seals the columns of rows that say what of them is secret. Throws KeyMissing: what is secret is never stored in clear. */
export async function sealRows<R extends { readonly secret?: readonly string[] }>(
  sql: Sql,
  rows: readonly R[],
  { columns, placeOf }: Columns<R>,
): Promise<readonly R[]> {
  if (!rows.some(needsSeal(columns))) return rows
  if (!sql.keyring && !rows.some(({ secret }) => secret)) return rows.map((row) => defused(row, columns))
  const seal = await sealer(sql)
  return rows.map((row) => {
    if (!needsSeal(columns)(row)) return row
    const sealed: { [column: string]: Sealed } = {}
    for (const column of columns) {
      const value = jsonAt(row, column)
      if (value !== null) sealed[column] = seal(placeOf(row, column), value, { secret: [...(row.secret ?? [])] })
    }
    return { ...row, ...sealed }
  })
}

/** What only looks like a sealed value must be sealed too, or it would be taken for one. */
export const needsSeal =
  <R extends { readonly secret?: readonly string[] }>(columns: readonly (keyof R & string)[]) =>
  (row: R): boolean =>
    row.secret !== undefined || columns.some((column) => isSealed(row[column]))

/** Without a key nothing is sealed, so what looks as if it were is made to look different. */
function defused<R extends object>(row: R, columns: readonly (keyof R & string)[]): R {
  const changes: { [column: string]: Json } = {}
  for (const column of columns) {
    const value: unknown = row[column]
    if (isSealed(value)) changes[column] = { ...value, $sealed: ` ${value.$sealed}` }
  }
  return { ...row, ...changes }
}

/** Seals with the key that is in force until the transaction ends. */
export async function sealer(sql: Sql): Promise<(place: SealPlace, value: Json, clear?: JsonObject) => Sealed> {
  const { keyring } = sql
  if (!keyring) throw new KeyMissing(`secrets are never stored in clear, and there is no key: ${HOW_TO_GIVE_A_KEY}`)
  const keyId = await keyring.inForce(sql)
  return (place, value, clear) => keyring.vault.seal(keyId, place, value, clear)
}

/** Opens what was sealed. A row that cannot be opened says why, so that it alone fails. */
export async function openRows<R extends object>(
  sql: Sql,
  rows: readonly R[],
  { columns, placeOf }: Columns<R>,
): Promise<(R & Opened)[]> {
  const sealed = rows.some((row) => columns.some((column) => isSealed(row[column])))
  if (!sealed) return [...rows]
  await learnKeys(sql, rows, columns)
  return rows.map((row) => openRow(sql, row, columns, placeOf))
}

async function learnKeys<R extends object>(
  sql: Sql,
  rows: readonly R[],
  columns: readonly (keyof R & string)[],
): Promise<void> {
  const { keyring } = sql
  if (!keyring) return refuseLaterKeys(sql)
  const values = rows.flatMap((row) => columns.map((column) => row[column]))
  if (values.some((value) => isSealed(value) && !keyring.vault.knows(keyOfSealed(value)))) await keyring.refresh(sql)
}

function openRow<R extends object>(
  sql: Sql,
  row: R,
  columns: readonly (keyof R & string)[],
  placeOf: (row: R, column: string) => SealPlace,
): R & Opened {
  const opened: { [column: string]: Json } = {}
  let secret: readonly string[] | undefined
  let unreadable: string | undefined
  for (const column of columns) {
    const value: unknown = row[column]
    if (!isSealed(value)) continue
    secret = [...new Set([...(secret ?? []), ...secretPartsOf(value)])]
    try {
      opened[column] = openValue(sql, placeOf(row, column), value)
    } catch (error) {
      if (!(error instanceof SealBroken || error instanceof KeyMissing)) throw error
      opened[column] = null
      unreadable = error.message
    }
  }
  return { ...row, ...opened, ...(secret && { secret }), ...(unreadable !== undefined && { unreadable }) }
}

/** Throws SealBroken or KeyMissing. */
export function openValue(sql: Sql, place: SealPlace, value: Sealed): Json {
  const { keyring } = sql
  if (!keyring) throw new KeyMissing(`it holds secrets, and this process has no key: ${HOW_TO_GIVE_THE_KEY}`)
  return keyring.vault.open(place, value)
}

/** What stands beside a sealed value: which parts of it are the secret ones. */
export function secretPartsOf({ secret }: Sealed): string[] {
  return Array.isArray(secret) ? secret.filter((part) => typeof part === 'string') : []
}

function jsonAt<R extends object>(row: R, column: keyof R & string): Json {
  return (row[column] ?? null) as Json
}
