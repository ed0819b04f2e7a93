// A REST server on this machine for tests: it keeps things, and can be told to fail, to lose answers and to take its time.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isJsonObject, type Json, type JsonObject } from '../../lib/json.js'

interface Stored {
  readonly token: string
  body: JsonObject
  /** Looks that find it unfinished, or still there after its deletion. */
  looksLeft: number
  deleting: boolean
}

export interface Reply {
  readonly status: number
  readonly headers?: { readonly [name: string]: string }
  readonly body?: Json
}

export class ThingServer {
  readonly things = new Map<string, Stored>()
  /** `METHOD /path` of each request, in order. */
  readonly requests: string[] = []
  readonly heads: IncomingMessage['headers'][] = []
  /** Given one by one to the next requests, instead of doing anything. */
  readonly replies: Reply[] = []
  /** So many of the next requests have their effect, but the answer is lost. */
  answersLost = 0
  /** How many looks at a thing pass before it is ready, or gone. */
  looks = 0
  /** What the status of a thing becomes in the end. */
  outcome = 'active'
  url = ''
  readonly #server = createServer((request, response) => void this.#serve(request, response))

  static async start(): Promise<ThingServer> {
    const server = new ThingServer()
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve))
    const { port } = server.#server.address() as AddressInfo
    server.url = `http://127.0.0.1:${port}/things`
    return server
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  clear(): void {
    this.things.clear()
    this.replies.length = this.requests.length = this.heads.length = 0
    this.answersLost = this.looks = 0
    this.outcome = 'active'
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    this.requests.push(`${request.method} ${request.url}`)
    this.heads.push(request.headers)
    const { status, headers = {}, body } = this.replies.shift() ?? this.#act(request, Buffer.concat(chunks).toString())
    if (this.answersLost > 0) {
      this.answersLost--
      request.socket.destroy()
      return
    }
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body))
  }

  #act(request: IncomingMessage, text: string): Reply {
    const { pathname, searchParams } = new URL(request.url ?? '', this.url)
    const id = pathname.split('/')[2] ?? ''
    const sent = text === '' ? null : JSON.parse(text)
    if (id) return this.#one(request.method ?? '', id, isJsonObject(sent) ? sent : {})
    if (request.method === 'GET') return this.#list(searchParams.get('token'))
    return this.#create(String(request.headers['idempotency-key'] ?? ''), isJsonObject(sent) ? sent : {})
  }

  #list(token: string | null): Reply {
    const found = [...this.things].filter(([, thing]) => token === null || thing.token === token)
    return { status: 200, body: { items: found.map(([id, thing]) => this.#show(id, thing)) } }
  }

  #create(token: string, body: JsonObject): Reply {
    const known = [...this.things].find(([, thing]) => token !== '' && thing.token === token)
    const id = known?.[0] ?? String(this.things.size + 1)
    const thing = known?.[1] ?? { token, body, looksLeft: this.looks, deleting: false }
    this.things.set(id, thing)
    return {
      status: thing.looksLeft > 0 ? 202 : 201,
      headers: { location: `/things/${id}` },
      body: this.#show(id, thing),
    }
  }

  #one(method: string, id: string, body: JsonObject): Reply {
    const thing = this.things.get(id)
    if (!thing) return { status: 404, body: { error: 'no such thing' } }
    if (method === 'PUT') thing.body = body
    if (method === 'DELETE') return this.#delete(id, thing)
    const shown = this.#show(id, thing)
    if (thing.looksLeft > 0) thing.looksLeft--
    else if (thing.deleting) {
      this.things.delete(id)
      return { status: 404 }
    }
    return { status: 200, body: shown }
  }

  #delete(id: string, thing: Stored): Reply {
    if (this.looks === 0) this.things.delete(id)
    Object.assign(thing, { deleting: true, looksLeft: this.looks })
    return { status: this.looks === 0 ? 204 : 202 }
  }

  #show(id: string, { body, looksLeft }: Stored): JsonObject {
    return { ...body, id: Number(id), status: looksLeft > 0 ? 'building' : this.outcome, address: `10.0.0.${id}` }
  }
}
