// Passwords as they are kept: scrypt, which takes memory as well as time to guess at, with a salt of its own for each.
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'

/** 32 MiB and about a tenth of a second. The cost stands in each hash, so that it can be raised later. */
const COST = { N: 2 ** 15, r: 8, p: 1 }
const HASH_BYTES = 32

export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const hash = await derive(password, salt, COST)
  return ['scrypt', COST.N, COST.r, COST.p, salt.toString('base64url'), hash.toString('base64url')].join('$')
}

/** Takes as long for a user who is not there (null) as for one who is. */
export async function isPassword(password: string, kept: string | null): Promise<boolean> {
  const [, N, r, p, salt, hash] = (kept ?? NOBODY).split('$')
  const expected = Buffer.from(hash ?? '', 'base64url')
  const cost = { N: Number(N), r: Number(r), p: Number(p) }
  const given = await derive(password, Buffer.from(salt ?? '', 'base64url'), cost)
  return timingSafeEqual(given, expected) && kept !== null
}

const NOBODY = [
  'scrypt',
  COST.N,
  COST.r,
  COST.p,
  'AAAAAAAAAAAAAAAAAAAAAA',
  Buffer.alloc(HASH_BYTES).toString('base64url'),
].join('$')

/** So many at once, for each takes memory; the others wait. */
const AT_ONCE = 4
let running = 0
const waiting: (() => void)[] = []

async function derive(password: string, salt: Uint8Array, { N, r, p }: typeof COST): Promise<Buffer> {
  if (running >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve))
  running++
  try {
    return await new Promise((resolve, reject) => {
      const options = { N, r, p, maxmem: 256 * N * r }
      scrypt(password.normalize('NFKC'), salt, HASH_BYTES, options, (error, hash) =>
        error ? reject(error) : resolve(hash),
      )
    })
  } finally {
    running--
    waiting.shift()?.()
  }
}
