// Fetching what a client names by its address. Where the name leads is judged at the connection itself, after DNS and again on
// each redirect, so that a name cannot be one thing when it is checked and another when it is used.
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { checkWritten, lookupAmong, type MayReach, Unreachable } from '../lib/addresses.js'
import { badRequest } from './errors.js'

const REDIRECTS_MAX = 5
const BYTES_MAX = 4 * 1024 * 1024
const PATIENCE_MS = 15_000

/** Throws Refusal 400, which says nothing of what is at a forbidden address. */
export async function fetchText(address: string, mayReach: MayReach): Promise<string> {
  const signal = AbortSignal.timeout(PATIENCE_MS)
  let url = parse(address)
  for (let hops = 0; hops <= REDIRECTS_MAX; hops++) {
    const response = await get(url, mayReach, signal).catch((error: unknown) => {
      throw error instanceof Unreachable || !(error instanceof Error)
        ? badRequest(`Could not retrieve template: ${url.host} is not an address that this server asks.`)
        : badRequest(
            `Could not retrieve template from ${url.host}: ${signal.aborted ? 'it takes too long' : codeOf(error)}`,
          )
    })
    const { statusCode = 0, headers } = response
    if (statusCode >= 300 && statusCode < 400 && headers.location !== undefined) {
      response.destroy()
      url = parse(new URL(headers.location, url).href)
      continue
    }
    if (statusCode !== 200) {
      response.destroy()
      throw badRequest(`Could not retrieve template: ${url.host} answers ${statusCode}.`)
    }
    return textOf(response)
  }
  throw badRequest('Could not retrieve template: there are too many redirects.')
}

const codeOf = (error: Error): string => ('code' in error ? String(error.code) : 'the connection failed')

function parse(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (url && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '') return url
  throw badRequest('Could not retrieve template: the address must begin with http:// or https:// and name no user.')
}

async function get(url: URL, mayReach: MayReach, signal: AbortSignal): Promise<IncomingMessage> {
  checkWritten(url, mayReach)
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest
  return new Promise((done, failed) => {
    const asked = send(url, { lookup: lookupAmong(mayReach), signal, agent: false, headers: { accept: '*/*' } }, done)
    asked.once('error', failed)
    asked.end()
  })
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response) {
    const part = Buffer.from(chunk)
    bytes += part.byteLength
    if (bytes > BYTES_MAX) throw badRequest(`Could not retrieve template: it is longer than ${BYTES_MAX} bytes.`)
    chunks.push(part)
  }
  return Buffer.concat(chunks).toString('utf8')
}
