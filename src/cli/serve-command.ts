// The words of `isotherm serve`.
import { type Command, Option } from 'commander'

export interface ServeArguments {
  readonly host: string
  readonly port: string
  readonly auth: 'none' | 'password' | 'keystone'
  readonly keystoneUrl?: string
  readonly keystoneCacheSeconds: string
  readonly allowLocalTypes: readonly string[]
  readonly allowHttpTypes: readonly string[]
  readonly allowPrivateAddresses: readonly string[]
  readonly engines: string
  readonly slots: string
  readonly drainSeconds: string
  readonly publicUrl?: string
  readonly tlsCert?: string
  readonly tlsKey?: string
  readonly bodyBytes: string
  readonly stacksMax: string
  readonly resourcesMax: string
  readonly nestedDepthMax: string
  readonly eventsMax: string
  readonly requestsPerSecond?: string
  readonly hiddenStackTags: string
  readonly adminProject?: string
  readonly tokenCacheSeconds: string
  readonly metricsPort?: string
  readonly logLevel: string
}

const collect = (word: string, words: readonly string[]): string[] => [...words, word]

export function describeServe(program: Command): Command {
  return program
    .command('serve')
    .description("serve Heat's Orchestration API to its clients, until told to stop (SIGTERM, Ctrl-C)")
    .option('--host <ADDRESS>', 'where to listen', '127.0.0.1')
    .option('--port <PORT>', '0: any that is free', '8004')
    .addOption(
      new Option(
        '--auth <HOW>',
        'password: own users (isotherm user); none: whoever reaches it is admin, on loopback only',
      )
        .choices(['none', 'password', 'keystone'])
        .default('password'),
    )
    .option('--keystone-url <URL>', 'the Keystone that validates tokens, with --auth keystone')
    .option('--keystone-cache-seconds <N>', 'how long what it said is believed', '60')
    .option(
      '--allow-local-types <PROJECT>',
      'whose templates may run commands and write files here; * is all',
      collect,
      [],
    )
    .option('--allow-http-types <PROJECT>', 'whose templates may send HTTP requests from here; * is all', collect, [])
    .option(
      '--allow-private-addresses <PROJECT>',
      'whose template_url and HTTP types may lead to this machine and its networks; * is all',
      collect,
      [],
    )
    .option('--engines <N>', 'engines in this process; 0: others do the work', '1')
    .option('--slots <N>', 'provider calls at once, for each engine', '100')
    .option('--drain-seconds <N>', 'how long running calls may go on once it is told to stop', '30')
    .option(
      '--public-url <URL>',
      'how clients reach it, when it stands behind something else; addresses for signals begin with it',
    )
    .option('--tls-cert <FILE>', 'PEM; read again when it changes')
    .option('--tls-key <FILE>', 'PEM; read again when it changes')
    .option('--body-bytes <N>', 'the longest request body', '4194304')
    .option('--stacks-max <N>', 'stacks that one project may have', '512')
    .option('--resources-max <N>', 'resources that one stack may have, with all that is nested in it', '10000')
    .option('--nested-depth-max <N>', 'levels of stacks that may be nested in one', '5')
    .option('--events-max <N>', 'events of one stack that are kept, the newest', '10000')
    .option('--requests-per-second <N>', 'that one project may make; default: no limit')
    .option(
      '--hidden-stack-tags <TAGS>',
      'stacks with one of these are listed on request only',
      'data-processing-cluster',
    )
    .option('--admin-project <PROJECT>', 'whose admins may list the stacks of all projects; default: nobody')
    .option('--token-cache-seconds <N>', 'how long a token of its own that was found is believed', '2')
    .option('--metrics-port <PORT>', 'serve /metrics here; 0: any that is free')
    .addOption(
      new Option('--log-level <LEVEL>', 'JSON lines on stdout')
        .choices(['debug', 'info', 'warn', 'error'])
        .env('ISOTHERM_LOG_LEVEL')
        .default('info'),
    )
}
