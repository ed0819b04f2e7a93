// The commands and their options, in one place: help, completion and the guide are all made from it.
import { readFileSync } from 'node:fs'
import { Argument, Command, Help, Option } from 'commander'
import { packageDirectory } from '../lib/package-directory.js'
import { addActions } from './action-commands.js'
import { addChanges } from './change-commands.js'
import { declaring, type Run } from './command-options.js'
import type { DoctorArguments } from './commands/doctor.js'
import type { RekeyArguments } from './commands/rekey.js'
import type { SchemaArguments, ValidateArguments } from './commands/validate.js'
import { completion, SHELLS } from './completion.js'
import { describeDoctor, describeRekey } from './database-commands.js'
import { describeEngine, type EngineArguments } from './engine-command.js'
import { EXAMPLES } from './examples.js'
import { EXIT, EXIT_MEANINGS, UsageError } from './exit.js'
import { describeIdentity } from './identity-commands.js'
import { addQuestions } from './question-commands.js'
import { describeServe, type ServeArguments } from './serve-command.js'
import { DEFAULT_DATABASE, DEFAULT_PROJECT, type GlobalOptions, makeSession, type Session } from './session.js'

export const ENVIRONMENT: readonly (readonly [string, string])[] = [
  ['ISOTHERM_DATABASE_URL', 'where the data lies, unless --database says so'],
  ['ISOTHERM_SERVER', 'a server instead of a database, unless --server or --database says so'],
  ['ISOTHERM_TOKEN', 'the token that lets one into the server'],
  ['ISOTHERM_TOKEN_FILE', 'the file of the token, unless --token-file says so'],
  ['ISOTHERM_PROJECT', 'the project, unless --project says so'],
  ['ISOTHERM_KEY_FILE', 'the file of the key that secrets are sealed with, unless --key-file says so'],
  ['ISOTHERM_KEY', 'the key itself: 64 hexadecimal digits, or base64 of 32 bytes'],
  ['ISOTHERM_TYPES', 'a module with resource types of your own, unless --types says so'],
  ['ISOTHERM_LOG_LEVEL', 'of isotherm engine, unless --log-level says so'],
  ['ISOTHERM_DEBUG', 'any value but 0: what the engine does, and where an error comes from, on stderr'],
  ['NO_COLOR', 'any value: no colours'],
  ['FORCE_COLOR', 'any value but 0: colours although no terminal looks on'],
]

export type Ending = (code: number) => void

/** @param ended receives the exit code of the command that ran. */
export function makeProgram(ended: Ending = () => {}, began: (session: Session) => void = () => {}): Command {
  const program = new Command('isotherm')
    .description('Declare a stack of resources; Isotherm brings reality to it.')
    .version(version(), '--version', 'print the version')
    .helpOption('-h, --help', 'explain a command')
    .helpCommand('help [COMMAND]', 'explain a command')
    .addOption(
      new Option('--database <WHERE>', 'a directory, postgres://…, or memory:')
        .env('ISOTHERM_DATABASE_URL')
        .default(DEFAULT_DATABASE),
    )
    .addOption(new Option('--server <URL>', 'a server instead of a database').env('ISOTHERM_SERVER'))
    .addOption(
      new Option('--token-file <FILE>', 'the token for the server; only its owner may read it').env(
        'ISOTHERM_TOKEN_FILE',
      ),
    )
    .addOption(new Option('--project <NAME>', 'whose stacks').env('ISOTHERM_PROJECT').default(DEFAULT_PROJECT))
    .addOption(new Option('--types <MODULE>', 'resource types of your own: a file or a package').env('ISOTHERM_TYPES'))
    .option('--key-file <FILE>', 'the key that secrets are sealed with; a directory has its own: the file key in it')
    .option('--json', 'answer in JSON: one document, or one a line for a stream', false)
    .option('--no-color', 'no colours')
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false, optionDescription })
    .exitOverride()
  const run = runner(program, ended, began)
  addChanges(program, run)
  addActions(program, run)
  addQuestions(program, run)
  addHelpers(program, run, runner(program, ended, began, true))
  for (const command of program.commands) {
    command.copyInheritedSettings(program)
    const examples = EXAMPLES[command.name()] ?? []
    if (examples.length > 0) command.addHelpText('after', () => `\nExamples:\n${exampleText(examples)}`)
  }
  program.addHelpText('after', () => footer())
  return program
}

function runner(program: Command, ended: Ending, began: (session: Session) => void, here = false): Run {
  return (work) =>
    async (...words) => {
      const command = words.at(-1)
      const nesting = command instanceof Command ? command.opts<Parameters<typeof makeSession>[1]>() : {}
      const session = makeSession(here ? globalsHere(program) : globalsOf(program), nesting)
      began(session)
      ended(await work(session, ...words))
    }
}

/** What stands on the command line outranks the environment; a database and a server exclude each other. */
function globalsOf(program: Command): GlobalOptions {
  const { server, ...globals } = program.opts<GlobalOptions>()
  const isWritten = (option: string) => program.getOptionValueSource(option) === 'cli'
  if (server === undefined || server === '') return globals
  const projectSaid = program.getOptionValueSource('project') !== 'default'
  if (!isWritten('database')) return { ...globals, server, projectSaid }
  if (!isWritten('server')) return globals
  throw new UsageError('--server and --database: a stack is on one of them', 'leave one out')
}

/** For what works on a database itself, where it is: a server that is named is not meant to be passed over in silence. */
function globalsHere(program: Command): GlobalOptions {
  const { server, ...globals } = program.opts<GlobalOptions>()
  const isWritten = program.getOptionValueSource('server') === 'cli'
  const hasDatabase = program.getOptionValueSource('database') !== 'default'
  if (server === undefined || server === '' || (!isWritten && hasDatabase)) return globals
  const named = isWritten ? `--server ${server}` : `ISOTHERM_SERVER (${server})`
  throw new UsageError(`this command works on a database itself, not through a server: ${named}`, HERE)
}

const HERE = 'run it where the database is, and name that: --database postgres://…'

const look = () => import('./commands/look.js')
const judge = () => import('./commands/validate.js')

function addHelpers(program: Command, run: Run, here: Run): void {
  declaring(program.command('validate').description('every problem of some templates; touches no stack'), {
    runs: false,
    template: false,
    stack: false,
  })
    .argument('<FILE...>', 'templates')
    .option('--allow-unknown-types', UNKNOWN_TYPES)
    .action(
      run(async (session, files: string[], options: ValidateArguments) =>
        (await judge()).validate(session, files, options),
      ),
    )
  program
    .command('schema')
    .description('a JSON Schema of templates with the types there are, for editors')
    .option('-o, --output <FILE>', 'write it there instead of showing it')
    .option('--allow-unknown-types', 'let types pass that are not registered here')
    .action(run(async (session, options: SchemaArguments) => (await judge()).schema(session, options)))
  program
    .command('types')
    .description('the resource types there are, or one of them')
    .argument('[TYPE]', 'this one, in detail')
    .action(run(async (session, type: string | undefined) => (await look()).types(session, type)))
  describeEngine(program).action(
    here(async (session, options: EngineArguments) => (await import('./commands/engine.js')).engine(session, options)),
  )
  describeIdentity(program, here)
  describeServe(program).action(
    here(async (session, options: ServeArguments) => (await import('./commands/serve.js')).serve(session, options)),
  )
  describeDoctor(program).action(
    here(async (session, options: DoctorArguments) => (await import('./commands/doctor.js')).doctor(session, options)),
  )
  describeRekey(program).action(
    here(async (session, options: RekeyArguments) => (await import('./commands/rekey.js')).rekey(session, options)),
  )
  program
    .command('completion')
    .description('a script that completes commands and options in a shell')
    .addArgument(new Argument('<SHELL>', 'the shell').choices(SHELLS))
    .action(
      run(async (session, shell: string) => {
        session.terminal.text(completion(shell, program))
        return EXIT.done
      }),
    )
  program
    .command('version')
    .description('print the version')
    .action(
      run(async (session) => {
        if (session.terminal.json) session.terminal.value({ version: version() })
        else session.terminal.text(version())
        return EXIT.done
      }),
    )
}

/** Values as they are typed, and none where that says nothing. */
const optionDescription = (option: Option): string =>
  new Help()
    .optionDescription(option)
    .replace(/ \(default: (\[\]|false)\)$/, '')
    .replaceAll('"', '')

const UNKNOWN_TYPES = 'warn of types that are not registered here instead of refusing them'

function exampleText(examples: readonly (readonly [string, string])[]): string {
  return examples.map(([command, meaning]) => `  # ${meaning}\n  ${command}`).join('\n')
}

function footer(): string {
  const pairs = (rows: readonly (readonly [string | number, string])[], width: number) =>
    rows.map(([name, meaning]) => `  ${String(name).padEnd(width)}  ${meaning}`).join('\n')
  return `
Examples:
${exampleText([...(EXAMPLES.preview?.slice(0, 1) ?? []), ...(EXAMPLES.up?.slice(1, 2) ?? []), ...(EXAMPLES.down ?? [])])}

Exit codes:
${pairs(EXIT_MEANINGS, 3)}

Environment:
${pairs(ENVIRONMENT, 22)}`
}

export function version(): string {
  const manifest: { version: string } = JSON.parse(readFileSync(new URL('package.json', packageDirectory), 'utf8'))
  return manifest.version
}
