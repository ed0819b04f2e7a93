// One call of the program: its options, its terminal, and the library, opened for as long as the command takes.
import type { OpenOptions, Orchestrator } from '../index.js'
import { optimizeWasmLate } from '../lib/wasm-tiering.js'
import { UsageError } from './exit.js'
import { type Interrupt, watchInterrupts } from './interrupt.js'
import { numberOf } from './number.js'
import { Terminal } from './terminal.js'
import { loadTypes, nameTypes } from './types.js'

export interface GlobalOptions {
  readonly database: string
  readonly project: string
  /** It is named by whoever commands, be it the default one. */
  readonly projectSaid?: boolean
  readonly types?: string
  readonly keyFile?: string
  /** Instead of a database: the address of a server. */
  readonly server?: string
  readonly tokenFile?: string
  /** How deep stacks may be nested; a server has a limit of its own. */
  readonly nestedDepthMax?: string
  readonly json: boolean
  readonly color: boolean
}

export interface Session {
  readonly globals: GlobalOptions
  readonly terminal: Terminal
  /** How deep the display of a command looks into nested stacks. */
  readonly nestedDepth: number
}

/** Of `--nested-depth`: a number, or `max`. Throws UsageError. */
function depthIn(text: string | undefined): number {
  if (text === undefined) return 0
  if (/^max$/i.test(text)) return Number.POSITIVE_INFINITY
  if (/^\d{1,4}$/.test(text)) return Number(text)
  throw new UsageError(`--nested-depth ${text}: how deep is that?`, 'give a number, or max')
}

/** What of a session tells who judges templates: this process, or a server. */
export interface Judge {
  readonly globals: Pick<GlobalOptions, 'server' | 'tokenFile' | 'project' | 'projectSaid' | 'nestedDepthMax'>
}

export const DEFAULT_DATABASE = './.isotherm/'
export const DEFAULT_PROJECT = 'default'

/** What single commands say of nested stacks. */
interface NestingArguments {
  readonly nestedDepth?: string
  readonly nestedDepthMax?: string
}

/** Throws UsageError. */
export function makeSession(globals: GlobalOptions, { nestedDepth, nestedDepthMax }: NestingArguments): Session {
  nameTypes(globals.types)
  if (nestedDepthMax !== undefined && globals.server !== undefined)
    throw new UsageError('--nested-depth-max: a server has a limit of its own', 'isotherm serve says it')
  const limited = nestedDepthMax === undefined ? globals : { ...globals, nestedDepthMax }
  return { globals: limited, terminal: new Terminal(globals), nestedDepth: depthIn(nestedDepth) }
}

/** The library over a database, or a server: commands need not know which. @param engines 0 only looks, or leaves the work to others. */
export async function withIsotherm<T>(
  { globals }: Session,
  engines: number,
  work: (isotherm: Orchestrator, interrupt: Interrupt) => Promise<T>,
): Promise<T> {
  const isotherm = globals.server === undefined ? await openHere(globals, engines) : await openThere(globals, engines)
  const interrupt = watchInterrupts()
  try {
    return await work(isotherm, interrupt)
  } finally {
    await isotherm.close()
    interrupt.release()
  }
}

async function openHere(globals: GlobalOptions, engines: number): Promise<Orchestrator> {
  const { database, project } = globals
  optimizeWasmLate()
  const options = { database, project, types: await loadTypes(), engines, ...keyOf(globals), ...limitsOf(globals) }
  const { open } = await import('../index.js')
  return open({ ...options, ...(debugging() && { log: debugLog }) })
}

async function openThere(globals: GlobalOptions, engines: number): Promise<Orchestrator> {
  if (engines > 0) throw new UsageError('--engine: a server has engines of its own', 'leave it out')
  return connectThere(globals)
}

/** What a server is spoken to with is loaded when there is one. */
async function connectThere(globals: Judge['globals']): Promise<Orchestrator> {
  const { connectTo } = await import('./server-access.js')
  return connectTo(globals)
}

function limitsOf({ nestedDepthMax: depth }: Judge['globals']) {
  if (depth === undefined) return {}
  return { treeLimits: { nestedDepthMax: numberOf('--nested-depth-max', depth, { whole: true }) } }
}

export const keyOf = ({ keyFile }: GlobalOptions) => (keyFile === undefined ? {} : { keyFile })

/** For what needs the types but no stack; those of a server are its own. */
export async function withoutDatabase<T>({ globals }: Judge, work: (isotherm: Orchestrator) => Promise<T>): Promise<T> {
  if (globals.server !== undefined) return work(await connectThere(globals))
  const { open } = await import('../index.js')
  return work(await open({ database: nowhere, key: false, types: await loadTypes(), engines: 0, ...limitsOf(globals) }))
}

const nowhere: Exclude<OpenOptions['database'], string | undefined> = {
  description: 'nowhere',
  query: () => Promise.reject(new Error('there is no database')),
  script: () => Promise.reject(new Error('there is no database')),
  copy: () => Promise.reject(new Error('there is no database')),
  transaction: () => Promise.reject(new Error('there is no database')),
  close: async () => {},
}

export const debugging = (): boolean => !['', '0'].includes(process.env.ISOTHERM_DEBUG ?? '')

const write = (level: string) => (details: object, message: string) => {
  const { error, ...rest }: { error?: unknown } = details
  const cause = error instanceof Error ? `\n${error.stack}` : ''
  process.stderr.write(`${level} ${message} ${JSON.stringify(rest)}${cause}\n`)
}
const debugLog = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }

/** The words with which this stack is come back to, for people to copy; what is printed may be kept in a log, so a password is not told. */
export function commandLine(
  words: readonly string[],
  { server, tokenFile, database, project, keyFile }: GlobalOptions,
): string {
  const there = [
    ...(server === undefined || server === process.env.ISOTHERM_SERVER ? [] : ['--server', server]),
    ...(tokenFile === undefined || tokenFile === process.env.ISOTHERM_TOKEN_FILE ? [] : ['--token-file', tokenFile]),
  ]
  const here = [
    ...(database === DEFAULT_DATABASE || database === process.env.ISOTHERM_DATABASE_URL
      ? []
      : ['--database', withoutPassword(database)]),
    ...(keyFile === undefined || keyFile === process.env.ISOTHERM_KEY_FILE ? [] : ['--key-file', keyFile]),
  ]
  const where = [
    ...(server === undefined ? here : there),
    ...(project === DEFAULT_PROJECT || project === process.env.ISOTHERM_PROJECT ? [] : ['--project', project]),
  ]
  return ['isotherm', ...words, ...where].map(quoted).join(' ')
}

/** Engines are processes of their own there, on any machine. */
export const isShared = ({ server, database }: Pick<GlobalOptions, 'server' | 'database'>): boolean =>
  server !== undefined || /^postgres(ql)?:\/\//.test(database)

/** Of an address of a database, or of several machines: `postgres://user:password@one,two/name`. */
const withoutPassword = (database: string): string =>
  isShared({ database })
    ? database
        .replace(/^(\w+:\/\/[^:@/]*):[^/?#]*@/, '$1:******@')
        .replace(/([?&](?:ssl)?password=)[^&]*/gi, '$1******')
    : database

const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replace(/'/g, `'\\''`)}'`)
