// What a user hands over on the command line: the template, the files it asks for, environments, parameters. Each file that
// cannot be read is a problem with the place that asked for it.
import { readFile, stat } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { warningsIn } from '../engine/declare/environment.js'
import {
  InvalidInput,
  type Json,
  type JsonObject,
  type Preview,
  type Problem,
  type ResourceType,
  readEnvironments,
} from '../index.js'
import { fileTrouble } from '../lib/file-trouble.js'
import { drawProblems } from './draw/problems.js'
import { UsageError } from './exit.js'
import { readFiles } from './files.js'
import { type Judge, type Session, withoutDatabase } from './session.js'
import { bringTypes } from './types.js'

/** Looked for in this order when no template is named. */
const TEMPLATE_NAMES = ['stack.yaml', 'isotherm.yaml', 'template.yaml', 'stack.ts']
/** What the library reads at most is less; this only keeps a film from being loaded first. */
const FILE_BYTES_MAX = 64 * 1024 * 1024

export interface DeclareArguments {
  readonly stack?: string
  readonly parameter: readonly string[]
  readonly environment: readonly string[]
}

export interface Declaration {
  readonly stack: string
  readonly template: string | { readonly [section: string]: unknown }
  readonly templateFile: string
  readonly files: { readonly [name: string]: string }
  readonly environment: { [section: string]: Json }
  readonly parameters: { readonly [name: string]: string }
}

/** @returns also the types that came with the template. Throws InvalidInput or UsageError. */
export async function readDeclaration(
  judge: Judge,
  named: string | undefined,
  given: DeclareArguments,
  judged: { readonly allowUnknownTypes?: boolean } = {},
): Promise<{ readonly declaration: Declaration; readonly types: readonly ResourceType[] }> {
  const templateFile = named ?? (await findTemplate())
  const parameters = readParameters(given.parameter)
  const problems: Problem[] = []
  const written = await readText(templateFile, 'template', problems)
  const environments = await Promise.all(
    given.environment.map(async (file) => ({ file, text: await readText(file, 'environment', problems) })),
  )
  if (problems.length > 0) throw new InvalidInput(problems)
  const stack = given.stack ?? stackNameOf(templateFile)
  const program = isProgram(templateFile)
  const environment = readEnvironments(environments, program ? undefined : { text: written, file: templateFile })
  const { template, types } = program
    ? await runProgram(templateFile, environment, parameters)
    : { template: written, types: [] }
  const { files, missing } = await readFiles({ template, file: templateFile, environment, environments }, problems)
  const declaration = { stack, template, templateFile, files, environment, parameters }
  if (problems.length === 0) return { declaration, types }
  // All at once: what else is wrong is told together with the files that are missing.
  const others = await withoutDatabase(judge, (isotherm) => isotherm.validate({ ...declaration, ...judged }))
  throw new InvalidInput([
    ...problems,
    ...others.filter((other) => other.severity !== 'warning' && !speaksOf(missing, other)),
  ])
}

/** That a file is not there has been told. */
const speaksOf = (missing: ReadonlySet<string>, { message }: Problem): boolean =>
  missing.has(/no file named (.+) was given/.exec(message)?.[1] ?? '')

/**
 * What is surely not meant is told before anything is done: what `found` says of it, and what stands in the files of
 * environments, which a server sees merged only.
 */
export async function tellDoubtful(
  { terminal }: Session,
  { environment, files, template, templateFile }: Declaration,
  { warnings = [] }: Pick<Preview, 'warnings'>,
): Promise<void> {
  const own = warningsIn(environment)
  const isOwn = ({ path, message }: Problem) => own.some((one) => one.path === path && one.message === message)
  const all = [...own, ...warnings.filter((warning) => !isOwn(warning))]
  if (all.length === 0) return
  const sources = await sourcesOf(all)
  const given = typeof template === 'string' ? { ...files, [templateFile]: template } : files
  terminal.say(drawProblems(all, (name) => given[name] ?? sources.get(name)))
}

async function runProgram(file: string, environment: JsonObject, parameters: { readonly [name: string]: Json }) {
  const { loadStack } = await import('./module.js')
  const loaded = await loadStack(file, { environment, parameters: { ...asMap(environment.parameters), ...parameters } })
  bringTypes(loaded.types)
  return loaded
}

const asMap = (value: Json | undefined): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}

/** Programs are run; everything else is read. */
const isProgram = (file: string): boolean => /\.[cm]?[jt]s$/.test(file)

async function findTemplate(): Promise<string> {
  for (const name of TEMPLATE_NAMES) {
    if (await stat(name).catch(() => undefined)) return name
  }
  throw new UsageError(
    `no template was named, and none of ${TEMPLATE_NAMES.join(', ')} is in this directory`,
    'name one, for example: isotherm up web.yaml',
  )
}

/** The file's name without its ending; for a file with one of the usual names, the name of its directory. */
export function stackNameOf(templateFile: string): string {
  if (templateFile === '-')
    throw new UsageError('a template from standard input has no name', 'name the stack: -s STACK')
  const usual = TEMPLATE_NAMES.includes(basename(templateFile))
  const word = usual
    ? basename(dirname(resolve(templateFile)))
    : basename(templateFile).replace(/\.(ya?ml|json|template|hot|[cm]?[jt]s)$/i, '')
  const name = word.replace(/[^A-Za-z0-9_.-]+/g, '-').replace(/^[^A-Za-z]+/, '')
  if (name === '') throw new UsageError(`no stack can be named after ${templateFile}`, 'name it yourself: -s STACK')
  return name
}

/** `name=value`, each; the value may contain further `=`. */
export function readParameters(words: readonly string[]): { [name: string]: string } {
  const entries = words.map((word): [string, string] => {
    const at = word.indexOf('=')
    if (at > 0) return [word.slice(0, at), word.slice(at + 1)]
    throw new UsageError(`-P ${word}: expected NAME=VALUE`, 'for example: -P greeting=hello')
  })
  return Object.fromEntries(entries)
}

/** `90`, `90s`, `10m`, `2h`. */
export function readSeconds(word: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(s|m|h)?$/.exec(word)
  const seconds = Number(match?.[1]) * ({ s: 1, m: 60, h: 3600 }[match?.[2] ?? 's'] ?? 1)
  if (seconds > 0) return seconds
  throw new UsageError(`--timeout ${word}: expected seconds, or a number with s, m or h`, 'for example: --timeout 10m')
}

/** The text of a file, or an empty one and a problem. */
export async function readText(file: string, what: string, problems: Problem[]): Promise<string> {
  try {
    if (file === '-') return await readStandardInput()
    const found = await stat(file)
    if (found.isDirectory()) throw new Trouble('it is a directory, not a file', `name the ${what} in it`)
    if (found.size > FILE_BYTES_MAX)
      throw new Trouble(`it is ${found.size} bytes long; at most ${FILE_BYTES_MAX} are read`)
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file))
  } catch (error) {
    const hint = error instanceof Trouble ? error.hint : undefined
    problems.push({
      file,
      path: '',
      message: `the ${what} cannot be read: ${fileTrouble(error)}`,
      ...(hint && { hint }),
    })
    return ''
  }
}

/** The texts in which the problems stand, so that the lines themselves can be shown. */
export async function sourcesOf(problems: readonly Problem[]): Promise<Map<string, string>> {
  const files = new Set(problems.flatMap(({ file, line }) => (file === undefined || line === undefined ? [] : [file])))
  const sources = new Map<string, string>()
  for (const file of files) if (file !== '-') sources.set(file, await readText(file, 'file', []))
  return sources
}

export async function readStandardInput(): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString('utf8')
}

class Trouble extends Error {
  constructor(
    message: string,
    readonly hint?: string,
  ) {
    super(message)
  }
}
