// make_url: a URL from its parts, each percent-encoded as its place asks.
import { isJsonObject, type Json, type JsonObject } from '../../lib/json.js'
import { didYouMean } from '../../lib/suggest.js'
import { eager, isOpen, type Operation, refuse } from '../function.js'
import { kindOf, pythonText, wordOf } from '../text.js'
import type { Value } from '../value.js'

const KEYS = ['scheme', 'username', 'password', 'host', 'port', 'path', 'query', 'fragment']

const url: Operation = {
  name: 'make_url',
  check: (argument) => void (isOpen(argument) || checked(argument)),
  apply: (argument) => makeUrl(checked(argument)),
}

export const urlOperations = [url]

export const urlFunctions = [eager('make_url', { since: '2017-09-01', resembles: isJsonObject }, url)]

function checked(argument: Value): JsonObject {
  if (!isJsonObject(argument)) return refuse(`expected a map with keys of ${KEYS.join(', ')}`)
  for (const key of Object.keys(argument)) {
    const hint = didYouMean(key, KEYS)
    if (!KEYS.includes(key)) return refuse(`a URL has no part ${key}${hint ? `; ${hint}` : ''}`)
  }
  return argument
}

function makeUrl(parts: JsonObject): string {
  const scheme = textAt(parts, 'scheme')
  if (scheme.includes(':')) return refuse('the scheme must not contain a colon')
  const authority = authorityOf(parts)
  const path = encode(textAt(parts, 'path'), '/')
  const query = queryOf(parts.query ?? null)
  const fragment = encode(textAt(parts, 'fragment'), '/')
  const named = authority !== '' || (WITH_AUTHORITY.has(scheme) && !path.startsWith('//'))
  const slash = named && path !== '' && !path.startsWith('/') ? '/' : ''
  return [
    scheme && `${scheme}:`,
    named && `//${authority}`,
    `${slash}${path}`,
    query && `?${query}`,
    fragment && `#${fragment}`,
  ]
    .filter((part) => part !== false)
    .join('')
}

/** As they are written here: Python takes `FILE` for another one. Schemes whose URLs have the two slashes though nothing follows them: `file:///etc/hosts`. */
const WITH_AUTHORITY = new Set(
  'ftp http gopher nntp telnet imap wais file mms https shttp snews prospero rtsp rtspu rsync svn svn+ssh sftp nfs git git+ssh ws wss'.split(
    ' ',
  ),
)

function authorityOf(parts: JsonObject): string {
  const username = encode(textAt(parts, 'username'), '')
  const password = encode(textAt(parts, 'password'), '')
  const host = textAt(parts, 'host').replace(/^\[(.*)\]$/, '$1')
  const port = portOf(parts.port ?? null)
  const credentials = username || password ? `${username}${password && `:${password}`}@` : ''
  const name = encode(host, ':')
  return `${credentials}${name.includes(':') ? `[${name}]` : name}${port && `:${port}`}`
}

function portOf(port: Json): string {
  if (port === null || port === '') return ''
  const digits = /^\d+$/.exec(wordOf(port))?.[0] ?? ''
  return Number(digits) >= 1 && Number(digits) <= 65535 ? digits : refuse('the port must be a number from 1 to 65535')
}

function queryOf(query: Json): string {
  if (query === null) return ''
  if (!isJsonObject(query)) return refuse(`the query must be a map, not ${kindOf(query)}`)
  const form = (text: string) => encode(text, ' /').replaceAll(' ', '+')
  return Object.entries(query)
    .map(([key, value]) => `${form(key)}=${form(pythonText(value))}`)
    .join('&')
}

function textAt(parts: JsonObject, key: string): string {
  const part = parts[key] ?? null
  if (part === null) return ''
  if (typeof part === 'object') return refuse(`${key} must be a text, not ${kindOf(part)}`)
  return typeof part === 'string' ? part : pythonText(part)
}

/** Percent-encodes the UTF-8 bytes of everything but letters, digits, `_.-~` and `safe`. */
function encode(text: string, safe: string): string {
  return [...text]
    .map((character) => (/[\w.~-]/.test(character) || safe.includes(character) ? character : percent(character)))
    .join('')
}

function percent(character: string): string {
  return [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')
}
