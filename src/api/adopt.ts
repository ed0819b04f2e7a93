// Abandoning a stack and adopting one: its things go out of the engine's books without being touched, as a document in Heat's
// form, and come into them again from such a document. Both are ordinary traversals.

import { converge, emptyTemplate, takeDown } from '../engine/converge.js'
import { type Declared, declare, requireKey } from '../engine/declare/declare.js'
import { isJsonObject, type Json, type JsonObject } from '../lib/json.js'
import { InvalidInput, type Problem } from '../lib/problem.js'
import type { TypeRegistry } from '../provider/registry.js'
import { type Adopted, type Holding, insertAdopted, readHoldings, retainAll } from '../store/adopt.js'
import { Declaration } from '../store/declaration.js'
import { secretHash } from '../store/keyring.js'
import type { StackRow } from '../store/stacks.js'
import { readTemplate, type TemplateRow } from '../store/templates.js'
import { parseTemplate } from '../template/index.js'
import type { Desk } from './desk.js'
import { Conflict, getStack, type StackRef } from './find.js'
import type { AdoptOptions } from './options.js'
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

/** Deletes the stack and keeps all of its things: a deletion in which everything is retained. */
export async function abandon(desk: Desk, name: StackRef): Promise<Abandonment> {
  let document: AbandonedStack | undefined
  const run = await desk.commandOn(name, async (sql, stack) => {
    if (stack.status === 'IN_PROGRESS') throw underWay(stack)
    const template = (await readTemplate(sql, stack.id, stack.templateTraversal)) ?? emptyTemplate
    document = documentOf(stack, template, await readHoldings(sql, stack.id), desk.parts.types)
    await retainAll(sql, stack.id)
    await takeDown(sql, stack, { timeoutSeconds: undefined, onFailure: 'continue' })
  })
  if (!document) throw new Error('a command that returned has run')
  return { document, run }
}

/** What `abandon` would tell, of a stack that stays. Throws NotFound, and InvalidInput while something is under way. */
export async function exported({ parts }: Desk, ref: StackRef): Promise<AbandonedStack> {
  const { database, types } = parts
  const stack = await getStack(parts, ref)
  if (stack.status === 'IN_PROGRESS') throw underWay(stack)
  const template = (await readTemplate(database, stack.id, stack.templateTraversal)) ?? emptyTemplate
  return documentOf(stack, template, await readHoldings(database, stack.id), types)
}

const underWay = ({ name, action, status }: StackRow) =>
  new InvalidInput([
    {
      path: '',
      message: `stack ${name} is ${action}_${status}: what it is making now would be missing`,
      hint: `wait for its end, or isotherm cancel ${name} first`,
    },
  ])

function documentOf(
  { name, uid, action, status }: StackRow,
  template: TemplateRow,
  holdings: readonly Holding[],
  types: TypeRegistry,
): AbandonedStack {
  const open = Object.entries(template.parameters).filter(([, { hidden }]) => !hidden)
  const parameters = Object.fromEntries(open.map(([key, { value }]) => [key, value]))
  return {
    name,
    id: uid,
    action,
    status,
    template: templateOf(template.document),
    environment: { ...template.environment, parameters },
    files: template.files,
    resources: Object.fromEntries(holdings.map((holding) => [holding.name, resourceOf(holding, types)])),
  }
}

function templateOf(document: Json): Json {
  if (!isJsonObject(document)) return null
  const { text, object = null } = document
  return typeof text === 'string' ? (parseTemplate({ text }).document ?? null) : object
}

/** Secrets stay behind, and whatever may repeat them: the document is a file like any other. */
function resourceOf(holding: Holding, types: TypeRegistry): JsonObject {
  const { name, type, action, status, physicalId, token, secret = [] } = holding
  const { properties, attributes, metadata } = holding
  const schemas = types.get(type)
  const bare = secret.length > 0 || holding.unreadable !== undefined
  const open = (values: JsonObject, known: { readonly [name: string]: { readonly secret?: boolean } } = {}) =>
    without(values, (key) => known[key]?.secret === true || secret.includes(`properties.${key}`))
  const own = {
    token,
    properties: properties && open(properties, schemas?.properties),
    attributes: bare ? {} : open(attributes ?? {}, schemas?.attributes),
    private_data: bare ? null : (holding.privateData ?? null),
  }
  const shown = secret.includes('metadata') ? {} : (metadata ?? {})
  return { name, type, action, status, resource_id: physicalId, metadata: shown, resource_data: {}, isotherm: own }
}

const without = (values: JsonObject, isSecret: (name: string) => boolean): JsonObject =>
  Object.fromEntries(Object.entries(values).filter(([name]) => !isSecret(name)))

/** Makes a stack whose resources take over the things that a document names; what it does not name is made. */
export async function adopt(desk: Desk, options: AdoptOptions): Promise<Run> {
  const { stack: name, document, onFailure = 'stop', timeoutSeconds } = options
  const { world, types } = desk.parts
  const resources = readResources(document)
  const uid = world.newId()
  const hashSecret = secretHash(desk.parts.database)
  const declared = await declare(declarationOf(options), types, desk.pseudo(name, uid), hashSecret)
  requireKey(declared, hashSecret)
  const run = await desk.command(name, uid, async (sql, stack, isNew) => {
    if (!isNew) throw new Conflict(`there is a stack ${name} already`)
    await insertAdopted(sql, stack.id, adoptedOf(declared, resources))
    await converge(sql, stack, {
      action: 'ADOPT',
      onFailure,
      timeoutSeconds,
      template: declared.record,
      definitions: { kind: 'whole', definitions: Declaration.of(declared.definitions.values()) },
    })
  })
  if (!run) throw new Conflict(`there is a stack ${name} already`)
  return run
}

function declarationOf({ stack, document, template, parameters, environment, files }: AdoptOptions) {
  const { template: own, environment: itsEnvironment, files: itsFiles } = document
  const written = template ?? own
  if (typeof written !== 'string' && !isJsonObject(written)) {
    const hint = 'give the template beside it'
    throw new InvalidInput([{ path: 'template', message: 'the document holds no template', hint }])
  }
  return {
    stack,
    template: written,
    environment: { ...(isJsonObject(itsEnvironment) && itsEnvironment), ...environment },
    files: { ...(isJsonObject(itsFiles) && textsOf(itsFiles)), ...files },
    ...(parameters && { parameters }),
  }
}

const textsOf = (files: JsonObject): { [name: string]: string } =>
  Object.fromEntries(Object.entries(files).flatMap(([name, text]) => (typeof text === 'string' ? [[name, text]] : [])))

type Named = ReadonlyMap<string, { readonly physicalId: string; readonly own: JsonObject; readonly data: Json }>

function readResources(document: JsonObject): Named {
  const { resources = {} } = document
  const problems: Problem[] = []
  const named = new Map<string, { physicalId: string; own: JsonObject; data: Json }>()
  if (!isJsonObject(resources)) problems.push({ path: 'resources', message: 'expected a map of resources by name' })
  for (const [name, resource] of Object.entries(isJsonObject(resources) ? resources : {})) {
    const { resource_id: id = null, isotherm = {}, resource_data: data = null } = isJsonObject(resource) ? resource : {}
    if (typeof id === 'string') named.set(name, { physicalId: id, own: isJsonObject(isotherm) ? isotherm : {}, data })
    else if (id !== null) problems.push({ path: `resources.${name}.resource_id`, message: 'expected a text, or null' })
  }
  if (problems.length > 0) throw new InvalidInput(problems)
  return named
}

function adoptedOf({ definitions }: Declared, named: Named): Adopted[] {
  return [...definitions.values()].flatMap(({ name, body }) => {
    const found = named.get(name)
    if (!found) return []
    const { physicalId, own, data } = found
    const { token, properties = null, attributes = null, private_data: notes = null } = own
    return {
      name,
      type: body.type,
      physicalId,
      token: typeof token === 'string' ? token : undefined,
      retain: body.deletionPolicy === 'Retain',
      ...(body.secret && { secret: body.secret }),
      properties: isJsonObject(properties) ? properties : null,
      attributes: isJsonObject(attributes) ? attributes : {},
      privateData: notes ?? (isJsonObject(data) && Object.keys(data).length > 0 ? data : null),
    }
  })
}
