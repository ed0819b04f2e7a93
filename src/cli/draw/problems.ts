// Bad news read aloud well: where, what, and what to do about it. On a terminal and in a log alike.
import type { Problem } from '../../index.js'
import { type Line, many, shorten, tame, toned } from './line.js'

const SHOWN_MAX = 50
const SOURCE_LENGTH_MAX = 110

/** @param sourceOf the text of a file by its name, as far as it is at hand, so that the line itself can be shown. */
export function drawProblems(
  problems: readonly Problem[],
  sourceOf: (file: string) => string | undefined = () => undefined,
): Line[] {
  const lines: Line[] = []
  for (const problem of problems.slice(0, SHOWN_MAX)) {
    lines.push(headOf(problem), ...excerptOf(problem, sourceOf))
    if (problem.hint) lines.push([toned('busy', '  hint: '), tame(problem.hint)])
  }
  const more = problems.length - SHOWN_MAX
  if (more > 0) lines.push([`… and ${many(more, 'more problem')}`])
  return lines
}

const TONES = { error: 'bad', warning: 'warn' } as const

/** `file:line:column: path: message`, which editors and other programs know how to follow. */
function headOf({ file, line, column, path, message, severity = 'error' }: Problem): Line {
  const place = [file, line, column].filter((part) => part !== undefined).join(':')
  return [
    toned(TONES[severity], `${severity}: `),
    ...(place === '' ? [] : [toned('bold', `${tame(place)}: `)]),
    ...(path === '' ? [] : [toned('dim', `${tame(path)}: `)]),
    tame(message),
  ]
}

function excerptOf(
  { file, line, column, severity = 'error' }: Problem,
  sourceOf: (file: string) => string | undefined,
): Line[] {
  const text = file === undefined || line === undefined ? undefined : sourceOf(file)?.split('\n', line)[line - 1]
  if (text === undefined || column === undefined || column > SOURCE_LENGTH_MAX) return []
  const number = String(line).padStart(5)
  return [
    [toned('dim', `${number} | `), shorten(tame(text), SOURCE_LENGTH_MAX)],
    [
      toned('dim', `${' '.repeat(5)} | `),
      ' '.repeat(column - 1),
      toned(TONES[severity], '^'.repeat(lengthAt(text, column))),
    ],
  ]
}

/** How long the word is that stands there: a quoted text, or all up to what ends a word in YAML or in a program. */
function lengthAt(text: string, column: number): number {
  const rest = text.slice(column - 1, SOURCE_LENGTH_MAX)
  const word = /^(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s,:{}[\]()]+(?::+[^\s,:{}[\]()]+)*)/.exec(rest)
  return Math.max(1, word?.[0].length ?? 1)
}

/** A failure with a message and perhaps a hint. */
export function drawError(message: string, hint?: string): Line[] {
  const [first = '', ...rest] = message.split('\n')
  return [
    [toned('bad', 'error: '), tame(first)],
    ...rest.map((text): Line => [`  ${tame(text)}`]),
    ...(hint === undefined ? [] : [[toned('busy', '  hint: '), hint]]),
  ]
}
