// Adopting a stack: things that others made, or that an abandoned stack left, come into the engine's books from a document in
// Heat's form. An ordinary traversal, whose rows are there before it.

import { keyOf, toldOf } from '../engine/adoptions.js'
import { converge } from '../engine/converge.js'
import { type Declared, declare, requireKey } from '../engine/declare/declare.js'
import { warned } from '../engine/declare/doubtful.js'
import { movesToMake } from '../graph/moves.js'
import { isVisiting } from '../graph/stage.js'
import { isJsonObject, type Json, type JsonObject } from '../lib/json.js'
import { InvalidInput, type Problem } from '../lib/problem.js'
import type { TypeRegistry } from '../provider/registry.js'
import { lockAdoptions, readHeld } from '../store/adopt.js'
import type { Sql, Transaction } from '../store/database.js'
import { Declaration } from '../store/declaration.js'
import { secretHash } from '../store/keyring.js'
import type { StackRow } from '../store/stacks.js'
import { isTemplateFile } from '../template/index.js'
import { type Adoptable, type Inside, insertTree } from './adopted-tree.js'
import type { Desk } from './desk.js'
import { Conflict } from './find.js'
import type { AdoptOptions } from './options.js'
import type { Run } from './run.js'

/** Makes a stack whose resources take over the things that a document names; what it does not name is made. */
export async function adopt(desk: Desk, options: AdoptOptions): Promise<Run> {
  const { stack: name, document } = options
  const { world, types } = desk.parts
  const resources = readNamed(document)
  const uid = world.newId()
  const hashSecret = secretHash(desk.parts.database)
  const declaration = declarationOf(options)
  const declared = await declare(declaration, types, desk.pseudo(name, uid), hashSecret)
  requireKey(declared, hashSecret)
  const run = await desk.command({ name, uid }, async (sql, stack, isNew) => {
    if (!isNew) throw new Conflict(`there is a stack ${name} already`)
    await beginAdoption(sql, stack, { ...options, declared, resources }, () => world.newId())
  })
  if (!run) throw new Conflict(`there is a stack ${name} already`)
  return { ...run, ...warned(declaration, declared) }
}

export interface Adoption extends Pick<AdoptOptions, 'onFailure' | 'timeoutSeconds'> {
  readonly declared: Pick<Declared, 'definitions' | 'types' | 'record'>
  readonly resources: ReadonlyMap<string, Named>
}

/** The command itself. The caller holds the lock of a stack that has just been made. */
export async function beginAdoption(
  sql: Transaction,
  stack: StackRow,
  { declared, resources, onFailure = 'stop', timeoutSeconds }: Adoption,
  newId: () => string,
): Promise<void> {
  const things = adoptedOf(declared, resources)
  const own = things.filter(({ name }) => declared.definitions.get(name)?.body.externalId === undefined)
  await refuseHeld(sql, stack, own)
  await insertTree(sql, stack, things, newId)
  await converge(sql, stack, {
    action: 'ADOPT',
    onFailure,
    timeoutSeconds,
    template: declared.record,
    definitions: { kind: 'whole', definitions: Declaration.of(declared.definitions.values()) },
  })
}

interface Owned {
  readonly path: string
  readonly name: string
  readonly type: string
  readonly physicalId: string
}

/** Of two stacks that own a thing, whichever goes first takes it from the other. */
async function refuseHeld(sql: Sql, stack: StackRow, things: readonly Adoptable[]): Promise<void> {
  const owned = ownedBy(things, 'resources')
  if (owned.length === 0) return
  const place = { project: stack.project, stackId: stack.id }
  await lockAdoptions(sql, stack.project)
  const held = new Map((await readHeld(sql, place, owned)).map((one) => [keyOf(one), one]))
  const problems = owned.flatMap(({ path, ...thing }): Problem[] => {
    const holder = held.get(keyOf(thing))
    const hint = 'isotherm abandon lets a stack go without its things; then adopt what that prints'
    return holder ? [{ path, message: toldOf(thing, holder).message, hint }] : []
  })
  if (problems.length > 0) throw new InvalidInput(problems)
}

/** Of composites, what is inside: they have nothing else. */
const ownedBy = (things: readonly Adoptable[], path: string): Owned[] =>
  things.flatMap(({ name, type, physicalId, inside }) =>
    inside
      ? ownedBy(inside.things, `${path}.${name}.resources`)
      : [{ path: `${path}.${name}`, name, type, physicalId }],
  )

function declarationOf({ stack, document, template, parameters, environment, files }: AdoptOptions) {
  const { template: own, environment: itsEnvironment, files: itsFiles } = document
  const written = template ?? own
  if (typeof written !== 'string' && !isJsonObject(written)) {
    const hint = 'give the template beside it (isotherm adopt --template FILE)'
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

/** A resource of the document that has a thing, or a stack of its own. */
interface Named {
  readonly type: string | undefined
  /** As Heat tells it too. */
  readonly suspended: boolean
  /** It was being made or changed, and that came to no good end. */
  readonly failed: boolean
  readonly physicalId: string
  readonly own: JsonObject
  readonly data: Json
  /** The resources of its nested stack, and what they were composed of. */
  readonly inside?: { readonly template: Json; readonly resources: ReadonlyMap<string, Named> }
}

/** Throws InvalidInput. */
export function readNamed(document: JsonObject): ReadonlyMap<string, Named> {
  const problems: Problem[] = []
  const named = readResources(document, 'resources', problems)
  if (problems.length > 0) throw new InvalidInput(problems)
  return named
}

function readResources({ resources = {} }: JsonObject, path: string, problems: Problem[]): Map<string, Named> {
  if (!isJsonObject(resources)) problems.push({ path, message: 'expected a map of resources by name' })
  const named = new Map<string, Named>()
  for (const [name, resource] of Object.entries(isJsonObject(resources) ? resources : {})) {
    const found = readResource(isJsonObject(resource) ? resource : {}, `${path}.${name}`, problems)
    if (found) named.set(name, found)
  }
  return named
}

/** A nested resource's entry is its stack's own document, which may have no other id than the stack's. */
function readResource(entry: JsonObject, path: string, problems: Problem[]): Named | undefined {
  const { isotherm, resource_data: data = null, type, template = null, action, status } = entry
  const isNested = entry.resources !== undefined
  const id = entry.resource_id ?? (isNested ? (entry.id ?? null) : null)
  const inside = isNested && { inside: { template, resources: readResources(entry, `${path}.resources`, problems) } }
  if (id === null) return undefined
  if (typeof id === 'string') {
    const own = isJsonObject(isotherm) ? isotherm : {}
    const suspended = own.suspended === true || action === 'SUSPEND'
    const failed = status === 'FAILED' && !isVisiting(String(action))
    return {
      type: typeof type === 'string' ? type : undefined,
      suspended,
      failed,
      physicalId: id,
      own,
      data,
      ...inside,
    }
  }
  problems.push({ path: `${path}.resource_id`, message: 'expected a text, or null' })
  return undefined
}

function adoptedOf({ definitions, types }: Adoption['declared'], named: ReadonlyMap<string, Named>): Adoptable[] {
  const earlier = earlierNames(definitions, named)
  return [...definitions.values()].flatMap(({ name, body: { type, deletionPolicy, secret } }) => {
    const found = named.get(earlier.get(name) ?? name)
    const about = { name, type, retain: deletionPolicy === 'Retain', ...(secret && { secret }) }
    return found ? adoptable(found, about, types) : []
  })
}

/** What the document knows under the name that the template says a resource has moved from is that resource. */
function earlierNames(
  definitions: Adoption['declared']['definitions'],
  named: ReadonlyMap<string, Named>,
): ReadonlyMap<string, string> {
  const asked = [...definitions.values()].flatMap(({ name: to, body: { isotherm } }) =>
    isotherm?.movedFrom === undefined ? [] : { from: isotherm.movedFrom, to },
  )
  const moves = movesToMake(asked, { exists: (name) => named.has(name), wanted: (name) => definitions.has(name) })
  return new Map(moves.map(({ from, to }) => [to, from]))
}

/** Nothing of a composite is taken over but what is in its stack: where nothing is told of that, it is made. */
function adoptable(
  { physicalId, suspended, failed, own, data, inside }: Named,
  about: Pick<Adoptable, 'name' | 'type' | 'retain' | 'secret'>,
  types: TypeRegistry,
): Adoptable[] {
  const isComposite = types.get(about.type)?.composite !== undefined || isTemplateFile(about.type)
  if (isComposite && !inside) return []
  const { properties, attributes = null, private_data: notes = null, fence } = own
  const token = own.token ?? (isComposite ? physicalId : null)
  const plain = {
    ...about,
    physicalId,
    token: typeof token === 'string' && isUuid(token) ? token : undefined,
    fence: typeof fence === 'number' && Number.isInteger(fence) && fence >= 0 && fence <= FENCE_MAX ? fence : 0,
    // What is in a composite's stack rests, or does not, and has failed, or has not.
    suspended: suspended && !isComposite,
    failed: failed && !isComposite,
    // An update is what brings a composite about; of a thing that is not known, everything is asked.
    properties: isJsonObject(properties) ? properties : isComposite ? {} : null,
    attributes: isJsonObject(attributes) ? attributes : {},
    privateData: notes ?? (isJsonObject(data) && Object.keys(data).length > 0 ? data : null),
  }
  return [{ ...plain, ...(isComposite && inside && { inside: insideOf(inside, types) }) }]
}

/**
 * The definitions of a nested stack are known when its turn comes. Until then its things are not to go, and nothing that they
 * do not name ever goes.
 */
const insideOf = ({ template, resources }: NonNullable<Named['inside']>, types: TypeRegistry): Inside => ({
  template,
  things: [...resources].flatMap(([name, found]) =>
    found.type === undefined ? [] : adoptable(found, { name, type: found.type, retain: true }, types),
  ),
})

/** What a document may say leaves room for all that come. */
const FENCE_MAX = 1_000_000_000

const isUuid = (text: string) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)
