#!/usr/bin/env node
// The program `isotherm`: runs one command and turns whatever went wrong into words and an exit code.
import { CommanderError } from 'commander'
import { drawError, drawProblems } from './draw/problems.js'
import { EXIT, UsageError } from './exit.js'
import { makeProgram } from './program.js'
import { debugging, type Session } from './session.js'
import { Terminal } from './terminal.js'

/** What the library throws, known by its name so that help need not load the library. */
type Trouble =
  | 'InvalidInput'
  | 'NotFound'
  | 'Conflict'
  | 'PlanOutdated'
  | 'DatabaseUnavailable'
  | 'DatabaseLost'
  | 'ServerUnavailable'
  | 'Refused'

let session: Session | undefined

async function main(): Promise<void> {
  // Whoever reads has heard enough, for example `head`.
  process.stdout.on('error', (error) =>
    process.exit('code' in error && error.code === 'EPIPE' ? EXIT.done : EXIT.failed),
  )
  const program = makeProgram(
    (code) => {
      process.exitCode = code
    },
    (begun) => {
      session = begun
    },
  )
  try {
    if (process.argv.length <= 2) program.help()
    await program.parseAsync()
  } catch (error) {
    process.exitCode = await report(error)
    // It has timers of its own, of which nothing is left to stop them.
    if (error instanceof Error && error.name === 'DatabaseLost') process.exit()
  }
}

async function report(error: unknown): Promise<number> {
  // Commander has said it already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.badInput
  const terminal = session?.terminal ?? new Terminal({ json: false, color: true })
  if (debugging() && error instanceof Error) process.stderr.write(`${error.stack}\n`)
  const kind = error instanceof Error ? error.name : 'Error'
  const message = error instanceof Error ? error.message : String(error)
  if (terminal.json) terminal.value({ error: { kind, message, ...(await problemsIn(error)) } })
  if (error instanceof UsageError) {
    terminal.say(drawError(message, error.hint))
    return EXIT.badInput
  }
  switch (kind as Trouble | 'other') {
    case 'InvalidInput': {
      const { InvalidInput } = await import('../index.js')
      const { sourcesOf } = await import('./inputs.js')
      const problems = error instanceof InvalidInput ? error.problems : []
      const sources = await sourcesOf(problems)
      terminal.say(drawProblems(problems, (file) => sources.get(file)))
      return EXIT.badInput
    }
    case 'NotFound':
    case 'Conflict':
    case 'DatabaseLost':
      terminal.say(drawError(message))
      return EXIT.failed
    case 'ServerUnavailable': {
      const { wayToServer } = await import('./server-access.js')
      terminal.say(drawError(message, wayToServer(message)))
      return EXIT.failed
    }
    case 'PlanOutdated':
      terminal.say(drawError(message, 'look again, and save another plan: isotherm plan --save'))
      return EXIT.failed
    case 'Refused':
      terminal.say(drawError(message, hintOf(error)))
      return EXIT.failed
    case 'DatabaseUnavailable':
      terminal.say(drawError(message, /is in use by process/.test(message) ? SHARING : undefined))
      return EXIT.failed
    default:
      terminal.say(drawError(message, wayOut(error)))
      return EXIT.failed
  }
}

const hintOf = (error: unknown): string | undefined =>
  error instanceof Error && 'hint' in error && typeof error.hint === 'string' ? error.hint : undefined

/** Of errors that the system or the database has a code for. */
const WAYS_OUT: { readonly [code: string]: string } = {
  EADDRINUSE: 'another process has this port: choose another one, or 0 for any that is free',
  EADDRNOTAVAIL: 'this machine has no such address: 0.0.0.0 stands for all that it has',
  '42501': 'the role of the database needs to own the schema isotherm, or to be allowed to create it',
}

function wayOut(error: unknown): string | undefined {
  const known = error instanceof Error && 'code' in error ? WAYS_OUT[String(error.code)] : undefined
  return known ?? (debugging() ? undefined : 'ISOTHERM_DEBUG=1 shows where this comes from')
}

const SHARING = 'the embedded database serves one process at a time; a PostgreSQL serves many: --database postgres://…'

async function problemsIn(error: unknown): Promise<object> {
  const { InvalidInput } = await import('../index.js')
  return error instanceof InvalidInput ? { problems: error.problems } : {}
}

await main()
