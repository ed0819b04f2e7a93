// Changing the key of a database, while engines go on: everything secret is sealed anew, and what lay in clear is sealed.
import type { ResourceType } from '../provider/contract.js'
import { heatTypes, httpTypes } from '../provider/index.js'
import { localTypes } from '../provider/local/index.js'
import { readClearStacks, type SecretTypes, sealStack } from '../store/clear-secrets.js'
import { type Database, DatabaseUnavailable } from '../store/database.js'
import { explaining } from '../store/explain.js'
import { type KeySource, readKeyFile } from '../store/key-file.js'
import { HOW_TO_GIVE_A_KEY } from '../store/keyring.js'
import { DEFAULT_DATABASE, openDatabase } from '../store/open.js'
import { deleteSealedPlans } from '../store/plans.js'
import { forgetKeys, forgetOtherMasters, readStackIds, resealStack } from '../store/rekey.js'
import { lockStack, readStack } from '../store/stacks.js'
import { unlock } from '../store/unlock.js'
import { asked } from './asked-options.js'

export interface RekeyOptions extends KeySource {
  readonly database?: string | Database
  /** From now on this key opens the database too. Without it only the keys inside the database are changed. */
  readonly newKeyFile?: string
  /** Only the key that was given opens the database from now on. */
  readonly forgetOtherKeys?: boolean
  /** Types of your own, besides the built-in ones: they tell what is secret where it lies in clear. */
  readonly types?: readonly ResourceType[]
}

export interface Rekeyed {
  /** Rows that were sealed anew. */
  readonly resealed: number
  /** Stacks that held secrets in clear, and hold them no more. */
  readonly sealedStacks: readonly string[]
  /** Stacks that hold secrets in clear still, because something is going on in them. */
  readonly clearStacks: readonly string[]
  readonly forgottenKeys: number
}

/** Can be broken off at any moment and begun again. Throws DatabaseUnavailable. */
export async function rekey(options: RekeyOptions): Promise<Rekeyed> {
  const { database: where = DEFAULT_DATABASE, key, keyFile } = asked.rekey(options)
  const bare = explaining(typeof where === 'string' ? await openDatabase(where) : where)
  try {
    const named = typeof where === 'string' ? where : undefined
    const source = { ...(key !== undefined && { key }), ...(keyFile !== undefined && { keyFile }) }
    return await changeKeys(await unlock(bare, { where: named, works: true, ...source }), options)
  } finally {
    if (typeof where === 'string') await bare.close()
  }
}

async function changeKeys(database: Database, options: RekeyOptions): Promise<Rekeyed> {
  const { keyring } = database
  if (!keyring) throw new DatabaseUnavailable(`there is no key: ${HOW_TO_GIVE_A_KEY}`)
  if (options.forgetOtherKeys) await forgetOtherMasters(database, keyring.masterId)
  const next = options.newKeyFile === undefined ? undefined : await readKeyFile(options.newKeyFile)
  await keyring.change(database, next)
  const { sealed, left } = await sealClearStacks(database, secretTypes(options.types))
  let resealed = 0
  for (let ids = await readStackIds(database, 0); ids.length > 0; ids = await readStackIds(database, ids.at(-1) ?? 0)) {
    for (const id of ids) resealed += await resealStack(database, id)
  }
  await deleteSealedPlans(database)
  const forgottenKeys = await forgetKeys(database)
  return { resealed, sealedStacks: sealed, clearStacks: left, forgottenKeys }
}

async function sealClearStacks(database: Database, types: SecretTypes): Promise<{ sealed: string[]; left: string[] }> {
  const [sealed, left]: [string[], string[]] = [[], []]
  for (const { id, stack } of await readClearStacks(database, types)) {
    const done = await database.transaction(async (sql) => {
      await lockStack(sql, id)
      if ((await readStack(sql, id)).status === 'IN_PROGRESS') return false
      await sealStack(sql, id)
      return true
    })
    const told = done ? sealed : left
    told.push(stack)
  }
  return { sealed, left }
}

/** What the types say is secret. */
export function secretTypes(own: readonly ResourceType[] = []): SecretTypes {
  const types = [...heatTypes, ...httpTypes, ...localTypes({}), ...own]
  return {
    bearing: types.flatMap((type) =>
      Object.values(type.attributes ?? {}).some(({ secret }) => secret) ? type.name : [],
    ),
    properties: types.flatMap((type) =>
      Object.entries(type.properties).flatMap(([property, { secret }]) =>
        secret ? { type: type.name, property } : [],
      ),
    ),
  }
}
