// digest: the hash of a text, in hex.
import { createHash } from 'node:crypto'
import type { Json } from '../../lib/json.js'
import { didYouMean } from '../../lib/suggest.js'
import { eager, isOpen, type Operation, refuse } from '../function.js'
import { wordOf } from '../text.js'
import type { Value } from '../value.js'

/** Heat's names (those of Python's hashlib) and Node's. */
const ALGORITHMS = new Map([
  ...['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'].map((name): [string, string] => [name, name]),
  ...['224', '256', '384', '512'].map((bits): [string, string] => [`sha3_${bits}`, `sha3-${bits}`]),
  ['sha512_224', 'sha512-224'],
  ['sha512_256', 'sha512-256'],
  ...['md5-sha1', 'ripemd160', 'sm3'].map((name): [string, string] => [name, name]),
  ['blake2b', 'blake2b512'],
  ['blake2s', 'blake2s256'],
])

const EXPECTED = 'expected a list: [algorithm, text]'

const digest: Operation = { name: 'digest', check, apply }

export const digestOperations = [digest]

export const digestFunctions = [eager('digest', { since: '2015-04-30', resembles }, digest)]

function resembles(argument: Json): boolean {
  return Array.isArray(argument) && argument.length === 2 && ALGORITHMS.has(wordOf(argument[0] ?? null).toLowerCase())
}

function check(argument: Value): void {
  if (isOpen(argument)) return
  if (!Array.isArray(argument) || argument.length !== 2) refuse(EXPECTED)
  const [algorithm] = argument
  if (typeof algorithm === 'string') nodeName(algorithm)
}

function nodeName(algorithm: string): string {
  const name = ALGORITHMS.get(algorithm.toLowerCase())
  if (name !== undefined) return name
  const hint = didYouMean(algorithm, ALGORITHMS.keys())
  return refuse(`unknown algorithm ${algorithm}${hint ? `; ${hint}` : ''}`)
}

function apply(argument: Json): Json {
  if (!Array.isArray(argument) || argument.length !== 2) return refuse(EXPECTED)
  const [algorithm, text] = argument
  if (typeof algorithm !== 'string' || typeof text !== 'string')
    return refuse('the algorithm and the text must be texts')
  // Heat hashes the text's Latin-1 bytes.
  if (/[\u0100-\uffff]/.test(text)) return refuse('the text contains characters outside Latin-1')
  return createHash(nodeName(algorithm)).update(text, 'latin1').digest('hex')
}
