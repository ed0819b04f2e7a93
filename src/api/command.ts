// A command: one transaction under its stack's lock, of which its commander always learns whether it happened.
import { advance } from '../engine/advance.js'
import type { TreeLimits } from '../engine/declare/tree-limits.js'
import { Conflict } from '../lib/trouble.js'
import type { World } from '../lib/world.js'
import type { TypeRegistry } from '../provider/registry.js'
import { hasCommand, noteCommand } from '../store/commands.js'
import { CommitUnknown, type Database, DatabaseUnavailable, type Transaction } from '../store/database.js'
import { holdStack, limitTree, lockStack, makeStack, type NewStack, type StackRow } from '../store/stacks.js'
import { type CommandSpan, traceCommand } from './traces.js'

/** The very same command, by its id, has happened before; nothing was changed now. */
export class CommandRepeated extends Conflict {
  override readonly name = 'CommandRepeated'
}

export interface Commander {
  readonly database: Database
  readonly world: World
  readonly project: string
  readonly types: TypeRegistry
  /** What the stack is held to from now on. Default: to what it was. */
  readonly treeLimits?: Partial<TreeLimits>
  /** By which the command is noted. Default: an id of its own. With one that is noted already, it is refused (CommandRepeated). */
  readonly commandId?: string
}

/** Whom a command is about: a stack that is there, or one that is to be made. */
export type Addressee = Pick<StackRow, 'id'> | NewStack

/** Runs a command that starts a traversal. @returns undefined when the stack has gone, or another one has its name. */
export function issue(
  commander: Commander,
  addressee: Addressee,
  command: (sql: Transaction, stack: StackRow, isNew: boolean) => Promise<unknown>,
): Promise<StackRow | undefined> {
  const { project, types, treeLimits } = commander
  return traceCommand(async (span) => {
    const started = await certainly(commander, async (sql, note) => {
      const isNew = !('id' in addressee)
      const stack = await (isNew ? makeStack(sql, project, addressee) : holdStack(sql, addressee.id))
      if (!stack) return undefined
      if (treeLimits) await limitTree(sql, stack.id, treeLimits)
      const { refused = stack.refusedTypes } = types
      await command(sql, { ...stack, traceparent: span.traceparent ?? null, refusedTypes: refused }, isNew)
      await note(stack.id)
      return (await advance(sql, stack.id)).stack
    })
    if (started) describe(span, started)
    return started
  })
}

const describe = (span: CommandSpan, { project, name, action, traversal, uid }: StackRow) =>
  span.describe(`${action} ${name}`, {
    'isotherm.project': project,
    'isotherm.stack': name,
    'isotherm.stack_id': uid,
    'isotherm.traversal': traversal,
  })

/** Seconds for which a database that has gone is waited for, when it alone knows whether a command happened. */
const PATIENCE_SECONDS = 120
const LOOK_AGAIN_SECONDS = 0.5

/**
 * A command's transaction. When the answer to its commit is lost, the database is asked, never guessed: the command has
 * happened, or it is said that it has not.
 * @param work must call `note`, once it holds the stack's lock, if it writes anything.
 */
export async function certainly<T>(
  { database, world, commandId }: Pick<Commander, 'database' | 'world' | 'commandId'>,
  work: (sql: Transaction, note: (stackId: number) => Promise<void>) => Promise<T>,
): Promise<T> {
  const id = commandId ?? world.newId()
  let noted: { readonly stackId: number } | undefined
  let answer: { readonly value: T } | undefined
  try {
    return await database.transaction(async (sql) => {
      noted = undefined
      const value = await work(sql, async (stackId) => {
        if (!(await noteCommand(sql, stackId, id)))
          throw new CommandRepeated('this command has been carried out already')
        noted = { stackId }
      })
      answer = { value }
      return value
    })
  } catch (error) {
    if (!(error instanceof CommitUnknown) || !noted || !answer) throw error
    if (await happened(database, world, noted.stackId, id, error)) return answer.value
    const message = `the connection to ${database.description} broke while the command was being stored`
    throw new DatabaseUnavailable(`${message}, and it was not: nothing was changed; give the command again`, {
      cause: error,
    })
  }
}

/** The lock is the stack's own: whoever gets it knows that the transaction in question has ended. */
async function happened(
  database: Database,
  world: World,
  stackId: number,
  id: string,
  cause: CommitUnknown,
): Promise<boolean> {
  const begun = world.elapsedSeconds()
  while (world.elapsedSeconds() - begun < PATIENCE_SECONDS) {
    try {
      return await database.transaction(async (sql) => {
        await lockStack(sql, stackId)
        return hasCommand(sql, stackId, id)
      })
    } catch {
      await world.sleep(LOOK_AGAIN_SECONDS)
    }
  }
  const message = `the connection to ${database.description} broke while the command was being stored`
  throw new DatabaseUnavailable(`${message}; look whether it happened when the database is back`, { cause })
}
