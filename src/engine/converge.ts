// Converge, the one verb: create, update, rollback and delete are a new template and a traversal towards it. One
// transaction per command, under the stack's lock; its effect is visible before the call returns.
import { planTraversal, type TraversalPlan, type WantedNode } from '../graph/plan.js'
import type { Stage } from '../graph/stage.js'
import { arm, type NodeKind, readVersions } from '../store/arm.js'
import type { Sql } from '../store/database.js'
import { appendEvents } from '../store/events.js'
import { wakeWaiting } from '../store/nested.js'
import {
  haltStack,
  type OnFailure,
  readStack,
  type StackAction,
  type StackRow,
  startTraversal,
} from '../store/stacks.js'
import {
  closeDefinitions,
  type DefinitionBody,
  insertDefinitions,
  readDefinitionSummaries,
  readDefinitionsToRestore,
  readKinds,
  readTemplate,
  type StoredDefinition,
  storeTemplate,
  type TemplateRow,
} from '../store/templates.js'
import { armVisit, disarmVisits } from '../store/visit.js'
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
  | { readonly kind: 'whole'; readonly definitions: ReadonlyMap<string, StoredDefinition> }
  | { readonly kind: 'delta'; readonly put: readonly StoredDefinition[]; readonly removed: readonly string[] }

/** Starts a traversal. The caller holds the stack's lock. Throws InvalidInput where something protected would go. */
export async function converge(sql: Sql, stack: StackRow, change: Change): Promise<TraversalPlan> {
  const traversal = stack.traversal + 1
  await respectExtensions(sql, stack.id, change.definitions)
  if (change.cause !== undefined) await stackEvent(sql, stack, 'FAILED', change.cause)
  await disarmVisits(sql, stack.id)
  await storeTemplate(sql, stack.id, traversal, change.template)
  const { wanted, put } = await changeDefinitions(sql, stack.id, traversal, change.definitions)
  const plan = planTraversal(wanted, await readVersions(sql, stack.id))
  const started = `Stack ${change.action} started`
  await startTraversal(sql, stack.id, {
    ...change,
    cause: change.cause,
    stage: change.stage ?? 'update',
    traversal,
    templateTraversal: traversal,
    reason: started,
  })
  if (change.stage === 'visit') await armVisit(sql, stack.id, traversal, 'any')
  else await arm(sql, stack.id, traversal, plan, (name) => kindOf(put.get(name)))
  await stackEvent(sql, { ...stack, action: change.action, traversal }, 'IN_PROGRESS', started)
  return plan
}

/** The cone, worked out from what the rows say now: the template has been in force since the traversal began. */
export async function planAndArm(sql: Sql, { id, traversal }: Pick<StackRow, 'id' | 'traversal'>): Promise<void> {
  const wanted = new Map((await readDefinitionSummaries(sql, id)).map((summary) => [summary.name, summary]))
  const plan = planTraversal(wanted, await readVersions(sql, id))
  const kinds = await readKinds(sql, id, [...plan.cone.keys()])
  await arm(sql, id, traversal, plan, (name) => kinds.get(name))
}

const kindOf = (body: DefinitionBody | undefined): NodeKind | undefined =>
  body && { type: body.type, retain: body.deletionPolicy === 'Retain' }

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
  sql: Sql,
  stack: StackRow,
  options: { readonly timeoutSeconds?: number; readonly cause?: string } = {},
): Promise<TraversalPlan> {
  const target = stack.completeTraversal ?? 0
  const restored = await readDefinitionsToRestore(sql, stack.id, target)
  const template = (await readTemplate(sql, stack.id, target)) ?? emptyTemplate
  return converge(sql, stack, {
    ...options,
    action: 'ROLLBACK',
    onFailure: 'stop',
    timeoutSeconds: options.timeoutSeconds,
    template,
    definitions: {
      kind: 'delta',
      put: restored.flatMap(({ earlier }) => earlier ?? []),
      removed: restored.flatMap(({ name, earlier }) => (earlier ? [] : [name])),
    },
  })
}

/** Deletion is converging to nothing; what can be deleted is, though something else cannot. */
export async function takeDown(
  sql: Sql,
  stack: StackRow,
  options: { readonly timeoutSeconds: number | undefined; readonly onFailure: OnFailure },
): Promise<TraversalPlan> {
  return converge(sql, stack, {
    ...options,
    action: 'DELETE',
    template: emptyTemplate,
    definitions: { kind: 'whole', definitions: new Map() },
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

async function changeDefinitions(
  sql: Sql,
  stackId: number,
  traversal: number,
  change: DefinitionChange,
): Promise<{ wanted: ReadonlyMap<string, WantedNode>; put: ReadonlyMap<string, DefinitionBody> }> {
  const inForce = new Map((await readDefinitionSummaries(sql, stackId)).map((summary) => [summary.name, summary]))
  const { put, removed } = change.kind === 'delta' ? change : difference(change.definitions, inForce)
  const effective = put.filter(({ name, hash }) => inForce.get(name)?.hash !== hash)
  const closed = [...removed, ...effective.map(({ name }) => name)].filter((name) => inForce.has(name))
  await closeDefinitions(sql, stackId, traversal, closed)
  await insertDefinitions(sql, stackId, traversal, effective)
  const bodies = new Map(put.map(({ name, body }) => [name, body]))
  if (change.kind === 'whole') return { wanted: change.definitions, put: bodies }
  const wanted = new Map<string, WantedNode>(inForce)
  for (const name of removed) wanted.delete(name)
  for (const definition of put) wanted.set(definition.name, definition)
  return { wanted, put: bodies }
}

function difference(
  definitions: ReadonlyMap<string, StoredDefinition>,
  inForce: ReadonlyMap<string, { hash: string }>,
) {
  const put = [...definitions.values()].filter(({ name, hash }) => inForce.get(name)?.hash !== hash)
  const removed = [...inForce.keys()].filter((name) => !definitions.has(name))
  return { put, removed }
}
