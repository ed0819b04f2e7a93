// str_split: one text to its parts, or to the part at an index.
import type { Json } from '../../lib/json.js'
import { eager, isOpen, type Operation, refuse } from '../function.js'
import { kindOf, show, wordOf } from '../text.js'
import type { Value } from '../value.js'
import type { Work } from '../work.js'

const EXPECTED = 'expected a list: [delimiter, text] or [delimiter, text, index]'

export const split: Operation = { name: 'str_split', check, apply }

export const splitOperations = [split]

export const splitFunctions = [
  eager(
    'str_split',
    { since: '2015-10-15', resembles: (argument) => Array.isArray(argument) && argument.length > 1 },
    split,
  ),
]

function check(argument: Value): void {
  if (isOpen(argument)) return
  if (!Array.isArray(argument) || argument.length < 2 || argument.length > 3) refuse(EXPECTED)
  const [delimiter = null, text = null] = argument
  if (!isOpen(delimiter)) checkDelimiter(delimiter)
  if (!isOpen(text) && text !== null && typeof text !== 'string')
    refuse(`expected a text to split, not ${kindOf(text)}`)
}

/** Null stands for any white space, as in Heat. */
function checkDelimiter(delimiter: Json): string | null {
  if (delimiter === null) return null
  if (typeof delimiter !== 'string') return refuse('the delimiter must be a text')
  return delimiter === '' ? refuse('the delimiter is empty') : delimiter
}

function apply(argument: Json, work: Work): Json {
  if (!Array.isArray(argument) || argument.length < 2 || argument.length > 3) return refuse(EXPECTED)
  const [rawDelimiter = null, text = null, index] = argument
  const delimiter = checkDelimiter(rawDelimiter)
  if (text === null) return null
  if (typeof text !== 'string') return refuse(`expected a text to split, not ${kindOf(text)}`)
  work.spend(text.length)
  const parts = delimiter === null ? text.split(/\s+/u).filter(Boolean) : text.split(delimiter)
  return index === undefined ? parts : partAt(parts, index)
}

function partAt(parts: readonly string[], index: Json): string {
  if (!/^-?\d+$/.test(wordOf(index))) return refuse(`the index must be a whole number, not ${show(index)}`)
  const part = parts.at(Number(index))
  return part ?? refuse(`the index must be between 0 and ${parts.length - 1}, not ${index}`)
}
