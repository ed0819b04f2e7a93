// Converge, the one verb: create, update, rollback and delete are a new template and a traversal towards it. One
// transaction per command, under the stack's lock; its effect is visible before the call returns.
import { Planner } from '../graph/plan.js'
import type { Stage } from '../graph/stage.js'
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
  enterStage,
  haltStack,
  isPlanned,
  notePlanned,
  type OnFailure,
  readStack,
  type StackAction,
  type StackRow,
  startTraversal,
} from '../store/stacks.js'
import { readDefinitionsToRestore, readTemplate, storeTemplate, type TemplateRow } from '../store/templates.js'
import { armVisits, disarmVisits } from '../store/visit.js'
import { removeWatch } from '../store/watches.js'
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
  /** `visit`: reality is looked at before anything is planned. Default: `update`. */
  readonly stage?: Stage
}

/** The resources of the new template: all of them, or what differs from the template in force. */
export type DefinitionChange =
  | { readonly kind: 'whole'; readonly definitions: Declaration }
  | { readonly kind: 'delta'; readonly put: Declaration; readonly removed: readonly string[] }

const givenIn = (change: DefinitionChange): Declaration => (change.kind === 'whole' ? change.definitions : change.put)

/** Starts a traversal. The caller holds the stack's lock. Throws InvalidInput where something protected would go. */
export async function converge(sql: Transaction, stack: StackRow, change: Change): Promise<void> {
  const traversal = stack.traversal + 1
  await respectExtensions(sql, stack.id, change.definitions)
  if (change.cause !== undefined) await stackEvent(sql, stack, 'FAILED', change.cause)
  await disarmVisits(sql, [stack.id])
  await storeTemplate(sql, stack.id, traversal, change.template)
  const started = `Stack ${change.action} started`
  await startTraversal(sql, stack.id, {
    ...change,
    cause: change.cause,
    stage: change.stage ?? 'update',
    traversal,
    templateTraversal: traversal,
    reason: started,
    // What goes with its stack goes as the environment had it until now.
    ...(change.action !== 'DELETE' && { hooks: hooksIn(change.template.environment) }),
  })
  const changed = await changeDefinitions(sql, stack.id, traversal, change.definitions)
  if (change.stage === 'visit') {
    await notePlanned(sql, stack.id, false)
    const given = givenIn(change.definitions)
    await retainAsSaid(sql, stack.id, changed.put, (name) => given.kindOf(name))
    await armVisits(sql, [stack.id], 'any')
  } else if (await isPlanned(sql, stack.id)) await armChanges(sql, stack.id, traversal, change.definitions, changed)
  else await planAndArm(sql, { id: stack.id, traversal })
  await stackEvent(sql, { ...stack, action: change.action, traversal }, 'IN_PROGRESS', started)
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
  await notePlanned(sql, id, true)
}

/** The same cone, from the changed outward: what is at rest as wanted, and downstream of nothing that is not, is not read. */
async function armChanges(
  sql: Transaction,
  stackId: number,
  traversal: number,
  change: DefinitionChange,
  changed: Changed,
): Promise<void> {
  if (changed.removed === 'all') {
    // There is nothing to update: the traversal begins with its clean-up.
    await enterStage(sql, stackId, 'cleanup')
    return retireStacks(sql, [stackId])
  }
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
  options: { readonly timeoutSeconds: number | undefined; readonly onFailure: OnFailure },
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
  readonly removed: readonly string[] | 'all'
}

async function changeDefinitions(
  sql: Transaction,
  stackId: number,
  traversal: number,
  change: DefinitionChange,
): Promise<Changed> {
  const given = givenIn(change)
  if (change.kind === 'whole' && given.graph.size === 0) {
    await closeAllDefinitions(sql, stackId, traversal)
    return { put: [], removed: 'all' }
  }
  const { found, removed } =
    change.kind === 'whole'
      ? await compareDefinitions(sql, stackId, given.graph)
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
