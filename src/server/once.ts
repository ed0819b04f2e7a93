// `Idempotency-Key`: a command that is sent again because its answer was lost happens once, and is answered the same. The key's
// command is noted in the command's own transaction, so that also what was done just before a crash is found (ADR 0029).
import { createHash } from 'node:crypto'
import { CommandRepeated } from '../api/command.js'
import { canonical, type Json } from '../lib/json.js'
import type { World } from '../lib/world.js'
import {
  findCommand,
  type KeptAnswer,
  type KeyedRequest,
  keepAnswer,
  leaveKey,
  readAnswer,
  takeKey,
} from '../store/answers.js'
import type { Database } from '../store/database.js'
import { badRequest, errorAnswer, Refusal, refusalFrom } from './errors.js'
import type { Answer, Call, Route } from './route.js'

interface Keeper {
  readonly database: Database
  readonly world: World
}

/** So long one who has the key may take; nobody's request lives longer. */
const LEASE_SECONDS = 120
const PATIENCE_SECONDS = 10
const LOOK_SECONDS = 0.2
const BODY_LENGTH_MAX = 4 * 1024 * 1024

/** Undefined: the request is a question, or has no key. Throws Refusal 400. */
export function keyOf(route: Route, { headers, caller, url, body }: Call): KeyedRequest | undefined {
  const key = headers['idempotency-key']
  if (key === undefined || route.method === 'GET' || route.asks || !caller.project) return undefined
  if (typeof key !== 'string' || !/^[\x20-\x7e]{1,255}$/.test(key)) {
    throw badRequest('Idempotency-Key: expected up to 255 printable characters of ASCII')
  }
  const text = canonical([caller.user.id, route.method, url, body])
  return { projectId: caller.project.id, key, request: createHash('sha256').update(text).digest() }
}

/** @param answer carries the command out under an id. Throws Refusal 422 when the key belongs to another request, 409 when it is busy. */
export async function once(
  keeper: Keeper,
  route: Route,
  call: Call,
  request: KeyedRequest,
  answer: (command: string) => Promise<Answer>,
): Promise<Answer> {
  const { database, world } = keeper
  const begun = world.elapsedSeconds()
  while (world.elapsedSeconds() - begun < PATIENCE_SECONDS && !call.signal.aborted) {
    const taken = await takeKey(database, request, { command: world.newId(), leaseSeconds: LEASE_SECONDS })
    if (taken) return kept(keeper, route, call, request, () => did(keeper, route, call, request, taken, answer))
    const known = await readAnswer(database, request)
    if (known && !known.same) {
      throw new Refusal(422, 'IdempotencyKeyReused', 'The Idempotency-Key came with another request before.')
    }
    if (known && known.status !== null) return again(known, known.status)
    await world.sleep(LOOK_SECONDS, call.signal)
  }
  throw new Refusal(409, 'RequestInProgress', 'A request with this Idempotency-Key is under way.', {
    headers: { 'retry-after': '1' },
  })
}

const again = ({ headers, body }: KeptAnswer, status: number): Answer => ({
  status,
  headers: { ...headers, 'idempotency-replayed': 'true' },
  ...(body !== null && { body }),
})

/** Does it, unless one who had the key before did and could not say so any more. */
async function did(
  { database }: Keeper,
  route: Route,
  call: Call,
  { projectId }: KeyedRequest,
  { command, again: followed }: { readonly command: string; readonly again: boolean },
  answer: (command: string) => Promise<Answer>,
): Promise<Answer> {
  const found = followed ? await findCommand(database, projectId, command) : undefined
  if (found) return repeated(route, call, found)
  try {
    return await answer(command)
  } catch (error) {
    if (!(error instanceof CommandRepeated)) throw error
    const other = await findCommand(database, projectId, command)
    if (!other) throw error
    return repeated(route, call, other)
  }
}

function repeated(route: Route, call: Call, found: { stack: string; id: string; traversal: number }): Answer {
  if (route.repeated) return route.repeated(call, found)
  const { stack, traversal } = found
  const message = `The command was carried out, as traversal ${traversal} of the stack ${stack}; its answer was lost.`
  throw new Refusal(409, 'AnswerLost', message)
}

/** Keeps what is answered, refusals as well. What went wrong inside is no answer: it may be asked again. */
async function kept(
  { database }: Keeper,
  route: Route,
  call: Call,
  request: KeyedRequest,
  work: () => Promise<Answer>,
): Promise<Answer> {
  try {
    const answer = await work()
    await keepAnswer(database, request, storable(route, answer))
    return answer
  } catch (error) {
    const refusal = refusalFrom(error)
    if (refusal.status >= 500) await leaveKey(database, request).catch(() => undefined)
    else {
      const { status, headers, body } = errorAnswer(refusal, call.requestId, call.headers.accept)
      await keepAnswer(database, request, { status, headers: { ...headers }, body: JSON.stringify(body) })
    }
    throw error
  }
}

/** A secret is told once and kept nowhere. */
function storable(route: Route, { status = route.status, headers = {}, body }: Answer) {
  const text = body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body satisfies Json)
  if (headers['cache-control'] !== 'no-store' && (text?.length ?? 0) <= BODY_LENGTH_MAX) {
    return { status, headers: { ...headers }, body: text }
  }
  const told = new Refusal(409, 'AnswerNotKept', 'It was carried out; what was answered is not kept.')
  const { status: refused, headers: its, body: said } = errorAnswer(told, '')
  return { status: refused, headers: { ...its }, body: JSON.stringify(said) }
}
