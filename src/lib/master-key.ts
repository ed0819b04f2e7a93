// The master key: 32 bytes that an operator keeps outside of the database. It seals nothing but the keys that do, so that
// it can be changed without stopping anybody.
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto'

const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16

export class MasterKey {
  /** Tells which master key a data key was wrapped with; tells nothing of the key. */
  readonly id: string
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.id = createHmac('sha256', bytes).update('isotherm master key').digest('hex').slice(0, 16)
  }

  wrap(keyId: string, key: Uint8Array): string {
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv('aes-256-gcm', this.#bytes, nonce)
    cipher.setAAD(Buffer.from(keyId))
    return Buffer.concat([nonce, cipher.update(key), cipher.final(), cipher.getAuthTag()]).toString('base64')
  }

  /** Throws when it was not wrapped with this key, or under another id. */
  unwrap(keyId: string, wrapped: string): Uint8Array {
    const bytes = Buffer.from(wrapped, 'base64')
    const at = bytes.length - TAG_BYTES
    const decipher = createDecipheriv('aes-256-gcm', this.#bytes, bytes.subarray(0, NONCE_BYTES))
    decipher.setAAD(Buffer.from(keyId))
    decipher.setAuthTag(bytes.subarray(at))
    return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, at)), decipher.final()])
  }
}

/** Reads a key as people keep it: 64 hexadecimal digits, base64 of 32 bytes, or 32 bytes. Undefined when it is none. */
export function readMasterKey(written: string | Uint8Array): MasterKey | undefined {
  const text = (typeof written === 'string' ? written : Buffer.from(written).toString()).trim()
  if (/^[0-9a-fA-F]{64}$/.test(text)) return new MasterKey(Buffer.from(text, 'hex'))
  if (/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return new MasterKey(Buffer.from(text, 'base64'))
  return typeof written !== 'string' && written.length === KEY_BYTES ? new MasterKey(written) : undefined
}

export const newKeyText = (): string => randomBytes(KEY_BYTES).toString('hex')

/** A random key, and an id that is as good as unique. */
export const newDataKey = (): { id: string; bytes: Uint8Array } => ({
  id: randomBytes(8).toString('hex'),
  bytes: randomBytes(KEY_BYTES),
})
