// The words of the actions on a stack: what is done to it without changing its template.
import { Argument, type Command, Option } from 'commander'
import { HOOKS } from '../template/hooks.js'
import { type Run, running, stackArgument } from './command-options.js'
import type { AbandonArguments, AdoptArguments, MarkArguments } from './commands/act.js'
import type { RunArguments } from './commands/change.js'
import type { HookClearArguments } from './commands/hooks.js'
import type { SnapshotAct } from './commands/snapshot.js'

const act = () => import('./commands/act.js')
const snapshots = () => import('./commands/snapshot.js')
const hooks = () => import('./commands/hooks.js')

export function addActions(program: Command, run: Run): void {
  addHooks(program, run)
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
  running(
    program
      .command('snapshot')
      .description('keep what a stack is, and go back to it')
      .addArgument(
        new Argument('<WHAT>', 'what is to be done').choices(['create', 'list', 'show', 'delete', 'restore']),
      )
      .argument('<STACK>', 'the stack')
      .argument('[SNAPSHOT]', 'its name or its id; for create the name that it is to have'),
  ).action(
    run(async (session, what: SnapshotAct, stack: string, snapshot: string | undefined, options: RunArguments) =>
      (await snapshots()).snapshot(session, what, stack, snapshot, options),
    ),
  )
  running(
    program
      .command('abandon')
      .description('forget a stack, leave its things in the world, and print what is known of them')
      .argument('<STACK>', 'the stack')
      .option('-o, --output <FILE>', 'where to write that instead, for nobody else to read'),
  ).action(
    run(async (session, stack: string, options: AbandonArguments) => (await act()).abandon(session, stack, options)),
  )
  running(
    program
      .command('adopt')
      .description('make a stack of things that exist, from what abandon printed, here or in Heat')
      .argument('<FILE>', 'JSON: template, environment, files, and resources with a resource_id each')
      .option('-s, --stack <STACK>', 'default: the name in the file')
      .option('-t, --template <FILE>', 'instead of the template in the file')
      .option('-P, --parameter <NAME=VALUE>', 'a parameter; may be repeated', collect, []),
  ).action(run(async (session, file: string, options: AdoptArguments) => (await act()).adopt(session, file, options)))
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

const collect = (word: string, words: readonly string[]): string[] => [...words, word]

function addHooks(program: Command, run: Run): void {
  program
    .command('hook-poll')
    .description('what waits at a hook of the environment, in a stack and inside it')
    .addArgument(stackArgument())
    .action(run(async (session, stack: string | undefined) => (await hooks()).hookPoll(session, stack)))
  program
    .command('hook-clear')
    .description('let what waits at a hook go on')
    .argument('<STACK>', 'the stack')
    .argument('<RESOURCE...>', 'names or paths (group/0); * stands for any')
    .addOption(new Option('--hook <HOOK>', 'this one only; default: whichever it waits at').choices(HOOKS))
    .option('-d, --detach', 'return as soon as it is cleared')
    .option('--engine', 'carry it on here, also beside engines elsewhere')
    .action(
      run(async (session, stack: string, resources: string[], options: HookClearArguments) =>
        (await hooks()).hookClear(session, stack, resources, options),
      ),
    )
}
