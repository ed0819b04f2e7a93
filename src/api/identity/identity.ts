// Who may come: passwords and application credentials are exchanged for tokens, and tokens are known again. What is handed
// out is kept only as a hash.
import { randomBytes, timingSafeEqual } from 'node:crypto'
import { neighbourhoodOf } from '../../lib/addresses.js'
import { hashOfSecret, newSecret } from '../../lib/bearer.js'
import type { Database } from '../../store/database.js'
import { countGuess, forgiveGuesses, type GuessLimits, uncountGuess } from '../../store/guesses.js'
import {
  type CredentialRow,
  findCredential,
  findToken,
  forgetTokens,
  insertToken,
  revokeToken,
  type TokenRow,
} from '../../store/tokens.js'
import { findUser, listAssignments, type UserRow } from '../../store/users.js'
import { isPassword } from './passwords.js'

/** Not let in; nothing is said of what was wrong. */
export class NotLetIn extends Error {
  override readonly name = 'NotLetIn'
  constructor(
    message = 'The request you have made requires authentication.',
    /** There were too many attempts: the next one counts after so long. */
    readonly retryAfterSeconds?: number,
  ) {
    super(message)
  }
}

export interface Scope {
  readonly projectId?: string
  readonly projectName?: string
  /** In no project, whatever the user has. */
  readonly unscoped?: boolean
}

export interface Issued {
  /** The only time that it is seen. */
  readonly secret: string
  readonly token: TokenRow
}

export interface IdentityOptions {
  readonly tokenSeconds: number
  /** A token that was found is believed for so long: so late is noticed what another process takes away. */
  readonly believedSeconds: number
  readonly perUser: GuessLimits
  readonly perAddress: GuessLimits
}

const HOUR = 3600
export const DEFAULT_IDENTITY: IdentityOptions = {
  tokenSeconds: 4 * HOUR,
  believedSeconds: 0,
  perUser: { freeMax: 5, lockSeconds: 15, lockSecondsMax: 15 * 60, forgetSeconds: HOUR },
  perAddress: { freeMax: 30, lockSeconds: 15, lockSecondsMax: 15 * 60, forgetSeconds: HOUR },
}

export class Identity {
  constructor(
    readonly database: Database,
    readonly options: IdentityOptions = DEFAULT_IDENTITY,
  ) {}

  /** Throws NotLetIn. */
  async user(who: { id?: string; name?: string }, password: string, address: string): Promise<UserRow> {
    const user = await findUser(this.database, who)
    const subject = `user:${user?.name ?? who.name ?? who.id ?? ''}`
    return this.#attempt(subject, address, async () => {
      const isRight = await isPassword(password, user?.password ?? null)
      return isRight && user?.enabled ? user : undefined
    })
  }

  /** Throws NotLetIn. */
  async credential(
    which: { id?: string; name?: string; user?: { id?: string; name?: string } },
    secret: string,
    address: string,
  ): Promise<CredentialRow> {
    const owner = which.id === undefined && which.user ? await findUser(this.database, which.user) : undefined
    const found = await findCredential(this.database, { ...which, ...(owner && { userId: owner.id }) })
    return this.#attempt(`credential:${which.id ?? which.name ?? ''}`, address, async () => {
      const isRight = timingSafeEqual(found?.secret ?? NO_HASH, hashOfSecret(secret))
      return isRight ? found : undefined
    })
  }

  /** An attempt counts before it is judged, against the name and against the address. */
  async #attempt<T>(subject: string, address: string, judge: () => Promise<T | undefined>): Promise<T> {
    const from = `address:${neighbourhoodOf(address)}`
    const name = subject.length > SUBJECT_LENGTH_MAX ? hashOfSecret(subject).toString('base64url') : subject
    const waits = [
      await countGuess(this.database, from, this.options.perAddress),
      await countGuess(this.database, name, this.options.perUser),
    ]
    const waitSeconds = Math.max(...waits)
    if (waitSeconds > 0) throw new NotLetIn('There were too many attempts that failed.', Math.ceil(waitSeconds))
    const found = await judge()
    if (found === undefined) throw new NotLetIn()
    await forgiveGuesses(this.database, name)
    await uncountGuess(this.database, from)
    return found
  }

  /** A token for a user in one of the user's projects. Throws NotLetIn. */
  async issue(
    user: Pick<UserRow, 'id'>,
    scope: Scope,
    given: { methods: readonly string[]; credential?: CredentialRow; expiresAt?: Date; lifeSeconds?: number },
  ): Promise<Issued> {
    const projectId = given.credential?.projectId ?? (await this.#projectFor(user, scope))
    const secret = newSecret()
    const hash = hashOfSecret(secret)
    await forgetTokens(this.database)
    await insertToken(this.database, {
      hash,
      id: randomBytes(12).toString('base64url'),
      userId: user.id,
      projectId,
      credentialId: given.credential?.id ?? null,
      methods: given.methods,
      roles: given.credential?.roles ?? null,
      lifeSeconds: given.lifeSeconds ?? this.options.tokenSeconds,
      expiresAt: given.expiresAt ?? given.credential?.expiresAt ?? null,
    })
    const token = await findToken(this.database, hash)
    if (!token) throw new NotLetIn()
    return { secret, token }
  }

  /** The project asked for, or the only one that the user has; null: none. Throws NotLetIn. */
  async #projectFor(user: Pick<UserRow, 'id'>, { projectId, projectName, unscoped }: Scope): Promise<number | null> {
    if (unscoped) return null
    const projects = new Map((await listAssignments(this.database, user.id)).map((one) => [one.projectId, one]))
    if (projectId === undefined && projectName === undefined) {
      const [only, ...others] = projects.values()
      return only && others.length === 0 ? only.projectId : null
    }
    const found = [...projects.values()].find((one) =>
      projectId === undefined ? one.project === projectName : one.projectUid === projectId,
    )
    if (!found) throw new NotLetIn()
    return found.projectId
  }

  /** One statement at most, and one for all who come with the same token meanwhile. Throws NotLetIn. */
  async known(secret: string): Promise<TokenRow> {
    const hash = hashOfSecret(secret)
    const key = hash.toString('base64url')
    const now = performance.now()
    const believed = this.#believed.get(key)
    if (believed && believed.until > now) return believed.token
    const token = this.#find(hash)
    if (this.#believed.size >= BELIEVED_MAX) this.#believed.clear()
    this.#believed.set(key, { token, until: now + this.options.believedSeconds * 1000 })
    // Who is unknown is looked for anew each time.
    token.catch(() => this.#believed.delete(key))
    return token
  }

  readonly #believed = new Map<string, { readonly token: Promise<TokenRow>; readonly until: number }>()

  async #find(hash: Buffer): Promise<TokenRow> {
    const token = await findToken(this.database, hash)
    if (!token || (token.projectId !== null && token.roles.length === 0)) throw new NotLetIn()
    return token
  }

  async revoke(tokenId: string): Promise<boolean> {
    const gone = await revokeToken(this.database, tokenId)
    this.#believed.clear()
    return gone
  }
}

/** What stands in a key of the database has to be short, and what somebody tries is as long as they like. */
const SUBJECT_LENGTH_MAX = 200

const BELIEVED_MAX = 10_000
const NO_HASH = Buffer.alloc(32)
