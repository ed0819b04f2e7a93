// The commands that change stacks, with their options.
import type { Command } from 'commander'
import { declaring, ENGINE, onFailure, type Run, running, stackArgument } from './command-options.js'
import type {
  CancelArguments,
  DownArguments,
  PatchArguments,
  PreviewArguments,
  RunArguments,
  UpArguments,
} from './commands/change.js'
import { EXIT } from './exit.js'

const change = () => import('./commands/change.js')

export function addChanges(program: Command, run: Run): void {
  declaring(program.command('up').description('bring a stack to a template: make it, or change it'))
    .addOption(onFailure('rollback', ['rollback', 'stop', 'continue']))
    .option('--converge-reality', REALITY)
    .option('--watch-reality <MINUTES>', 'engines check the stack so often from now on; 0 ends it; default: as before')
    .option('--drift-limit <N>', 'with it: so many resources are mended without a person (default: 0, it is only told)')
    .option('--plan <ID>', 'do exactly what a saved plan foretold (isotherm plan --save), or refuse')
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

const REALITY = 'look at reality first: what is gone or differs is mended too'
