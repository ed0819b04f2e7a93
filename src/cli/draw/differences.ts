// What a property was and what it will be, leaf by leaf, short enough to be read.
import type { ChangeView, Json } from '../../index.js'
import { type Line, shorten, tame, toned } from './line.js'

type Difference = ChangeView['differences'][number]

interface Leaf {
  readonly path: string
  readonly before: Json | undefined
  readonly after: Json | undefined
}

const VALUE_LENGTH_MAX = 60
const LEAVES_MAX = 12
const TEXT_LINES_MAX = 8

export function drawDifference(difference: Difference, action: ChangeView['action']): Line[] {
  const words = action === 'replace' ? '  (needs a new one)' : '  (may need a new one)'
  const forced = difference.onChange === 'replace' ? [toned('warn', words)] : []
  const { name, before, after, known } = difference
  if (!known) {
    return [[`${name}: `, toned('dim', `${show(before)} -> `), toned('warn', '(known after apply)'), ...forced]]
  }
  if (isText(before) && isText(after)) return [[`${name}:`, ...forced], ...drawText(before, after)]
  const leaves = leavesOf(name, before, after)
  const lines: Line[] = leaves
    .slice(0, LEAVES_MAX)
    .map((leaf) => [
      `${tame(leaf.path)}: `,
      toned('bad', show(leaf.before)),
      ' -> ',
      toned('good', show(leaf.after)),
      ...forced,
    ])
  if (leaves.length > LEAVES_MAX) lines.push([toned('dim', `… and ${leaves.length - LEAVES_MAX} more`)])
  return lines
}

const isText = (value: Json | undefined): value is string => typeof value === 'string' && value.includes('\n')

function show(value: Json | undefined): string {
  if (value === undefined || value === null) return '(none)'
  // The library writes this in place of a secret.
  if (value === '******') return '******'
  return shorten(tame(JSON.stringify(value)), VALUE_LENGTH_MAX)
}

function leavesOf(path: string, before: Json | undefined, after: Json | undefined): Leaf[] {
  const [old, wanted] = [fieldsOf(before), fieldsOf(after)]
  if (!old || !wanted || Array.isArray(before) !== Array.isArray(after)) return [{ path, before, after }]
  const keys = new Set([...Object.keys(old), ...Object.keys(wanted)])
  return [...keys].flatMap((key) =>
    JSON.stringify(old[key]) === JSON.stringify(wanted[key]) ? [] : leavesOf(`${path}.${key}`, old[key], wanted[key]),
  )
}

function fieldsOf(value: Json | undefined): { readonly [key: string]: Json } | undefined {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : undefined
}

/** The lines between the common beginning and the common end. */
function drawText(before: string, after: string): Line[] {
  const [old, wanted] = [before.split('\n'), after.split('\n')]
  let start = 0
  while (start < old.length && start < wanted.length && old[start] === wanted[start]) start++
  let tail = 0
  while (
    tail < old.length - start &&
    tail < wanted.length - start &&
    old[old.length - 1 - tail] === wanted[wanted.length - 1 - tail]
  )
    tail++
  return [
    ...some(old.slice(start, old.length - tail), (text) => [toned('bad', `  - ${text}`)]),
    ...some(wanted.slice(start, wanted.length - tail), (text) => [toned('good', `  + ${text}`)]),
  ]
}

function some(texts: readonly string[], draw: (text: string) => Line): Line[] {
  const lines = texts.slice(0, TEXT_LINES_MAX).map((text) => draw(shorten(tame(text), VALUE_LENGTH_MAX * 2)))
  const more = texts.length - TEXT_LINES_MAX
  return more > 0 ? [...lines, [toned('dim', `    … ${more} more lines`)]] : lines
}
