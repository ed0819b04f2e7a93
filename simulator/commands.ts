// The commands that a world's clients give, as the library gives them: one transaction under the stack's lock.
import { beginAbandon } from '../src/api/abandon.js'
import { beginAdoption, readNamed } from '../src/api/adopt.js'
import { deliver } from '../src/api/signal.js'
import { beginRestore, beginSnapshot } from '../src/api/snapshots.js'
import { advance } from '../src/engine/advance.js'
import { converge, emptyTemplate, halt, rollBack, takeDown } from '../src/engine/converge.js'
import { visitStack } from '../src/engine/visit.js'
import { checkWatched } from '../src/engine/watch-reality.js'
import { clearedAt } from '../src/graph/hooks.js'
import { shortestCycle } from '../src/lib/cycle.js'
import { isJsonObject, type Json, type JsonObject } from '../src/lib/json.js'
import { InvalidInput } from '../src/lib/problem.js'
import { Conflict, NotFound } from '../src/lib/trouble.js'
import { ProviderError } from '../src/provider/error.js'
import type { TypeRegistry } from '../src/provider/registry.js'
import type { Database, Transaction } from '../src/store/database.js'
import { appendEvents } from '../src/store/events.js'
import { clearHook } from '../src/store/hooks.js'
import { writeMark } from '../src/store/mark.js'
import { readSnapshots } from '../src/store/snapshots.js'
import {
  findStack,
  holdStack,
  limitTree,
  makeStack,
  type OnFailure,
  readStack,
  type StackRow,
} from '../src/store/stacks.js'
import { writeWatch } from '../src/store/watches.js'
import type { Hook } from '../src/template/hooks.js'
import { DEFAULT_PROJECT, type Place } from './rows.js'
import { declarationOf, definitionsOf, describe, requiresOf, type SimTemplate } from './templates.js'

export type Command = Place &
  (
    | {
        readonly kind: 'up'
        readonly template: SimTemplate
        readonly onFailure: OnFailure
        readonly timeoutSeconds?: number
        readonly environment?: JsonObject
        /** Reality is looked at before anything is planned. */
        readonly looksFirst?: boolean
        /** What the stack and all that is nested in it may come to; null takes the limit away. */
        readonly resourcesMax?: number | null
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
    | { readonly kind: 'snapshot' }
    /** Back to one of those that are complete: `which` counts them from the first on, and round again. */
    | { readonly kind: 'restore'; readonly which: number; readonly onFailure: OnFailure }
    | { readonly kind: 'abandon' }
    /** A stack of this name takes over what an abandoned one has left. */
    | { readonly kind: 'adopt'; readonly template: SimTemplate; readonly document: JsonObject }
    /** A person says that one of the things is unwell; `which` counts them in the same way. */
    | { readonly kind: 'mark'; readonly which: number }
    /** Something from outside tells a resource something. */
    | { readonly kind: 'signal'; readonly name: string; readonly body: JsonObject }
  )

/** What a command has written, told before it commits: whether it counts shows when it has. */
export interface Declared {
  readonly stackId: number
  readonly traversal: number
  readonly command: Command
  readonly found: Found
}

/** What the command has found out. */
interface Found {
  /** The snapshot that it takes, or goes back to. */
  readonly snapshot?: string
  /** What it has abandoned. */
  readonly document?: JsonObject
  /** The signal was taken, and something came of it. */
  readonly isHeard?: boolean
}

/** Whoever gives a command. */
export interface Client {
  readonly types: TypeRegistry
  readonly newId: () => string
  readonly declare: (declared: Declared) => void
}

/** @returns what the client is told. */
export async function perform(database: Database, command: Command, client: Client): Promise<string> {
  const uid = client.newId()
  return accepted(database, async (sql) => {
    const stack = await hold(sql, command, uid)
    if (!stack) return `there is no stack ${command.stack}`
    if (command.kind === 'up') await limitTree(sql, stack.id, command)
    if (command.kind === 'clear')
      return `${await clearHook(sql, stack.id, { ...command, says: clearedAt(command.hook) })} go on`
    if (command.kind === 'signal') return signalled(sql, stack, command, client)
    if (command.kind === 'mark') return markOne(sql, stack, command.which)
    if (command.kind === 'patch' && !(await isSound(sql, stack.id, command))) return 'the patch does not fit: refused'
    if (command.kind === 'adopt' && stack.traversal > 0) return 'there is such a stack already: refused'
    const found = isHandling(command) ? await handle(sql, stack, command, client) : await give(sql, stack, command)
    if (found === undefined) return 'there is no snapshot to go back to'
    const { traversal, status } = (await advance(sql, stack.id)).stack
    client.declare({ stackId: stack.id, traversal, command, found })
    return `traversal ${traversal}, ${status}`
  })
}

/** What a template forbids is refused as a whole. */
async function accepted(database: Database, command: (sql: Transaction) => Promise<string>): Promise<string> {
  try {
    return await database.transaction(command)
  } catch (error) {
    if (error instanceof InvalidInput || error instanceof NotFound) return `refused: ${error.message}`
    if (error instanceof Conflict || error instanceof ProviderError) return `refused: ${error.message}`
    throw error
  }
}

/** The stack, locked; an `up` makes it when there is none. */
async function hold(sql: Transaction, command: Command, uid: string): Promise<StackRow | undefined> {
  const { project = DEFAULT_PROJECT } = command
  const found = await findStack(sql, project, command.stack)
  if (found) return (await holdStack(sql, found.id)) ?? hold(sql, command, uid)
  if (command.kind !== 'up' && command.kind !== 'adopt') return undefined
  return (await makeStack(sql, project, { uid, name: command.stack })) ?? hold(sql, command, uid)
}

/** No story is about a template that the library never lets through. */
function assertWithoutCycle(template: SimTemplate): void {
  const requires = new Map(Object.entries(template).map(([name, wanted]) => [name, requiresOf(wanted)]))
  const cycle = shortestCycle(requires.keys(), (name) => requires.get(name) ?? [])
  if (cycle) throw new Error(`the simulator made a template that goes in a circle: ${cycle.join(' requires ')}`)
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

/** Nothing else goes on with it: what comes of a signal is as much as a command may do. */
async function signalled(
  sql: Transaction,
  stack: StackRow,
  { name, body }: Extract<Command, { kind: 'signal' }>,
  { types, declare }: Client,
): Promise<string> {
  const answer = await deliver({ sql, types, stack }, name, body)
  const { traversal } = await readStack(sql, stack.id)
  const isHeard = !answer.startsWith('no action')
  const command = { kind: 'signal', stack: stack.name, name, body } as const
  declare({ stackId: stack.id, traversal, command, found: { isHeard } })
  return answer
}

type Handling = Extract<Command, { kind: 'snapshot' | 'restore' | 'abandon' | 'adopt' }>

const HANDLING: ReadonlySet<string> = new Set(['snapshot', 'restore', 'abandon', 'adopt'] satisfies Handling['kind'][])
const isHandling = (command: Command): command is Handling => HANDLING.has(command.kind)

/** The library's own commands: what is kept, and handed over. @returns undefined when there is nothing to go back to. */
async function handle(
  sql: Transaction,
  stack: StackRow,
  command: Handling,
  { types, newId }: Client,
): Promise<Found | undefined> {
  switch (command.kind) {
    case 'snapshot': {
      const snapshot = newId()
      await beginSnapshot(sql, stack, snapshot, {})
      return { snapshot }
    }
    case 'restore': {
      const complete = (await readSnapshots(sql, stack.id)).filter(
        ({ status, name }) => status === 'COMPLETE' && !isFarewell(name),
      )
      const snapshot = complete[command.which % complete.length]
      if (!snapshot) return undefined
      await beginRestore(sql, stack, { id: snapshot.id, onFailure: command.onFailure }, types)
      return { snapshot: snapshot.id }
    }
    case 'abandon': {
      // What is told is a text, which others read.
      const document: Json = JSON.parse(JSON.stringify(await beginAbandon(sql, stack, types)))
      return isJsonObject(document) ? { document } : {}
    }
    case 'adopt': {
      const declared = { definitions: definitionsOf(command.template), types, record: emptyTemplate }
      await beginAdoption(sql, stack, { declared, resources: readNamed(command.document) }, newId)
      return {}
    }
  }
}

/** One thing alone, as its deletion policy asked. */
export const isFarewell = (snapshot: string): boolean => snapshot.endsWith(' before its deletion')

async function markOne(sql: Transaction, stack: StackRow, which: number): Promise<string> {
  const rows = await sql.query<{ id: number; name: string }>(
    'select id, name from isotherm.resources where stack_id = $1 and current and physical_id is not null order by id',
    [stack.id],
  )
  const row = rows[which % rows.length]
  if (!row) return 'there is nothing to be marked'
  const reason = 'somebody says so'
  const written = await writeMark(sql, stack.id, row.id, { healthy: false, reason })
  const about = { stackId: stack.id, traversal: stack.traversal, resourceId: row.id, name: row.name }
  if (written) await appendEvents(sql, [{ ...about, action: 'CHECK', status: 'FAILED', reason }])
  return `${row.name} is ${written ? 'marked' : 'being worked on'}`
}

type Giving = Exclude<Command, Handling | { kind: 'signal' | 'clear' | 'mark' }>

async function give(sql: Transaction, stack: StackRow, command: Giving): Promise<Found> {
  await converging(sql, stack, command)
  return {}
}

async function converging(sql: Transaction, stack: StackRow, command: Giving): Promise<void> {
  const action = stack.traversal === 0 ? 'CREATE' : 'UPDATE'
  switch (command.kind) {
    case 'up': {
      const { template, onFailure, timeoutSeconds, environment = {}, looksFirst } = command
      const stage = looksFirst ? { stage: 'visit' as const } : {}
      assertWithoutCycle(template)
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
    case 'suspend':
    case 'resume':
    case 'check': {
      const visiting = { suspend: 'SUSPEND', resume: 'RESUME', check: 'CHECK' } as const
      await visitStack(sql, stack, { action: visiting[command.kind], timeoutSeconds: undefined })
      return
    }
  }
}

/** In one line. */
export function titleOf(command: Command): string {
  const title = saying(command)
  return command.project === undefined ? title : `${title} (project ${command.project})`
}

function saying(command: Command): string {
  switch (command.kind) {
    case 'up': {
      const deadline = command.timeoutSeconds === undefined ? '' : `, within ${command.timeoutSeconds} s`
      const beside = command.environment ? `, ${JSON.stringify(command.environment)}` : ''
      const most = command.resourcesMax ? `, at most ${command.resourcesMax} resources` : ''
      const first = command.looksFirst ? ' after a look' : ''
      return `up ${command.stack}${first}: ${describe(command.template)} (on failure ${command.onFailure}${deadline}${most}${beside})`
    }
    case 'patch':
      return `patch ${command.stack}: put ${describe(command.put)}, remove ${command.removed.join(' ') || 'nothing'}`
    case 'clear':
      return `clear ${command.hook} of ${command.stack}/${command.name}`
    case 'signal':
      return `signal ${command.stack}/${command.name}: ${JSON.stringify(command.body)}`
    case 'look':
      return `look ${command.stack} (drift limit ${command.driftLimit})`
    case 'restore':
      return `restore ${command.stack} (on failure ${command.onFailure})`
    case 'adopt':
      return `adopt ${command.stack}: ${describe(command.template)}`
    default:
      return `${command.kind} ${command.stack}`
  }
}
