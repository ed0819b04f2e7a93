// The words of the actions on a stack: what is done to it without changing its template.
import { Argument, type Command } from 'commander'
import type { MarkArguments } from './commands/act.js'
import type { RunArguments } from './commands/change.js'
import type { Session } from './session.js'

type Run = <A extends readonly unknown[]>(
  work: (session: Session, ...words: A) => Promise<number>,
) => (...words: A) => Promise<void>

const act = () => import('./commands/act.js')
const stackArgument = () => new Argument('[STACK]', 'default: the only stack there is')

export function addActions(program: Command, run: Run, running: (command: Command) => Command): void {
  running(
    program
      .command('suspend')
      .description('bring everything in a stack to rest without unmaking it')
      .addArgument(stackArgument()),
  ).action(
    run(async (session, stack: string | undefined, options: RunArguments) =>
      (await act()).visit(session, stack, options, 'suspend'),
    ),
  )
  running(program.command('resume').description('bring back what was suspended').addArgument(stackArgument())).action(
    run(async (session, stack: string | undefined, options: RunArguments) =>
      (await act()).visit(session, stack, options, 'resume'),
    ),
  )
  running(
    program
      .command('check')
      .description('compare every resource with reality; ends with 1 when something differs')
      .addArgument(stackArgument()),
  ).action(
    run(async (session, stack: string | undefined, options: RunArguments) =>
      (await act()).visit(session, stack, options, 'check'),
    ),
  )
  program
    .command('mark-unhealthy')
    .description('say that a resource is unwell: the next up makes it anew, or mends it')
    .argument('<STACK>', 'the stack')
    .argument('<RESOURCE>', 'the resource')
    .argument('[REASON]', 'shown with it')
    .option('--reset', 'it is well after all')
    .action(
      run(async (session, stack: string, resource: string, reason: string | undefined, options: MarkArguments) =>
        (await act()).markUnhealthy(session, stack, resource, { ...options, ...(reason !== undefined && { reason }) }),
      ),
    )
  program
    .command('metadata')
    .description("a resource's metadata, or what it is from now on")
    .argument('<STACK>', 'the stack')
    .argument('<RESOURCE>', 'the resource')
    .argument('[JSON]', 'the new metadata')
    .action(
      run(async (session, stack: string, resource: string, metadata: string | undefined) =>
        (await act()).metadata(session, stack, resource, metadata),
      ),
    )
}
