// Where in the user's program something was said: the line from the stack of calls, the column and what lies inside from
// the source itself, which is read only when a problem is told.
import { readFileSync } from 'node:fs'
import { dirname, isAbsolute, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Place } from '../../template/index.js'

const HERE = dirname(fileURLToPath(import.meta.url))
const LINES_MAX = 200

/** The call nearest to us that is not our own. Undefined where the runtime does not tell. */
export function callersPlace(): Place | undefined {
  const lines = new Error('').stack?.split('\n') ?? []
  for (const line of lines) {
    const place = placeIn(line)
    if (place && dirname(place.absolute) !== HERE) return place.place
  }
  return undefined
}

/** The first place in a file of the user's that an error's stack names. */
export function placeOfError(error: Error): Place | undefined {
  const lines = error.stack?.split('\n') ?? []
  for (const line of lines) {
    const place = placeIn(line)
    if (place && !/[\\/]node_modules[\\/]/.test(place.absolute) && !place.absolute.startsWith(dirname(dirname(HERE)))) {
      return place.place
    }
  }
  return undefined
}

function placeIn(line: string): { place: Place; absolute: string } | undefined {
  const [, file, row, column] =
    /^\s+at (?:.*\()?((?:file:\/\/)?[^():]*(?::\\[^():]*)?):(\d+):(\d+)\)?$/.exec(line) ?? []
  if (file === undefined || file.startsWith('node:') || file === '<anonymous>') return undefined
  const absolute = file.startsWith('file://') ? fileURLToPath(file) : file
  if (!isAbsolute(absolute)) return undefined
  return { place: { file: shown(absolute), line: Number(row), column: Number(column) }, absolute }
}

/** Files of the working directory by their name in it. */
function shown(file: string): string {
  const near = relative(process.cwd(), file)
  return near.startsWith('..') || isAbsolute(near) ? file : near
}

export class Places {
  readonly #byPath = new Map<string, Place>()
  readonly #sources = new Map<string, readonly string[]>()

  constructor(readonly whole: Place | undefined) {}

  note(path: string): void {
    const place = callersPlace()
    if (place) this.#byPath.set(path, place)
  }

  /** The nearest place that is known: of the path, of a part of it in the source, or of what encloses it. */
  readonly of = (path: string): Place | undefined => {
    const steps = path.split('.')
    for (let length = steps.length; length > 0; length--) {
      const place = this.#byPath.get(steps.slice(0, length).join('.'))
      if (place) return this.#refined(place, steps.slice(length - 1))
    }
    return this.whole
  }

  /** Goes from the name that was declared to the keys below it, as far as they stand there word for word. */
  #refined(start: Place, [name = '', ...keys]: readonly string[]): Place {
    const lines = this.#linesOf(start.file ?? '')
    const end = Math.min(this.#nextAfter(start), start.line + LINES_MAX, lines.length + 1)
    let found = find(lines, start, end, quoted(name)) ?? start
    for (const key of keys) found = find(lines, after(found), end, asKey(key)) ?? found
    return found
  }

  #linesOf(file: string): readonly string[] {
    const lines = this.#sources.get(file) ?? linesIn(file)
    this.#sources.set(file, lines)
    return lines
  }

  #nextAfter({ file, line }: Place): number {
    const next = [...this.#byPath.values()].filter((place) => place.file === file && place.line > line)
    return Math.min(Number.POSITIVE_INFINITY, ...next.map((place) => place.line))
  }
}

/** A file that is gone, or was never one, has none. */
function linesIn(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8').split('\n')
  } catch {
    return []
  }
}

const escaped = (word: string) => word.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
const quoted = (name: string) => new RegExp(`['"\`]${escaped(name)}['"\`]`)
const asKey = (key: string) => new RegExp(`(?<![\\w$.])['"]?${escaped(key)}['"]?\\s*(?=[:,}\\n]|$)`)
const after = (place: Place): Place => ({ ...place, column: place.column + 1 })

function find(lines: readonly string[], start: Place, end: number, pattern: RegExp): Place | undefined {
  for (let line = start.line; line < end; line++) {
    // Columns of the stack of calls are those of the program after its translation: the first line is looked at whole.
    const from = line === start.line && pattern.source.startsWith('(?<!') ? start.column - 1 : 0
    const text = lines[line - 1] ?? ''
    const index = text.slice(from).search(pattern)
    if (index >= 0) return { ...start, line, column: from + index + 1 }
  }
  return undefined
}
