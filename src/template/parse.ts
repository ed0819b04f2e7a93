// The door of the template language: text or an object comes in; JSON, the places of its parts, and problems come out.
// What the fields mean is not asked here.
import type { Json } from '../lib/json.js'
import type { Problem } from '../lib/problem.js'
import type { Place } from './definition.js'
import { readFully } from './full.js'
import { DEFAULT_LIMITS, type Limits } from './limits.js'
import { placesOf } from './places.js'
import { plainJson } from './plain.js'
import { readQuickly } from './quick.js'
import { jsonOf, Lines, type Node, offsetOf, realAt } from './tree.js'

/** YAML or JSON text with the name its problems shall carry, or a template as an object. */
export type TemplateSource = { readonly text: string; readonly file?: string } | { readonly object: unknown }

export interface ParseOptions {
  readonly limits?: Partial<Limits>
}

export interface Parsed {
  /** Undefined when there are problems. */
  readonly document: Json | undefined
  readonly problems: readonly Problem[]
  /** What is read all the same, but surely not meant. */
  readonly warnings: readonly Problem[]
  /** The text's file name, when it has one. */
  readonly file?: string
  readonly limits: Limits
  /** The source was an object, not text. */
  readonly objectGiven: boolean
  /** Where a path such as `resources.web.type` was written; the nearest enclosing place; undefined for objects. */
  readonly placeOf: (path: string) => Place | undefined
  /** How Python writes the whole number with a point that stands there: `1.0`. Undefined where there is none. */
  readonly realAt: (path: string) => string | undefined
}

/** Reads a template. Never throws: whatever is wrong with the source is a problem. */
export function parseTemplate(source: TemplateSource, options: ParseOptions = {}): Parsed {
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  return 'text' in source ? parseText(new Lines(source.text, source.file), limits) : parseObject(source.object, limits)
}

function parseText(lines: Lines, limits: Limits): Parsed {
  if (lines.text.length > limits.textMax) return refused(lines, limits, tooLong(lines.text.length, limits.textMax))
  try {
    const quick = readQuickly(lines.text, limits.depthMax)
    if ('root' in quick) return parsed(quick.root, lines, limits)
    const { root, problems, warnings } = readFully(lines, limits, quick.declinedAt)
    return root ? { ...parsed(root, lines, limits), warnings } : refused(lines, limits, ...problems)
  } catch (error) {
    // The library is recursive in places and can run out of stack, or trip over its own rules.
    const reason = error instanceof Error ? error.message : String(error)
    return refused(lines, limits, { path: '', message: `cannot be read as YAML: ${reason}` })
  }
}

function parsed(root: Node, lines: Lines, limits: Limits): Parsed {
  const placeOf = (path: string) => lines.place(offsetOf(root, path))
  return {
    document: jsonOf(root),
    problems: [],
    warnings: [],
    limits,
    objectGiven: false,
    placeOf,
    realAt: (path) => realAt(root, path),
    ...fileOf(lines),
  }
}

function refused(lines: Lines, limits: Limits, ...problems: Problem[]): Parsed {
  const placed = problems.map((problem) => ({ ...fileOf(lines), ...problem }))
  return {
    document: undefined,
    problems: placed,
    warnings: [],
    limits,
    objectGiven: false,
    placeOf: () => undefined,
    realAt: () => undefined,
    ...fileOf(lines),
  }
}

const fileOf = (lines: Lines) => (lines.file === undefined ? {} : { file: lines.file })

function tooLong(length: number, textMax: number): Problem {
  const message = `the text is ${length} characters long; at most ${textMax} are read`
  return { path: '', message, hint: 'move large contents to files and use get_file' }
}

function parseObject(object: unknown, limits: Limits): Parsed {
  const problems: Problem[] = []
  const document = plainJson(object, limits, problems)
  const placeOf = placesOf(object)
  const placed = problems.map((problem) => ({ ...placeOf(problem.path), ...problem }))
  const ok = problems.length === 0
  return {
    document: ok ? document : undefined,
    problems: placed,
    warnings: [],
    limits,
    objectGiven: true,
    placeOf,
    realAt: () => undefined,
  }
}
