// The files that come with a template: those it names, those that templates among them name, and those that environments map
// types to. Names are relative to the file that says them; under which name a stack knows a file is relative to its template.
import { dirname, isAbsolute, join, posix, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { filesOf, isTemplateFile, type Json, type Problem, templatesOfRegistry } from '../index.js'
import { readText } from './inputs.js'

interface Source {
  readonly template: string | { readonly [section: string]: unknown }
  readonly file: string
  readonly environment: { [section: string]: Json }
  readonly environments: readonly { readonly file: string; readonly text: string }[]
}

/** A file that is wanted: how the stack calls it, and where it lies. */
interface Wanted {
  readonly name: string
  readonly path: string
  /** Tells a problem with the place that asked for it. */
  readonly problem: (message: string) => Problem
}

const FILES_MAX = 1_000

interface Found {
  readonly files: { [name: string]: string }
  /** Names of templates that cannot be read: a problem each, as other files are, which are empty. */
  readonly missing: ReadonlySet<string>
}

/** Every file that is asked for, by whomever. */
export async function readFiles(source: Source, problems: Problem[]): Promise<Found> {
  const files = new Map<string, string | undefined>()
  let wanted = [...wantedByTemplate(source), ...wantedByEnvironments(source)]
  while (wanted.length > 0) {
    const fresh = [...new Map(wanted.map((one) => [one.name, one])).values()].filter(({ name }) => !files.has(name))
    const [first] = fresh
    if (first && files.size + fresh.length > FILES_MAX) {
      problems.push(first.problem(`more than ${FILES_MAX} files are asked for`))
      break
    }
    const read = await Promise.all(fresh.map(readOne))
    wanted = read.flatMap(({ name, path, text, problem }) => {
      files.set(name, text)
      if (problem) problems.push(problem)
      return text !== undefined && isTemplateFile(name) ? wantedBy(text, path, directoryOf(name)) : []
    })
  }
  const there = [...files].flatMap(([name, text]) => (text === undefined ? [] : [[name, text] as const]))
  const missing = [...files].flatMap(([name, text]) => (text === undefined ? [name] : []))
  return { files: Object.fromEntries(there), missing: new Set(missing) }
}

interface Read extends Pick<Wanted, 'name' | 'path'> {
  readonly text: string | undefined
  readonly problem?: Problem
}

async function readOne({ name, path, problem }: Wanted): Promise<Read> {
  const found: Problem[] = []
  const elsewhere = elsewhereIn(path)
  const text = elsewhere === undefined ? await readText(path, 'file', found) : ''
  const message = elsewhere ?? found[0]?.message
  if (message === undefined) return { name, path, text }
  return { name, path, text: isTemplateFile(path) ? undefined : '', problem: problem(message) }
}

/** What is wrong with an address in place of a path. */
function elsewhereIn(path: string): string | undefined {
  if (/^file:/i.test(path)) return 'it is no file of this machine: their addresses begin with file:/// and a path'
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(path)
    ? 'an address is not fetched: save it as a file, and name that'
    : undefined
}

const directoryOf = (name: string) => (posix.dirname(name) === '.' ? '' : posix.dirname(name))
const isElsewhere = (name: string) => isAbsolute(name) || /^[a-z][a-z0-9+.-]*:\/\//i.test(name)

/** What a program has written has no places to tell. */
function wantedByTemplate({ template, file }: Source): Wanted[] {
  if (typeof template === 'string') return wantedBy(template, file, '')
  return wantedBy(JSON.stringify(template), file, '').map((one) => ({
    ...one,
    problem: (message) => {
      const { line: _line, column: _column, ...rest } = one.problem(message)
      return rest
    },
  }))
}

/** @param directory of the text, as the stack's names have it. */
function wantedBy(text: string, file: string, directory: string): Wanted[] {
  return filesOf({ text, file }).map(({ name, path, place }) => ({
    // The template's own names are kept as they are written.
    name: directory === '' || isElsewhere(name) ? name : posix.normalize(posix.join(directory, name)),
    path: pathOf(name, file),
    problem: (message) => ({
      ...(place ?? { file }),
      path,
      message: `${name}: ${message}`,
      hint: path.endsWith('get_file')
        ? 'get_file names are relative to the template'
        : 'names are relative to the template',
    }),
  }))
}

function pathOf(name: string, file: string): string {
  if (name.startsWith('file://')) return pathOfAddress(name)
  return isElsewhere(name) || file === '-' ? name : join(dirname(file), name)
}

/** The address itself where it is none of a file here: of another host, say. */
function pathOfAddress(address: string): string {
  try {
    return fileURLToPath(address)
  } catch {
    return address
  }
}

/** Targets in an environment are relative to its file: from here on they are called as seen from the template. */
function wantedByEnvironments({ file, environment, environments }: Source): Wanted[] {
  const registry = environment.resource_registry
  return templatesOfRegistry(registry ?? null).map((name) => {
    const teller = [...environments].reverse().find(({ text }) => text.includes(name))?.file ?? file
    const path = pathOf(name, teller)
    const own = isElsewhere(name) ? name : relative(file === '-' ? '.' : dirname(file), path)
    if (own !== name && registry !== undefined) renameTarget(registry, name, own)
    const problem = (message: string): Problem => ({
      file: teller,
      path: 'resource_registry',
      message: `${name}: ${message}`,
      hint: 'names are relative to the environment',
    })
    return { name: own, path, problem }
  })
}

function renameTarget(registry: Json, from: string, to: string): void {
  if (typeof registry !== 'object' || registry === null || Array.isArray(registry)) return
  for (const [key, value] of Object.entries(registry)) {
    if (value === from) registry[key] = to
    else renameTarget(value, from, to)
  }
}
