// The commands that a world's clients give, as the library gives them: one transaction under the stack's lock.
import { advance } from '../src/engine/advance.js'
import { converge, emptyTemplate, halt, rollBack, takeDown } from '../src/engine/converge.js'
import { visitStack } from '../src/engine/visit.js'
import { checkWatched } from '../src/engine/watch-reality.js'
import { clearedAt } from '../src/graph/hooks.js'
import { shortestCycle } from '../src/lib/cycle.js'
import type { JsonObject } from '../src/lib/json.js'
import { InvalidInput } from '../src/lib/problem.js'
import type { Database, Transaction } from '../src/store/database.js'
import { clearHook } from '../src/store/hooks.js'
import {
  findStack,
  insertStack,
  lockStack,
  type OnFailure,
  projectId,
  readStack,
  type StackRow,
} from '../src/store/stacks.js'
import { writeWatch } from '../src/store/watches.js'
import type { Hook } from '../src/template/hooks.js'
import { declarationOf, describe, requiresOf, type SimTemplate } from './templates.js'

export type Command = { readonly stack: string } & (
  | {
      readonly kind: 'up'
      readonly template: SimTemplate
      readonly onFailure: OnFailure
      readonly timeoutSeconds?: number
      readonly environment?: JsonObject
      /** Reality is looked at before anything is planned. */
      readonly looksFirst?: boolean
    }
  /** A delta: what is put, and the names that go. */
  | {
      readonly kind: 'patch'
      readonly put: SimTemplate
      readonly removed: readonly string[]
      readonly onFailure: OnFailure
    }
  | { readonly kind: 'rollback' }
  | { readonly kind: 'delete'; readonly onFailure?: OnFailure }
  | { readonly kind: 'cancel' }
  | { readonly kind: 'suspend' | 'resume' | 'check' }
  /** What waits at a hook goes on. */
  | { readonly kind: 'clear'; readonly name: string; readonly hook: Hook }
  /** The check that a watch begins when it is due. */
  | { readonly kind: 'look'; readonly driftLimit: number }
)

/** What a command has written, told before it commits: whether it counts shows when it has. */
export interface Declared {
  readonly stackId: number
  readonly traversal: number
  readonly command: Command
}

/** @returns what the client is told. */
export async function perform(
  database: Database,
  command: Command,
  uid: string,
  declare: (declared: Declared) => void,
): Promise<string> {
  return accepted(database, async (sql) => {
    const stack = await hold(sql, command, uid)
    if (!stack) return `there is no stack ${command.stack}`
    if (command.kind === 'clear')
      return `${await clearHook(sql, stack.id, { ...command, says: clearedAt(command.hook) })} go on`
    if (command.kind === 'patch' && !(await isSound(sql, stack.id, command))) return 'the patch does not fit: refused'
    await give(sql, stack, command)
    await advance(sql, stack.id)
    const { traversal, status } = await readStack(sql, stack.id)
    declare({ stackId: stack.id, traversal, command })
    return `traversal ${traversal}, ${status}`
  })
}

/** What a template forbids is refused as a whole. */
async function accepted(database: Database, command: (sql: Transaction) => Promise<string>): Promise<string> {
  try {
    return await database.transaction(command)
  } catch (error) {
    if (error instanceof InvalidInput) return `refused: ${error.message}`
    throw error
  }
}

const PROJECT = 'default'

/** The stack, locked; an `up` makes it when there is none. */
async function hold(sql: Transaction, command: Command, uid: string): Promise<StackRow | undefined> {
  if (command.kind === 'up') {
    await insertStack(sql, { uid, projectId: await projectId(sql, PROJECT), name: command.stack })
  }
  const found = await findStack(sql, PROJECT, command.stack)
  if (!found) return undefined
  await lockStack(sql, found.id)
  const stack = await readStack(sql, found.id)
  return stack.deletedAt === null ? stack : hold(sql, command, uid)
}

/** As the library sees to it: what a patch leaves holds together, whatever the template in force has become meanwhile. */
async function isSound(
  sql: Transaction,
  stackId: number,
  { put, removed }: Command & { kind: 'patch' },
): Promise<boolean> {
  const inForce = await sql.query<{ name: string; requires: string[] }>(
    'select name, requires from isotherm.definitions where stack_id = $1 and until = 2147483647',
    [stackId],
  )
  const requires = new Map(inForce.map((definition) => [definition.name, definition.requires]))
  if (removed.some((name) => !requires.delete(name))) return false
  for (const [name, wanted] of Object.entries(put)) requires.set(name, requiresOf(wanted))
  const dangling = [...requires.values()].some((names) => names.some((name) => !requires.has(name)))
  return !dangling && !shortestCycle(requires.keys(), (name) => requires.get(name) ?? [])
}

async function give(sql: Transaction, stack: StackRow, command: Command): Promise<void> {
  const action = stack.traversal === 0 ? 'CREATE' : 'UPDATE'
  switch (command.kind) {
    case 'up': {
      const { template, onFailure, timeoutSeconds, environment = {}, looksFirst } = command
      const stage = looksFirst ? { stage: 'visit' as const } : {}
      const definitions = { kind: 'whole' as const, definitions: declarationOf(template) }
      const record = { ...emptyTemplate, environment }
      await converge(sql, stack, { action, onFailure, timeoutSeconds, template: record, definitions, ...stage })
      return
    }
    case 'patch': {
      const { put, removed, onFailure } = command
      const definitions = { kind: 'delta' as const, put: declarationOf(put), removed }
      await converge(sql, stack, { action, onFailure, timeoutSeconds: undefined, template: emptyTemplate, definitions })
      return
    }
    case 'rollback':
      await rollBack(sql, stack)
      return
    case 'delete':
      await takeDown(sql, stack, { timeoutSeconds: undefined, onFailure: command.onFailure ?? 'continue' })
      return
    case 'cancel':
      if (stack.status === 'IN_PROGRESS') await halt(sql, stack)
      return
    case 'look':
      await writeWatch(sql, stack.id, { everySeconds: 1_800, driftLimit: command.driftLimit })
      await checkWatched(sql, stack.id)
      return
    case 'clear':
      return
    case 'suspend':
    case 'resume':
    case 'check': {
      const visiting = { suspend: 'SUSPEND', resume: 'RESUME', check: 'CHECK' } as const
      await visitStack(sql, stack, { action: visiting[command.kind], timeoutSeconds: undefined })
      return
    }
  }
}

export function titleOf(command: Command): string {
  switch (command.kind) {
    case 'up': {
      const deadline = command.timeoutSeconds === undefined ? '' : `, within ${command.timeoutSeconds} s`
      const beside = command.environment ? `, ${JSON.stringify(command.environment)}` : ''
      const first = command.looksFirst ? ' after a look' : ''
      return `up ${command.stack}${first}: ${describe(command.template)} (on failure ${command.onFailure}${deadline}${beside})`
    }
    case 'patch':
      return `patch ${command.stack}: put ${describe(command.put)}, remove ${command.removed.join(' ') || 'nothing'}`
    case 'clear':
      return `clear ${command.hook} of ${command.stack}/${command.name}`
    case 'look':
      return `look ${command.stack} (drift limit ${command.driftLimit})`
    default:
      return `${command.kind} ${command.stack}`
  }
}
