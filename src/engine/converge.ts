// Converge, the one verb: create, update, rollback and delete are a new template and a traversal towards it. One
// transaction per command, under the stack's lock; its effect is visible before the call returns.
import { Planner } from '../graph/plan.js'
import { isVisiting, type Stage } from '../graph/stage.js'
import { assert } from '../lib/assert.js'
import { requireAsDeclared } from '../store/adopt.js'
import { arm, readAllVersions, readRestless, readVersions, retainAsSaid, retireStacks } from '../store/arm.js'
import type { Sql, Transaction } from '../store/database.js'
import { Declaration } from '../store/declaration.js'
import {
  closeAllDefinitions,
  closeDefinitions,
  compareDefinitions,
  compareNamed,
  loadDefinitions,
  readDownstream,
  readGraph,
  readKinds,
} from '../store/definitions.js'
import { appendEvents } from '../store/events.js'
import { wakeWaiting } from '../store/nested.js'
import {
  haltStack,
  notePlanned,
  type OnFailure,
  readStack,
  type StackAbout,
  type StackAction,
  type StackRow,
  startTraversal,
} from '../store/stacks.js'
import {
  digestOf,
  readDefinitionsToRestore,
  readTemplate,
  storeTemplate,
  type TemplateRow,
} from '../store/templates.js'
import { armVisits, disarmVisits } from '../store/visit.js'
import { removeWatch } from '../store/watches.js'
import { refuseOwned } from './adoptions.js'
import { hooksIn } from './declare/environment.js'
import { respectExtensions } from './extensions.js'

export interface Change {
  readonly action: StackAction
  readonly onFailure: OnFailure
  readonly timeoutSeconds: number | undefined
  /** Of an automatic rollback: the failure that asked for it. */
  readonly cause?: string
  /** The template as the user wrote it, for the record. */
  readonly template: TemplateRow
  readonly definitions: DefinitionChange
  /** Reality is looked at before anything is planned. */
  readonly stage?: 'visit'
  readonly about?: StackAbout
  /** Whatever leaves the stack stays in the world, so nothing is protected from that. */
  readonly leavesThings?: boolean
}

/** The resources of the new template: all of them, or what differs from the template in force. */
export type DefinitionChange =
  | { readonly kind: 'whole'; readonly definitions: Declaration }
  | { readonly kind: 'delta'; readonly put: Declaration; readonly removed: readonly string[] }

const givenIn = (change: DefinitionChange): Declaration => (change.kind === 'whole' ? change.definitions : change.put)

/** Starts a traversal. The caller holds the stack's lock. Throws InvalidInput where something protected would go, or others' be taken. */
export async function converge(sql: Transaction, stack: StackRow, change: Change): Promise<void> {
  const { id } = stack
  const traversal = stack.traversal + 1
  const { action, template, definitions } = change
  const stage = firstStageOf(change)
  if (action !== 'CREATE') await makeWay(sql, stack, change)
  await refuseOwned(sql, stack, givenIn(definitions))
  await storeTemplate(
    sql,
    id,
    traversal,
    template,
    definitions.kind === 'whole' ? digestOf(definitions.definitions.graph) : null,
  )
  await startTraversal(sql, stack, {
    ...change,
    cause: change.cause,
    stage,
    traversal,
    templateTraversal: traversal,
    reason: `Stack ${action} started`,
    unplanned: stage === 'visit',
    // What goes with its stack goes as the environment had it until now.
    ...(action !== 'DELETE' && { hooks: hooksIn(template.environment) }),
  })
  if (action === 'CREATE') await armFirst(sql, { id, traversal }, definitions)
  else {
    const changed = await changeDefinitions(sql, stack, definitions)
    if (stage === 'visit') {
      const given = givenIn(definitions)
      await retainAsSaid(sql, id, changed.put, (name) => given.kindOf(name))
      await armVisits(sql, [id], 'any')
    } else if (stage === 'cleanup') await retireStacks(sql, [id])
    else if (stack.planned) await armChanges(sql, id, traversal, definitions, changed)
    else await planAndArm(sql, { id, traversal })
    if (action === 'ADOPT') await requireAsDeclared(sql, id)
  }
}

/** Of a new stack there is no reality to be looked at; where nothing is wanted there is nothing but to clean up. */
function firstStageOf({ action, stage, definitions }: Change): Stage {
  if (stage === 'visit' && action !== 'CREATE') return stage
  return definitions.kind === 'whole' && definitions.definitions.graph.size === 0 ? 'cleanup' : 'update'
}

/** What is there is heeded before something else is wanted of it. */
async function makeWay(sql: Sql, stack: StackRow, { cause, definitions, leavesThings }: Change): Promise<void> {
  if (!leavesThings) await respectExtensions(sql, stack.id, definitions)
  if (cause !== undefined) await stackEvent(sql, stack, 'FAILED', cause)
  // Whatever comes after visits takes back those that are left, so there are none but of the last traversal.
  if (isVisiting(stack.action) || !stack.planned) await disarmVisits(sql, [stack.id])
}

/** A new stack has nothing in force and no rows, so nothing is asked for. */
async function armFirst(
  sql: Transaction,
  { id, traversal }: Pick<StackRow, 'id' | 'traversal'>,
  change: DefinitionChange,
): Promise<void> {
  assert(traversal === 1 && change.kind === 'whole', 'a stack is made once, of a whole template')
  const { definitions } = change
  await loadDefinitions(sql, id, traversal, definitions, () => true)
  const plan = new Planner(definitions.graph).finish()
  await arm(sql, id, traversal, plan, (name) => definitions.kindOf(name))
}

/**
 * The cone, worked out from all that is in force and all that the rows say: definitions may have changed in a traversal that
 * was superseded before it planned anything.
 */
export async function planAndArm(
  sql: Transaction,
  { id, traversal }: Pick<StackRow, 'id' | 'traversal'>,
): Promise<void> {
  const planner = new Planner(await readGraph(sql, id))
  for await (const page of readAllVersions(sql, id)) for (const version of page) planner.see(version)
  const plan = planner.finish()
  const kinds = await readKinds(sql, id, [...plan.cone.keys()])
  await arm(sql, id, traversal, plan, (name) => kinds.get(name))
  await notePlanned(sql, id)
}

/** The same cone, from the changed outward: what is at rest as wanted, and downstream of nothing that is not, is not read. */
async function armChanges(
  sql: Transaction,
  stackId: number,
  traversal: number,
  change: DefinitionChange,
  changed: Changed,
): Promise<void> {
  const given = givenIn(change)
  const touched = [...changed.put, ...(await readRestless(sql, stackId))]
  const wanted =
    change.kind === 'whole'
      ? given.graph.downstreamOf(touched)
      : await readDownstream(sql, stackId, [...new Set(touched)])
  const whole = change.kind === 'whole' && wanted === given.graph
  const names = whole ? [] : [...wanted.names(), ...changed.removed]
  const planner = new Planner(wanted)
  for await (const page of whole ? readAllVersions(sql, stackId) : readVersions(sql, stackId, names)) {
    for (const version of page) planner.see(version)
  }
  await arm(sql, stackId, traversal, planner.finish(), (name) => given.kindOf(name))
}

export async function stackEvent(
  sql: Sql,
  { id, name, traversal, action }: Pick<StackRow, 'id' | 'name' | 'traversal' | 'action'>,
  status: string,
  reason: string,
): Promise<void> {
  await appendEvents(sql, [{ stackId: id, traversal, name, action, status, reason }])
}

/** Back to the last template that was reached; to the empty one when none ever was. */
export async function rollBack(
  sql: Transaction,
  stack: StackRow,
  options: { readonly timeoutSeconds?: number; readonly cause?: string } = {},
): Promise<void> {
  const target = stack.completeTraversal ?? 0
  const restored = await readDefinitionsToRestore(sql, stack.id, target)
  const template = (await readTemplate(sql, stack.id, target)) ?? emptyTemplate
  await converge(sql, stack, {
    ...options,
    action: 'ROLLBACK',
    onFailure: 'stop',
    timeoutSeconds: options.timeoutSeconds,
    template,
    definitions: {
      kind: 'delta',
      put: Declaration.of(restored.flatMap(({ earlier }) => earlier ?? [])),
      removed: restored.flatMap(({ name, earlier }) => (earlier ? [] : [name])),
    },
  })
}

/** Deletion is converging to nothing; what can be deleted is, though something else cannot. */
export async function takeDown(
  sql: Transaction,
  stack: StackRow,
  options: Pick<Change, 'timeoutSeconds' | 'onFailure' | 'leavesThings'>,
): Promise<void> {
  await removeWatch(sql, stack.id)
  await converge(sql, stack, {
    ...options,
    action: 'DELETE',
    template: emptyTemplate,
    definitions: { kind: 'whole', definitions: Declaration.of([]) },
  })
}

/** Leaves everything as it is: what is under way is aborted or finishes, nothing new begins. */
export async function halt(sql: Sql, stack: StackRow): Promise<void> {
  const reason = `Stack ${stack.action} cancelled`
  await haltStack(sql, stack.id, reason)
  await wakeWaiting(sql, stack.id)
  await stackEvent(sql, await readStack(sql, stack.id), 'IN_PROGRESS', reason)
}

export const emptyTemplate: TemplateRow = {
  description: '',
  document: null,
  parameters: {},
  environment: {},
  files: {},
  outputs: {},
}

interface Changed {
  /** Names of definitions that are new or differ from those that were in force. */
  readonly put: readonly string[]
  readonly removed: readonly string[]
}

async function changeDefinitions(sql: Transaction, stack: StackRow, change: DefinitionChange): Promise<Changed> {
  const stackId = stack.id
  const traversal = stack.traversal + 1
  const given = givenIn(change)
  if (change.kind === 'whole' && given.graph.size === 0) {
    await closeAllDefinitions(sql, stackId, traversal)
    return { put: [], removed: [] }
  }
  const { found, removed } =
    change.kind === 'whole'
      ? await compareDefinitions(sql, stack, given.graph)
      : { ...(await compareNamed(sql, stackId, given.graph)), removed: change.removed }
  const put: string[] = []
  const replaced: string[] = []
  found.forEach((state, node) => {
    if (state !== 'same') put.push(given.graph.nameOf(node))
    if (state === 'different') replaced.push(given.graph.nameOf(node))
  })
  await closeDefinitions(sql, stackId, traversal, [...removed, ...replaced])
  if (put.length > 0) await loadDefinitions(sql, stackId, traversal, given, (node) => found[node] !== 'same')
  return { put, removed }
}
