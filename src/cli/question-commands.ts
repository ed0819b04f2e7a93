// The commands that ask and change nothing, with their options.
import { type Command, Option } from 'commander'
import { declaring, depthOption, type Run, stackArgument } from './command-options.js'
import type { EventsArguments, GraphArguments } from './commands/look.js'

const look = () => import('./commands/look.js')

export function addQuestions(program: Command, run: Run): void {
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
