// The vault: what must not lie in clear is sealed here and opened again. AES-256-GCM; each sealed value is bound to the place
// that it is kept at, so that values cannot be swapped, and carries the id of its key, so that keys can be changed (ADR 0025).
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto'
import { canonical, isObject, type Json, type JsonObject } from './json.js'

/** Where a value is kept, for example `['data', 7, 12, 'properties']`. */
export type SealPlace = readonly (string | number)[]

/** A sealed value: the secret text under `$sealed`; what stands beside it is in clear, and cannot be changed unnoticed. */
export type Sealed = JsonObject & { readonly $sealed: string }

export interface DataKey {
  readonly id: string
  readonly bytes: Uint8Array
}

/** A value cannot be opened: it was moved or changed, or its key is not known here. */
export class SealBroken extends Error {
  override readonly name = 'SealBroken'
}

const SEALED = /^([0-9a-f]{16})\.([A-Za-z0-9+/]{16})\.([A-Za-z0-9+/]+={0,2})$/
const NONCE_BYTES = 12
const TAG_BYTES = 16

export const isSealed = (value: unknown): value is Sealed =>
  isObject(value) && typeof value.$sealed === 'string' && SEALED.test(value.$sealed)

/** The id of the key that a value was sealed with. */
export const keyOfSealed = ({ $sealed }: Sealed): string => $sealed.slice(0, $sealed.indexOf('.'))

export class Vault {
  readonly #keys = new Map<string, Uint8Array>()
  readonly #hashKey: Uint8Array

  /** @param hashKey stays the same when keys are changed, so that hashes can be compared for ever. */
  constructor(hashKey: Uint8Array) {
    this.#hashKey = hashKey
  }

  learn({ id, bytes }: DataKey): void {
    this.#keys.set(id, bytes)
  }

  knows(keyId: string): boolean {
    return this.#keys.has(keyId)
  }

  /** What is kept of the hash of a secret: of no use to those who guess what was hashed. A UUID, as it was. */
  hash(plainHash: string): string {
    const hex = createHmac('sha256', this.#hashKey).update(plainHash).digest('hex')
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`
  }

  /** 256 bits in base64url, for ever the same for one purpose, and of no use for guessing those for others. */
  derive(purpose: readonly string[]): string {
    return createHmac('sha256', this.#hashKey)
      .update(canonical(['derived', ...purpose]))
      .digest('base64url')
  }

  /** @param clear what may be seen without the key, for example the type of a definition. */
  seal(keyId: string, place: SealPlace, value: Json, clear: JsonObject = {}): Sealed {
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv('aes-256-gcm', this.#key(keyId), nonce)
    cipher.setAAD(boundTo(keyId, place, clear))
    const text = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final(), cipher.getAuthTag()])
    return { ...clear, $sealed: `${keyId}.${nonce.toString('base64')}.${text.toString('base64')}` }
  }

  /** Throws SealBroken. */
  open(place: SealPlace, { $sealed, ...clear }: Sealed): Json {
    const [, keyId = '', nonce = '', text = ''] = SEALED.exec($sealed) ?? []
    const bytes = Buffer.from(text, 'base64')
    const at = bytes.length - TAG_BYTES
    const decipher = createDecipheriv('aes-256-gcm', this.#key(keyId), Buffer.from(nonce, 'base64'))
    try {
      decipher.setAAD(boundTo(keyId, place, clear))
      decipher.setAuthTag(bytes.subarray(at))
      const opened = Buffer.concat([decipher.update(bytes.subarray(0, at)), decipher.final()])
      return JSON.parse(opened.toString('utf8')) as Json
    } catch {
      throw new SealBroken(`what is kept at ${place.join('/')} was not sealed there, or was changed since`)
    }
  }

  #key(id: string): Uint8Array {
    const key = this.#keys.get(id)
    if (!key) throw new SealBroken(`the key ${id} is not known here`)
    return key
  }
}

const boundTo = (keyId: string, place: SealPlace, clear: JsonObject): Buffer =>
  Buffer.from(canonical([keyId, [...place], clear]))
