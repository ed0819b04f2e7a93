// The words of `isotherm engine`.
import { type Command, Option } from 'commander'
import type { EngineArguments } from './commands/engine.js'

export function describeEngine(program: Command): Command {
  return program
    .command('engine')
    .description('work on whatever is to be done, in all projects, until told to stop (SIGTERM, Ctrl-C)')
    .option('--slots <N>', 'provider calls at once', '100')
    .option('--drain-seconds <N>', 'how long running calls may go on once it is told to stop', '30')
    .option('--silent-seconds <N>', 'an engine that is silent for so long is taken for dead; the same for all', '10')
    .option('--keep-days <N>', 'history is kept for so long: events, superseded templates, deleted stacks', '30')
    .option('--keep-events <N>', 'and so many events of each stack at most', '10000')
    .option(
      '--public-addresses-only',
      'HTTP types reach nothing of this machine and its networks; for servers with tenants',
    )
    .option(
      '--allow-private-addresses <PROJECT>',
      'with it: but for this project; may be repeated',
      (word: string, words: readonly string[]) => [...words, word],
      [],
    )
    .option(
      '--public-url <URL>',
      'where a server for these stacks is reached: attributes then tell addresses for signals',
    )
    .option('--metrics-port <PORT>', 'serve /metrics, /healthz and /readyz here; 0: any that is free')
    .addOption(
      new Option('--log-level <LEVEL>', 'JSON lines on stdout')
        .choices(['debug', 'info', 'warn', 'error'])
        .env('ISOTHERM_LOG_LEVEL')
        .default('info'),
    )
}

export type { EngineArguments }
