// The commands and their options, in one place: help, completion and the guide are all made from it.
import { readFileSync } from 'node:fs'
import { Argument, Command, Option } from 'commander'
import { packageDirectory } from '../lib/package-directory.js'
import { addActions } from './action-commands.js'
import type {
  CancelArguments,
  DownArguments,
  PatchArguments,
  PreviewArguments,
  RunArguments,
  UpArguments,
} from './commands/change.js'
import type { DoctorArguments } from './commands/doctor.js'
import type { EventsArguments, GraphArguments } from './commands/look.js'
import type { RekeyArguments } from './commands/rekey.js'
import type { SchemaArguments, ValidateArguments } from './commands/validate.js'
import { completion, SHELLS } from './completion.js'
import { describeDoctor, describeRekey } from './database-commands.js'
import { describeEngine, type EngineArguments } from './engine-command.js'
import { EXAMPLES } from './examples.js'
import { EXIT, EXIT_MEANINGS, UsageError } from './exit.js'
import { describeIdentity } from './identity-commands.js'
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
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .exitOverride()
  const run = runner(program, ended, began)
  addChanges(program, run)
  addActions(program, run, running)
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

type Run = <A extends readonly unknown[]>(
  work: (session: Session, ...words: A) => Promise<number>,
) => (...words: A) => Promise<void>

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
  if (!isWritten('database')) return { ...globals, server }
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

const stackArgument = () => new Argument('[STACK]', 'default: the only stack there is')
const change = () => import('./commands/change.js')
const look = () => import('./commands/look.js')
const judge = () => import('./commands/validate.js')

function addChanges(program: Command, run: Run): void {
  declaring(program.command('up').description('bring a stack to a template: make it, or change it'))
    .addOption(onFailure('rollback', ['rollback', 'stop', 'continue']))
    .option('--converge-reality', REALITY)
    .option('--watch-reality <MINUTES>', 'engines check the stack so often from now on; 0 ends it; default: as before')
    .option('--plan <ID>', 'do exactly what a saved plan foretold (isotherm plan --save), or refuse')
    .option('--drift-limit <N>', 'with it: so many resources are mended without a person (default: 0, it is only told)')
    .action(
      run(async (session, template: string | undefined, options: UpArguments) =>
        (await change()).up(session, template, options),
      ),
    )
  declaring(program.command('preview').alias('plan').description('what up would do, and why; changes nothing'), {
    runs: false,
  })
    .option('--converge-reality', `${REALITY}; checks the stack for it`)
    .option('--save', 'keep it as a plan: isotherm up --plan ID does exactly this, or refuses')
    .option('--keep <TIME>', 'with it: for so long, for example 2h; default: a day')
    .option('--exit-code', `end with ${EXIT.changes} when there are changes`)
    .action(
      run(async (session, template: string | undefined, options: PreviewArguments) =>
        (await change()).preview(session, template, options),
      ),
    )
  running(program.command('down').description('delete a stack and everything in it').addArgument(stackArgument()))
    .addOption(onFailure('continue', ['stop', 'continue']))
    .action(
      run(async (session, stack: string | undefined, options: DownArguments) =>
        (await change()).down(session, stack, options),
      ),
    )
  program
    .command('attach')
    .description('go on with what is under way, and show it')
    .addArgument(stackArgument())
    .option('--engine', ENGINE)
    .action(
      run(async (session, stack: string | undefined, options: RunArguments) =>
        (await change()).attach(session, stack, options),
      ),
    )
  running(
    program
      .command('rollback')
      .description('bring a stack back to its last complete template')
      .addArgument(stackArgument()),
  ).action(
    run(async (session, stack: string | undefined, options: RunArguments) =>
      (await change()).rollback(session, stack, options),
    ),
  )
  program
    .command('cancel')
    .description('stop what is under way and go back')
    .addArgument(stackArgument())
    .option('--no-rollback', 'leave everything as it is instead')
    .option('-d, --detach', 'return as soon as the command is stored')
    .option('--engine', ENGINE)
    .action(
      run(async (session, stack: string | undefined, options: CancelArguments) =>
        (await change()).cancel(session, stack, options),
      ),
    )
  running(
    program
      .command('patch')
      .description('change some resources of a stack, without its whole template')
      .argument('<STACK>', 'the stack')
      .argument('<FILE>', 'YAML or JSON: resources, each a definition or null'),
  )
    .addOption(onFailure('rollback', ['rollback', 'stop', 'continue']))
    .action(
      run(async (session, stack: string, file: string, options: PatchArguments) =>
        (await change()).patch(session, stack, file, options),
      ),
    )
  program
    .command('signal')
    .description('tell a resource something from outside')
    .argument('<STACK>', 'the stack')
    .argument('<RESOURCE>', 'for example a wait condition handle')
    .argument('[JSON]', 'what it is told; default: null')
    .option('-d, --detach', 'return as soon as it is told')
    .option('--engine', ENGINE)
    .action(
      run(async (session, stack: string, resource: string, body: string | undefined, options: RunArguments) =>
        (await change()).signal(session, stack, resource, body, options),
      ),
    )
}

const depthOption = () => new Option('--nested-depth <N>', 'look so deep into nested stacks (a number, or max)')

function addQuestions(program: Command, run: Run): void {
  program
    .command('list')
    .description('all stacks')
    .option('--nested', 'those that are parts of others as well')
    .action(run(async (session, options: { nested?: boolean }) => (await look()).list(session, options)))
  program
    .command('show')
    .description('one stack: status, parameters, outputs')
    .addArgument(stackArgument())
    .addOption(depthOption())
    .action(run(async (session, stack: string | undefined) => (await look()).show(session, stack)))
  program
    .command('resources')
    .description('the resources of a stack, or one of them')
    .addArgument(stackArgument())
    .argument('[RESOURCE]', 'one of them, in detail; of a nested stack by its path: group/0')
    .addOption(depthOption())
    .action(
      run(async (session, stack: string | undefined, resource: string | undefined) =>
        (await look()).resources(session, stack, resource),
      ),
    )
  program
    .command('outputs')
    .description('the outputs of a stack, or the value of one')
    .addArgument(stackArgument())
    .argument('[OUTPUT]', 'the value of this one, bare')
    .action(
      run(async (session, stack: string | undefined, output: string | undefined) =>
        (await look()).outputs(session, stack, output),
      ),
    )
  program
    .command('events')
    .description('what has happened, oldest first')
    .addArgument(stackArgument())
    .option('-f, --follow', 'wait for more, until the stack is gone')
    .addOption(new Option('--after <ID>', 'only what came after this event').conflicts('last'))
    .option('--last <N>', 'only the newest so many; with --follow, then more')
    .addOption(depthOption())
    .action(
      run(async (session, stack: string | undefined, options: EventsArguments) =>
        (await look()).events(session, stack, options),
      ),
    )
  program
    .command('why')
    .description('why a resource is as it is')
    .argument('<STACK>', 'the stack')
    .argument('<RESOURCE>', 'the resource')
    .action(run(async (session, stack: string, resource: string) => (await look()).why(session, stack, resource)))
  declaring(program.command('graph').description('what depends on what, as a picture').addArgument(stackArgument()), {
    runs: false,
    template: false,
  })
    .addOption(new Option('-o, --output <FORMAT>', 'the format').choices(['dot', 'mermaid', 'svg']).default('dot'))
    .option('-t, --template <FILE>', 'of this template instead of a stack')
    .action(
      run(async (session, stack: string | undefined, options: GraphArguments) =>
        (await look()).graph(session, stack, options),
      ),
    )
}

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

const UNKNOWN_TYPES = 'warn of types that are not registered here instead of refusing them'
const REALITY = 'look at reality first: what is gone or differs is mended too'

const ENGINE = 'with a PostgreSQL: be an engine meanwhile, instead of only watching those elsewhere'

const collect = (word: string, words: readonly string[]): string[] => [...words, word]

function declaring(command: Command, { runs = true, template = true, stack = true } = {}): Command {
  if (template)
    command.argument(
      '[TEMPLATE]',
      'YAML, JSON, or a program (.ts, .js); - for standard input; default: stack.yaml, isotherm.yaml, template.yaml or stack.ts',
    )
  if (template && stack) {
    command.option('-s, --stack <STACK>', 'default: the name of the file, or of its directory for the names above')
  }
  command
    .option('-P, --parameter <NAME=VALUE>', 'a parameter; may be repeated', collect, [])
    .option('-e, --environment <FILE>', 'parameters from a file; may be repeated, later ones win', collect, [])
  command.option('--nested-depth-max <N>', 'so deep may stacks be nested; holds for the stack from now on (default: 5)')
  return runs ? running(command) : command
}

function running(command: Command): Command {
  return command
    .option('--timeout <TIME>', 'fail after so long: seconds, or 90s, 10m, 2h')
    .option('-y, --yes', 'do not ask before something is deleted or replaced')
    .option('-d, --detach', 'return as soon as the command is stored; engines elsewhere carry it out')
    .option('--engine', ENGINE)
    .addOption(depthOption())
}

const onFailure = (byDefault: string, choices: readonly string[]): Option =>
  new Option('--on-failure <WHAT>', 'what a failure asks for').choices(choices).default(byDefault)

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
