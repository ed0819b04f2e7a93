// Abandoning a stack: all of its things go out of the engine's books without being touched, those of its nested stacks too, and
// a document in Heat's form tells what they were. An ordinary deletion, in which everything is retained.

import { emptyTemplate, takeDown } from '../engine/converge.js'
import { groupBy } from '../lib/group-by.js'
import { isJsonObject, type Json, type JsonObject } from '../lib/json.js'
import { InvalidInput } from '../lib/problem.js'
import type { TypeRegistry } from '../provider/registry.js'
import { type Holding, readHoldings, retainAll } from '../store/adopt.js'
import type { Sql, Transaction } from '../store/database.js'
import { readTemplatesInForce } from '../store/nested.js'
import { type NestedStack, readNestedStacks } from '../store/nested-tree.js'
import type { StackRow } from '../store/stacks.js'
import type { TemplateRow } from '../store/templates.js'
import { parseTemplate } from '../template/index.js'
import type { Desk } from './desk.js'
import { getStack, type StackRef } from './find.js'
import type { Run } from './run.js'

/** What is known of an abandoned stack, in Heat's form; `isotherm` in each resource holds what Heat's has no place for. */
export interface AbandonedStack {
  readonly name: string
  readonly id: string
  readonly action: string
  readonly status: string
  /** Null when the stack was not declared by a document. */
  readonly template: Json
  readonly environment: JsonObject
  readonly files: { readonly [name: string]: string }
  readonly resources: { readonly [name: string]: JsonObject }
}

export interface Abandonment {
  readonly document: AbandonedStack
  readonly run: Run
}

/** Deletes the stack, with those nested in it, and keeps all of their things. */
export async function abandon(desk: Desk, name: StackRef): Promise<Abandonment> {
  let document: AbandonedStack | undefined
  const run = await desk.commandOn(name, async (sql, stack) => {
    document = await beginAbandon(sql, stack, desk.parts.types)
  })
  if (!document) throw new Error('a command that returned has run')
  return { document, run }
}

/** The command itself. The caller holds the stack's lock. Throws InvalidInput while something is under way. */
export async function beginAbandon(sql: Transaction, stack: StackRow, types: TypeRegistry): Promise<AbandonedStack> {
  const tree = await readTree(sql, stack)
  const document = documentOf(stack, tree, types)
  await retainAll(sql, [stack.id, ...tree.nested.map(({ id }) => id)])
  await takeDown(sql, stack, { timeoutSeconds: undefined, onFailure: 'continue', leavesThings: true })
  return document
}

/** What `abandon` would tell, of a stack that stays. Throws NotFound, and InvalidInput while something is under way. */
export async function exported({ parts }: Desk, ref: StackRef): Promise<AbandonedStack> {
  const stack = await getStack(parts, ref)
  return documentOf(stack, await readTree(parts.database, stack), parts.types)
}

interface Tree {
  readonly nested: readonly NestedStack[]
  readonly templates: ReadonlyMap<number, TemplateRow>
  readonly holdings: ReadonlyMap<number, readonly Holding[]>
}

/** Throws InvalidInput while something is under way in one of the stacks. */
async function readTree(sql: Sql, stack: StackRow): Promise<Tree> {
  const nested = await readNestedStacks(sql, stack.id, { depth: Number.POSITIVE_INFINITY })
  const busy = [stack, ...nested].find(({ status }) => status === 'IN_PROGRESS')
  if (busy) throw underWay(busy, stack)
  const ids = [stack.id, ...nested.map(({ id }) => id)]
  const templates = await readTemplatesInForce(sql, ids)
  return {
    nested,
    templates: new Map(templates.map((template) => [template.id, template])),
    holdings: groupBy(await readHoldings(sql, ids), ({ stackId }) => stackId),
  }
}

const underWay = ({ name, action, status }: Pick<StackRow, 'name' | 'action' | 'status'>, outermost: StackRow) =>
  new InvalidInput([
    {
      path: '',
      message: `stack ${name} is ${action}_${status}: what it is making now would be missing`,
      hint: `wait for its end, or isotherm cancel ${outermost.name} first`,
    },
  ])

function documentOf(
  { id, name, uid, action, status }: Pick<StackRow, 'id' | 'name' | 'uid' | 'action' | 'status'>,
  tree: Tree,
  types: TypeRegistry,
): AbandonedStack {
  const template = tree.templates.get(id) ?? emptyTemplate
  const open = Object.entries(template.parameters).filter(([, { hidden }]) => !hidden)
  const parameters = Object.fromEntries(open.map(([key, { value }]) => [key, value]))
  const inside = new Map(tree.nested.filter((one) => one.parentId === id).map((one) => [one.parentResource, one]))
  const entryOf = (holding: Holding): JsonObject => {
    const child = inside.get(holding.id)
    return { ...(child && nestedDocument(child, tree, types)), ...resourceOf(holding, types, child) }
  }
  return {
    name,
    id: uid,
    action,
    status,
    template: templateOf(template.document),
    environment: { ...template.environment, parameters },
    files: template.files,
    resources: Object.fromEntries((tree.holdings.get(id) ?? []).map((holding) => [holding.name, entryOf(holding)])),
  }
}

/** What was composed of secrets has them in its text. */
function nestedDocument(child: NestedStack, tree: Tree, types: TypeRegistry): JsonObject {
  const document = { ...documentOf(child, tree, types) }
  const row = tree.templates.get(child.id)
  const composed = isJsonObject(row?.document) && typeof row.document.text !== 'string'
  return { ...document, ...(composed && row?.secret && { template: null }) }
}

function templateOf(document: Json): Json {
  if (!isJsonObject(document)) return null
  const { text, object = null } = document
  return typeof text === 'string' ? (parseTemplate({ text }).document ?? null) : object
}

/** Secrets stay behind, and whatever may repeat them: the document is a file like any other. */
function resourceOf(holding: Holding, types: TypeRegistry, child: NestedStack | undefined): JsonObject {
  const { type, action, status, physicalId, token, fence, suspended, secret = [] } = holding
  const name = child?.name ?? holding.name
  const { properties, attributes, metadata } = holding
  const schemas = types.get(type)
  const bare = secret.length > 0 || holding.unreadable !== undefined
  const open = (values: JsonObject, known: { readonly [name: string]: { readonly secret?: boolean } } = {}) =>
    without(values, (key) => known[key]?.secret === true || secret.includes(`properties.${key}`))
  const own = {
    token,
    fence,
    ...(suspended && { suspended }),
    properties: properties && open(properties, schemas?.properties),
    attributes: bare ? {} : open(attributes ?? {}, schemas?.attributes),
    private_data: bare ? null : (holding.privateData ?? null),
  }
  const shown = secret.includes('metadata') ? {} : (metadata ?? {})
  return { name, type, action, status, resource_id: physicalId, metadata: shown, resource_data: {}, isotherm: own }
}

const without = (values: JsonObject, isSecret: (name: string) => boolean): JsonObject =>
  Object.fromEntries(Object.entries(values).filter(([name]) => !isSecret(name)))
