// The address by which a version of a resource is signalled from outside: its attributes tell it, a server answers at it.
import { hashOfSecret } from '../lib/bearer.js'
import type { Sql } from '../store/database.js'
import { deriveSecret } from '../store/keyring.js'
import { hasSignalUrl, registerSignalUrl } from '../store/signal-urls.js'
import type { Caller } from './call.js'
import type { Work } from './work.js'

/** Where a server takes signals for whoever has the secret that follows. */
export const SIGNAL_PATH = '/v1/signal'

interface Addressed {
  readonly database: Sql
  readonly publicUrl?: Caller['publicUrl']
}
type Version = Pick<Work, 'stackId' | 'stackUid' | 'id' | 'name' | 'token'>

/**
 * The secret follows from the version's token, so that a call that is made again, by whichever engine, tells the same
 * address. Null when this engine knows of no server, or has no key to derive the secret with.
 */
export async function signalAddress(caller: Addressed, version: Version): Promise<string | null> {
  const secret = await secretOf(caller, version)
  if (secret === undefined) return null
  const { stackId, id, name } = version
  await registerSignalUrl(caller.database, stackId, { id, name, hash: hashOfSecret(secret) })
  return `${await caller.publicUrl}${SIGNAL_PATH}/${secret}`
}

/** That address, unless no call of the version has told it, or it was revoked. */
export async function knownAddress(asker: Addressed, version: Version): Promise<string | null> {
  const secret = await secretOf(asker, version)
  if (secret === undefined || !(await hasSignalUrl(asker.database, version.stackId, hashOfSecret(secret)))) return null
  return `${await asker.publicUrl}${SIGNAL_PATH}/${secret}`
}

async function secretOf({ database, publicUrl }: Addressed, { stackUid, token }: Version): Promise<string | undefined> {
  if ((await publicUrl) === undefined) return undefined
  return deriveSecret(database, ['signal', stackUid, token])
}
