// The address by which a version of a resource is signalled from outside: its attributes tell it, a server answers at it.
import { hashOfSecret } from '../lib/bearer.js'
import { deriveSecret } from '../store/keyring.js'
import { registerSignalUrl } from '../store/signal-urls.js'
import type { Caller } from './call.js'
import type { Work } from './work.js'

/** Where a server takes signals for whoever has the secret that follows. */
export const SIGNAL_PATH = '/v1/signal'

/**
 * The secret follows from the version's token, so that a call that is made again, by whichever engine, tells the same
 * address. Null when this engine knows of no server, or has no key to derive the secret with.
 */
export async function signalAddress({ database, publicUrl }: Caller, work: Work): Promise<string | null> {
  const origin = await publicUrl
  const secret = deriveSecret(database, ['signal', work.stackUid, work.token])
  if (origin === undefined || secret === undefined) return null
  await registerSignalUrl(database, work.stackId, { id: work.id, name: work.name, hash: hashOfSecret(secret) })
  return `${origin}${SIGNAL_PATH}/${secret}`
}
