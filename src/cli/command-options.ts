// Options and arguments that several commands share, said once.
import { Argument, type Command, Option } from 'commander'
import type { Session } from './session.js'

/** Makes a command's action of what works with a session and answers an exit code. */
export type Run = <A extends readonly unknown[]>(
  work: (session: Session, ...words: A) => Promise<number>,
) => (...words: A) => Promise<void>

export const stackArgument = () => new Argument('[STACK]', 'default: the only stack there is')

export const depthOption = () => new Option('--nested-depth <N>', 'look so deep into nested stacks (a number, or max)')

export const ENGINE = 'with a PostgreSQL: be an engine meanwhile, instead of only watching those elsewhere'

const collect = (word: string, words: readonly string[]): string[] => [...words, word]

/** What says what a stack is to be. */
export function declaring(command: Command, { runs = true, template = true, stack = true } = {}): Command {
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
  const lasting = runs ? '; holds for the stack from now on' : ''
  command.option('--nested-depth-max <N>', `so deep may stacks be nested${lasting} (default: 5)`)
  return runs ? running(command) : command
}

/** What begins something, and follows it unless told otherwise. */
export function running(command: Command): Command {
  return command
    .option('--timeout <TIME>', 'fail after so long: seconds, or 90s, 10m, 2h')
    .option('-y, --yes', 'do not ask before something is deleted or replaced')
    .option('-d, --detach', 'return as soon as the command is stored; engines elsewhere carry it out')
    .option('--engine', ENGINE)
    .addOption(depthOption())
}

export const onFailure = (byDefault: string, choices: readonly string[]): Option =>
  new Option('--on-failure <WHAT>', 'what a failure asks for').choices(choices).default(byDefault)
