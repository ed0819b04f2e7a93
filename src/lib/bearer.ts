// Secrets that prove a right by themselves: whoever bears one has it. They are kept only as hashes.
import { createHash, randomBytes } from 'node:crypto'

export const hashOfSecret = (secret: string): Buffer => createHash('sha256').update(secret).digest()
export const newSecret = (): string => randomBytes(32).toString('base64url')
