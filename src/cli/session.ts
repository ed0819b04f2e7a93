// One call of the program: its options, its terminal, and the library, opened for as long as the command takes.
import { type Isotherm, type OpenOptions, open } from '../index.js'
import { type Interrupt, watchInterrupts } from './interrupt.js'
import { Terminal } from './terminal.js'
import { loadTypes, nameTypes } from './types.js'

export interface GlobalOptions {
  readonly database: string
  readonly project: string
  readonly types?: string
  readonly keyFile?: string
  readonly json: boolean
  readonly color: boolean
}

export interface Session {
  readonly globals: GlobalOptions
  readonly terminal: Terminal
}

export const DEFAULT_DATABASE = './.isotherm/'
export const DEFAULT_PROJECT = 'default'

export function makeSession(globals: GlobalOptions): Session {
  nameTypes(globals.types)
  return { globals, terminal: new Terminal(globals) }
}

/** @param engines 0 only looks, or leaves the work to others. */
export async function withIsotherm<T>(
  { globals }: Session,
  engines: number,
  work: (isotherm: Isotherm, interrupt: Interrupt) => Promise<T>,
): Promise<T> {
  const { database, project } = globals
  const types = await loadTypes()
  const options = { database, project, types, engines, ...keyOf(globals) }
  const isotherm = await open({ ...options, ...(debugging() && { log: debugLog }) })
  const interrupt = watchInterrupts()
  try {
    return await work(isotherm, interrupt)
  } finally {
    await isotherm.close()
    interrupt.release()
  }
}

export const keyOf = ({ keyFile }: GlobalOptions) => (keyFile === undefined ? {} : { keyFile })

/** For what needs the types but no stack. */
export async function withoutDatabase<T>(work: (isotherm: Isotherm) => Promise<T>): Promise<T> {
  return work(await open({ database: nowhere, key: false, types: await loadTypes(), engines: 0 }))
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

/** The words with which this stack is come back to, for people to copy. */
export function commandLine(words: readonly string[], { database, project, keyFile }: GlobalOptions): string {
  const where = [
    ...(database === DEFAULT_DATABASE || database === process.env.ISOTHERM_DATABASE_URL
      ? []
      : ['--database', database]),
    ...(keyFile === undefined || keyFile === process.env.ISOTHERM_KEY_FILE ? [] : ['--key-file', keyFile]),
    ...(project === DEFAULT_PROJECT || project === process.env.ISOTHERM_PROJECT ? [] : ['--project', project]),
  ]
  return ['isotherm', ...words, ...where].map(quoted).join(' ')
}

/** Engines are processes of their own there, on any machine. */
export const isShared = ({ database }: GlobalOptions): boolean => /^postgres(ql)?:\/\//.test(database)

const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replace(/'/g, `'\\''`)}'`)
