// Request bodies: JSON in strict UTF-8, of bounded size and depth, whatever type the client says it has.
import type { FastifyInstance } from 'fastify'
import { isJsonObject, type Json } from '../lib/json.js'
import { withReals } from '../template/index.js'
import { badRequest, Refusal } from './errors.js'
import type { Limits } from './limits.js'

/** Existing clients send JSON as `application/octet-stream` too, and a type with no body behind it. */
export function readBodies(app: FastifyInstance, { bodyBytesMax, bodyDepthMax }: Limits): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    '*',
    { parseAs: 'buffer', bodyLimit: bodyBytesMax },
    async (request: unknown, body: Buffer) => {
      void request
      return parseBody(body, bodyDepthMax)
    },
  )
}

function parseBody(bytes: Uint8Array, depthMax: number): Json | undefined {
  if (bytes.byteLength === 0) return undefined
  const text = decode(bytes)
  if (depthOf(text) > depthMax) throw badRequest(`The body is nested deeper than ${depthMax} levels.`)
  const value = jsonIn(text)
  if (SUSPECT.test(text) && hasBrokenText(value))
    throw badRequest('The body has a text with U+0000 or half a character (a lone surrogate) in it.')
  return isJsonObject(value) ? withReals(value, text, depthMax) : value
}

/** Only such an escape brings what is no text through JSON. */
const SUSPECT = /\\u(0000|[dD][89a-fA-F])/
const isBroken = (text: string): boolean => text.includes('\0') || /\p{Surrogate}/u.test(text)

function hasBrokenText(value: Json): boolean {
  if (typeof value === 'string') return isBroken(value)
  if (typeof value !== 'object' || value === null) return false
  return Array.isArray(value)
    ? value.some(hasBrokenText)
    : Object.entries(value).some(([key, part]) => isBroken(key) || hasBrokenText(part))
}

function jsonIn(text: string): Json {
  try {
    const value: Json = JSON.parse(text)
    return value
  } catch (error) {
    throw new Refusal(
      400,
      'HTTPBadRequest',
      `The body is no JSON: ${error instanceof Error ? error.message : 'unreadable'}`,
    )
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw badRequest('The body is not UTF-8.')
  }
}

/** Counted before anything is built: what is too deep to be walked must not be parsed either. */
function depthOf(text: string): number {
  let depth = 0
  let deepest = 0
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    const letter = text.charCodeAt(at)
    if (quoted) {
      if (letter === BACKSLASH) at++
      else if (letter === QUOTE) quoted = false
    } else if (letter === QUOTE) quoted = true
    else if (letter === OPEN_MAP || letter === OPEN_LIST) deepest = Math.max(deepest, ++depth)
    else if (letter === CLOSE_MAP || letter === CLOSE_LIST) depth--
  }
  return deepest
}

const [QUOTE, BACKSLASH, OPEN_MAP, CLOSE_MAP, OPEN_LIST, CLOSE_LIST] = [34, 92, 123, 125, 91, 93]
