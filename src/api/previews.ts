// What commands would do, told beforehand: `up`, `patch`, and the ways back: `down`, `rollback`, and to a snapshot.
import { emptyTemplate } from '../engine/converge.js'
import { declare, type HashSecret } from '../engine/declare/declare.js'
import { warned } from '../engine/declare/doubtful.js'
import { StackTypes } from '../engine/declare/template-types.js'
import type { StackRow } from '../store/stacks.js'
import { readAllDefinitionsAt, readTemplate, type StoredDefinition } from '../store/templates.js'
import type { Template } from '../template/definition.js'
import { lookFirst } from './actions.js'
import type { Desk } from './desk.js'
import { type StackRef, seekStack } from './find.js'
import { refuseImmutable } from './immutable.js'
import type { DeclareOptions, PatchOptions, UpOptions } from './options.js'
import { patchedTemplate } from './patch.js'
import type { Preview } from './preview.js'
import { nothing, previewTree } from './preview-nested.js'
import { keptIn } from './snapshots.js'
import { checkStackName } from './stack-name.js'

/** Throws InvalidInput. */
export async function previewUp(
  desk: Desk,
  options: DeclareOptions & Pick<UpOptions, 'convergeReality'>,
  hash: HashSecret,
): Promise<Preview> {
  const { parts } = desk
  checkStackName(options.stack)
  if (options.convergeReality) await lookFirst(desk, options.stack)
  const known = await seekStack(parts, options.stack)
  const uid = known?.uid ?? parts.world.newId()
  return foretell(
    desk,
    known,
    options,
    await declare(options, parts.types, desk.pseudo(options.stack, uid, known), hash),
  )
}

/** Of what has been declared for a stack, or for one that is not there yet. */
export async function foretell(
  { parts }: Desk,
  known: StackRow | undefined,
  options: DeclareOptions,
  declared: Awaited<ReturnType<typeof declare>>,
): Promise<Preview> {
  if (known) await refuseImmutable(parts.database, known, declared.template)
  return { ...(await previewTree(parts, known, options.stack, declared)), ...warned(options, declared) }
}

/** Throws NotFound, InvalidInput. */
export async function previewPatch(
  desk: Desk,
  ref: StackRef,
  options: Pick<PatchOptions, 'resources'>,
): Promise<Preview> {
  const stack = await desk.get(ref)
  const { definitions, warnings } = await patchedTemplate(desk, stack, options)
  const foretold = await foretellStored(desk, stack, definitions, stack.templateTraversal)
  return { ...foretold, ...(warnings.length > 0 && { warnings }) }
}

/** Throws NotFound. */
export async function previewDown(desk: Desk, ref: StackRef): Promise<Preview> {
  const stack = await desk.get(ref)
  return previewTree(desk.parts, stack, stack.name, nothing)
}

/** Throws NotFound. */
export async function previewRollback(desk: Desk, ref: StackRef): Promise<Preview> {
  const stack = await desk.get(ref)
  const target = stack.completeTraversal ?? 0
  return foretellStored(desk, stack, await readAllDefinitionsAt(desk.parts.database, stack.id, target), target)
}

/** Throws NotFound, InvalidInput when the snapshot is not complete. */
export async function previewRestore(desk: Desk, ref: StackRef, snapshot: string): Promise<Preview> {
  const stack = await desk.get(ref)
  const { database, types } = desk.parts
  const { templateTraversal, laid } = await keptIn(database, stack, snapshot, types)
  const there = await readAllDefinitionsAt(database, stack.id, templateTraversal)
  return foretellStored(desk, stack, [...there, ...laid], templateTraversal)
}

/** @param definitions of one name the last counts. @param traversal whose template they are of; 0: of none */
async function foretellStored(
  { parts }: Desk,
  stack: StackRow,
  definitions: readonly StoredDefinition[],
  traversal: number,
): Promise<Preview> {
  const record = (await readTemplate(parts.database, stack.id, traversal)) ?? emptyTemplate
  const { description, parameters, outputs } = record
  const resources = new Map(definitions.map(({ name, requires, body }) => [name, { ...body, requires }]))
  const template: Template = { description, parameters, resources, outputs, placeOf: () => undefined }
  const wanted = new Map(definitions.map((definition) => [definition.name, definition]))
  const types = new StackTypes(parts.types, record.files)
  return previewTree(parts, stack, stack.name, { template, definitions: wanted, types, record })
}
