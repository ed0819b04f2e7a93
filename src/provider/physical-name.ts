// Types whose things live only in our own rows: their physical ids, in the form Heat users know, and what is found of them.
import { hash } from 'node:crypto'
import type { CallContext } from './contract.js'

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567'

/** `<stack>-<name>-<12 characters>`, derived from the token, so that a repeated create names the same thing. */
export function physicalName(call: Pick<CallContext, 'stack' | 'name' | 'token'>): string {
  const digest = hash('sha256', call.token, 'buffer')
  const suffix = [...digest.subarray(0, 12)].map((byte) => BASE32[byte % 32]).join('')
  return `${call.stack}-${call.name}-${suffix}`
}

/** `find` of such a type: before its row says so, nothing has been made that could be found, or could leak. */
export const nothingOutside = async (): Promise<null> => null
