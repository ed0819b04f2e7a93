// The socket: limits on headers, time and connections, and TLS whose certificate can change while it is in use.
import {
  createServer as createHttp,
  type Server as HttpServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http'
import { createServer as createHttps } from 'node:https'
import type { Socket } from 'node:net'
import { errorAnswer, Refusal } from './errors.js'
import type { Limits } from './limits.js'
import type { Strangers } from './strangers.js'

export interface Tls {
  /** PEM. */
  readonly key: string
  readonly cert: string
}

/** How often Node looks which requests have not arrived in time. */
const LOOK_SECONDS = 5

export interface Listening {
  readonly limits: Limits
  readonly tls: Tls | undefined
  readonly strangers: Strangers
  /** Those that an address has, for requests whose method no parser knows. */
  readonly methodsAt: (url: string) => readonly string[]
}

export function makeServer(handler: RequestListener, { limits, tls, strangers, methodsAt }: Listening): HttpServer {
  const options = {
    maxHeaderSize: limits.headerBytesMax,
    headersTimeout: limits.headersSeconds * 1000,
    requestTimeout: limits.requestSeconds * 1000,
    keepAliveTimeout: limits.idleSeconds * 1000,
    connectionsCheckingInterval: Math.min(LOOK_SECONDS, limits.headersSeconds) * 1000,
  }
  const server = tls
    ? createHttps(
        { ...options, ...tls, minVersion: 'TLSv1.2', handshakeTimeout: limits.headersSeconds * 1000 },
        handler,
      )
    : createHttp(options, handler)
  server.maxHeadersCount = limits.headersMax
  server.maxConnections = limits.connectionsMax
  strangers.watch(server)
  server.on('checkExpectation', (_, response: ServerResponse) => tellUnexpected(response))
  server.on('clientError', (error: BrokenRequest, socket: Socket) => tellBroken(error, socket, methodsAt))
  server.on('connect', ({ method = '', url = '' }: IncomingMessage, socket: Socket) =>
    tellStrange({ method, url }, socket, methodsAt),
  )
  leaveTheSilent(server, tls ? 'secureConnection' : 'connection')
  return server
}

/** Clients open connections ahead. Node counts those as at work until the time for a request is over, and would not end before. */
function leaveTheSilent(server: HttpServer, connected: string): void {
  const silent = new Set<Socket>()
  server.on(connected, (socket: Socket) => {
    silent.add(socket)
    socket.once('close', () => silent.delete(socket))
  })
  server.on('request', ({ socket }) => silent.delete(socket))
  const close = server.close.bind(server)
  server.close = (ended) => {
    close(ended)
    for (const socket of silent) socket.destroy()
    return server
  }
}

/** `Expect` with anything but 100-continue. */
function tellUnexpected(response: ServerResponse): void {
  const { status, headers, body } = errorAnswer(
    new Refusal(417, 'HTTPBadRequest', 'What the request expects cannot be.'),
    '',
  )
  const text = JSON.stringify(body)
  const length = { 'content-length': Buffer.byteLength(text), connection: 'close' }
  response.writeHead(status, { ...headers, ...length }).end(text)
}

const REASONS: { readonly [code: string]: readonly [number, string] } = {
  HPE_HEADER_OVERFLOW: [431, 'The headers are too long.'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request did not arrive in time.'],
}

interface BrokenRequest extends NodeJS.ErrnoException {
  readonly rawPacket?: Buffer
}

/** What is no HTTP never reaches the framework, and is answered in the same form. */
function tellBroken(error: BrokenRequest, socket: Socket, methodsAt: (url: string) => readonly string[]): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const [, method, url] =
    (error.code === 'HPE_INVALID_METHOD' && REQUEST_LINE.exec(error.rawPacket?.toString('latin1') ?? '')) || []
  if (method !== undefined && url !== undefined) return void tellStrange({ method, url }, socket, methodsAt)
  const [status, message] = REASONS[error.code ?? ''] ?? [400, 'The request is no HTTP.']
  tellOff(new Refusal(status, 'HTTPBadRequest', message), socket)
}

const REQUEST_LINE = /^([A-Z]{1,32}) (\/\S*) HTTP\/1\.[01]\r?\n/

/** A method that the framework never sees is refused as others are. */
function tellStrange(
  { method, url }: { readonly method: string; readonly url: string },
  socket: Socket,
  methodsAt: (url: string) => readonly string[],
): void {
  const allow = methodsAt(url).join(', ')
  const refusal =
    allow === ''
      ? new Refusal(404, 'HTTPNotFound', 'There is nothing at this address.')
      : new Refusal(405, 'HTTPMethodNotAllowed', `${method} is not allowed here: ${allow}`, { headers: { allow } })
  tellOff(refusal, socket)
}

function tellOff(refusal: Refusal, socket: Socket): void {
  const { status, headers, body } = errorAnswer(refusal, '')
  const text = JSON.stringify(body)
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  const head = [`HTTP/1.1 ${status} ${String(body.title)}`, 'connection: close', ...lines]
  socket.end(`${[...head, `content-length: ${Buffer.byteLength(text)}`].join('\r\n')}\r\n\r\n${text}`)
}
