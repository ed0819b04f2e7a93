// The far side of a chaos run: the simulator's reality behind HTTP, in a process that nobody kills. What an engine asks for
// arrives late, fails before or after its effect, or is never answered, and goes on although whoever asked is dead.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { Chance } from '../../simulator/chance.js'
import { FarSide, fairWeather, type Weather } from '../../simulator/far-side.js'
import { Actor, type Passage, Scheduler } from '../../simulator/scheduler.js'
import { simulatedTypes } from '../../simulator/types.js'
import { isJsonObject, type JsonObject } from '../../src/lib/json.js'
import type { CallContext, ResourceType } from '../../src/provider/contract.js'
import { ProviderError } from '../../src/provider/error.js'
import type { Answer, Question } from './types.js'

/** The simulator's seconds pass more quickly here. */
const PACE = 0.08

/** Gates that open by themselves: at once, or when a latency is over. */
class RealTime extends Scheduler {
  override async gate(_actor: Actor, { notBefore = 0 }: { notBefore?: number }): Promise<Passage> {
    if (notBefore > 0) await sleep(notBefore * 1000 * PACE)
    return 'go'
  }
}

const foulWeather: Weather = { failRate: 0.08, slowRate: 0.2, silentRate: 0.01, pendingRate: 0.4 }

export class FarSideServer {
  readonly far: FarSide
  readonly #types: ReadonlyMap<string, ResourceType>
  readonly #server = createServer((request, response) => void this.#serve(request, response))

  constructor(seed: number) {
    this.far = new FarSide(new RealTime(), new Chance(seed), () => undefined)
    this.far.weather = { ...foulWeather }
    this.#types = new Map(simulatedTypes(this.far, new Actor('engines', 'engine')).map((type) => [type.name, type]))
  }

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('no free port on 127.0.0.1')
    return `http://127.0.0.1:${address.port}`
  }

  calmDown(): void {
    this.far.weather = { ...fairWeather }
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController()
    response.once('close', () => gone.abort(new Error('whoever asked is gone')))
    response.once('error', () => undefined)
    const chunks: Buffer[] = []
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer)
    } catch {
      return // The engine died in the middle of its question.
    }
    const question: Question = JSON.parse(Buffer.concat(chunks).toString())
    const answer = await this.#answer(question, gone.signal)
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  }

  async #answer({ type: typeName, verb, call, words }: Question, signal: AbortSignal): Promise<Answer> {
    const type = this.#types.get(typeName)
    if (!type) throw new Error(`there is no type ${typeName}`)
    const context: CallContext = {
      ...call,
      signal,
      log: { debug() {}, info() {}, warn() {}, error() {} },
      signalUrl: async () => null,
      peer: async () => null,
      leave: async () => undefined,
      world: {
        sleep: (seconds) => sleep(seconds * 1000),
        elapsedSeconds: () => 0,
        random: Math.random,
        newId: () => '',
      },
    }
    try {
      return { value: (await ask(type, verb, context, words)) ?? null }
    } catch (error) {
      return { error: told(error) }
    }
  }
}

function ask(type: ResourceType, verb: Question['verb'], call: CallContext, words: readonly JsonObject[]): unknown {
  // The words have been through JSON; they are what the engine handed to its own type.
  const fn = type[verb] as ((call: CallContext, ...words: readonly JsonObject[]) => unknown) | undefined
  if (!fn) throw new Error(`${type.name} cannot ${verb}`)
  return fn.call(type, call, ...words.filter(isJsonObject))
}

function told(error: unknown): Extract<Answer, { error: unknown }>['error'] {
  const message = error instanceof Error ? error.message : String(error)
  if (error instanceof ProviderError) {
    const { errorClass, retryAfterSeconds } = error
    return { message, errorClass, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) }
  }
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined
  return { message, ...(code !== undefined && { code }) }
}
