// The preview of nested stacks, in one tree with the stack around them: each is declared as it will be, and compared with
// what it is now. Where its properties are not known yet, nothing is said of its inside.
import type { Declared } from '../engine/declare/declare.js'
import { compose, declareNested, facadeOf, knownProperties } from '../engine/declare/nested.js'
import type { TreeLimits } from '../engine/declare/tree-limits.js'
import { inputsFrom } from '../engine/inputs.js'
import { lookInto } from '../engine/nested/look.js'
import { secretByType, secretPartsOf } from '../engine/secrecy.js'
import { isJsonObject, type JsonObject } from '../lib/json.js'
import { InvalidInput } from '../lib/problem.js'
import type { ResourceType } from '../provider/contract.js'
import { ProviderError } from '../provider/error.js'
import { physicalName } from '../provider/physical-name.js'
import { completeProperties } from '../provider/properties.js'
import type { TypeRegistry } from '../provider/registry.js'
import { type InputRow, readInputs } from '../store/claim.js'
import type { Sql } from '../store/database.js'
import { secretHash } from '../store/keyring.js'
import { type NestedPlace, readNestedPlace } from '../store/nested-look.js'
import { readStack, type StackRow } from '../store/stacks.js'
import { type Definition, EvaluationError, evaluate } from '../template/index.js'
import { refuseImmutable } from './immutable.js'
import { type ChangeView, type Preview, preview } from './preview.js'
import { withHandling } from './preview-handling.js'

export interface Looking {
  readonly database: Sql
  readonly types: TypeRegistry
  readonly project: string
  readonly treeLimits?: Partial<TreeLimits>
  /** How many stacks are around this one. */
  readonly depth?: number
  /** Resources beside the nested stack that will not stay as they are. */
  readonly moving?: ReadonlySet<string>
}

/** So many nested stacks are looked into; a preview of more is not read. */
const LOOKED_INTO_MAX = 100

export async function previewTree(
  looking: Looking,
  stack: StackRow | undefined,
  stackName: string,
  declared: Pick<Declared, 'template' | 'definitions'> & Partial<Pick<Declared, 'types' | 'record'>>,
): Promise<Preview> {
  const { database: sql, types } = looking
  const flat = await preview(sql, stack, stackName, declared, looking)
  const handled = await withHandling(looking, stack, declared, flat.changes)
  const changes: ChangeView[] = []
  const moving = new Set(flat.changes.flatMap(({ name, action }) => (action === 'keep' ? [] : name)))
  let left = LOOKED_INTO_MAX
  for (const change of handled) {
    const isComposite = (declared.types ?? types).get(change.type)?.composite !== undefined
    const nested =
      isComposite && left-- > 0 ? await inside({ ...looking, moving }, stack, stackName, declared, change) : undefined
    changes.push(nested ? { ...change, nested } : change)
  }
  return { ...flat, changes }
}

async function inside(
  looking: Looking,
  stack: StackRow | undefined,
  stackName: string,
  declared: Parameters<typeof previewTree>[3],
  change: ChangeView,
): Promise<Preview | undefined> {
  const deeper = { ...looking, depth: (looking.depth ?? 0) + 1 }
  const place = stack && (await readNestedPlace(looking.database, stack.id, change.name))
  const child = place && (await readStack(looking.database, place.childId))
  if (change.action === 'delete') return child && previewTree(deeper, child, child.name, nothing)
  if (change.action === 'retain' || change.action === 'fail') return undefined
  const replaced = change.action === 'replace'
  const wanted = await declaredInside(looking, stack, stackName, declared, change.name, replaced ? undefined : place)
  if (!wanted) return undefined
  const kept = replaced ? undefined : child
  if (kept) await refuseImmutable(looking.database, kept, wanted.template)
  return previewTree(deeper, kept, child?.name ?? `${stackName}-${change.name}`, wanted)
}

/** What is declared where everything goes: no environment either, so hooks are those that the stack has. */
export const nothing = {
  template: { description: '', parameters: {}, resources: new Map(), outputs: {}, placeOf: () => undefined },
  definitions: new Map(),
}

/** The nested stack as it will be declared; undefined when that is not known yet, or cannot be. */
export async function declaredInside(
  looking: Looking,
  stack: StackRow | undefined,
  stackName: string,
  { template, record }: Parameters<typeof previewTree>[3],
  name: string,
  place: NestedPlace | undefined,
): Promise<Declared | undefined> {
  const { database: sql, types, project, treeLimits, depth = 0 } = looking
  const definition = template.resources.get(name)
  const type = definition && types.get(definition.type)
  const rows = definition && (await inputsNow(looking, stack, definition))
  const properties = definition && (knownProperties(definition) ?? propertiesFrom(definition, rows, types))
  if (!definition || !type?.composite || !properties || !record) return undefined
  const seen =
    place && (await lookInto(sql, types, new Map([[place.childId, { members: type.composite.looksAtMembers }]])))
  const token = place?.token ?? name
  try {
    const composition = compose(type, completeProperties(type, properties), {
      name,
      token,
      files: record.files,
      updatePolicy: {},
      memory: place?.memory ?? null,
      members: (place && seen?.get(place.childId)?.members) ?? [],
    })
    const metadata: JsonObject = isJsonObject(definition.metadata) ? definition.metadata : {}
    const own = { stackId: token, stackName: physicalName({ stack: stackName, name, token }), projectId: project }
    const updateId = definition.nested && { updateId: definition.nested.hash }
    const pseudo = { ...own, ...updateId, ...(treeLimits && { treeLimits }) }
    const outer = Array.from({ length: depth }, () => ({ file: undefined, text: undefined }))
    const { files, environment } = record
    const standing = {
      name,
      files,
      environment,
      facade: facadeOf(definition, metadata),
      pseudo,
      outer,
      hashSecret: secretHash(sql),
      sealed: isSealed(definition, type, rows),
    }
    return declareNested(composition, standing, types)
  } catch (error) {
    if (error instanceof InvalidInput || error instanceof ProviderError) return undefined
    throw error
  }
}

/** What it depends on as that is, where all of it stays; undefined where some of it does not. */
async function inputsNow(
  { database: sql, moving }: Looking,
  stack: StackRow | undefined,
  { requires }: Definition,
): Promise<ReadonlyMap<string, InputRow> | undefined> {
  if (!stack || requires.some((name) => moving?.has(name))) return undefined
  const rows = await readInputs(
    sql,
    requires.map((name) => ({ stackId: stack.id, name })),
  )
  return new Map(rows.map((row) => [row.name, row]))
}

function propertiesFrom(
  { properties }: Definition,
  rows: ReadonlyMap<string, InputRow> | undefined,
  types: TypeRegistry,
): JsonObject | undefined {
  if (!rows) return undefined
  const inputs = inputsFrom(rows, types)
  try {
    return Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, evaluate(value, inputs)]))
  } catch (error) {
    if (error instanceof EvaluationError) return undefined
    throw error
  }
}

/** As an engine will find it: what comes from outside is secret by what it is given, too, and all inside is sealed then. */
function isSealed(
  definition: Definition,
  type: ResourceType,
  rows: ReadonlyMap<string, InputRow> = new Map(),
): boolean {
  const secret = secretByType(definition, type)
  return (secretPartsOf({ ...definition, ...(secret && { secret }) }, rows)?.length ?? 0) > 0
}
