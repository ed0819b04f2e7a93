// Snapshots of a stack, and the way back to one: an ordinary update to its template, in which types that kept something lay
// it over their properties.

import { converge, emptyTemplate } from '../engine/converge.js'
import { laidOver } from '../engine/declare/restore.js'
import { visitStack } from '../engine/visit.js'
import type { Json } from '../lib/json.js'
import { InvalidInput } from '../lib/problem.js'
import type { TypeRegistry } from '../provider/registry.js'
import type { Sql, Transaction } from '../store/database.js'
import { Declaration } from '../store/declaration.js'
import { secretHash } from '../store/keyring.js'
import {
  insertSnapshot,
  readSnapshotResources,
  readSnapshots,
  removeSnapshot,
  type SnapshotRow,
} from '../store/snapshots.js'
import { lockStack, type StackRow } from '../store/stacks.js'
import { readDefinitionsAt, readDefinitionsToRestore, readTemplate, type StoredDefinition } from '../store/templates.js'
import { certainly } from './command.js'
import type { Desk } from './desk.js'
import { NotFound, type StackRef } from './find.js'
import { HIDDEN } from './hidden.js'
import type { ActionOptions } from './options.js'
import type { Run } from './run.js'

export interface SnapshotView {
  /** UUID. */
  readonly id: string
  readonly name: string
  readonly status: 'IN_PROGRESS' | 'COMPLETE' | 'FAILED'
  readonly reason: string
  readonly createdAt: string
}

export interface SnapshotDetail extends SnapshotView {
  readonly resources: readonly {
    readonly name: string
    readonly type: string
    readonly physicalId: string | null
    /** What its type kept; null when nothing. */
    readonly data: Json
  }[]
}

export interface SnapshotOptions extends ActionOptions {
  /** For people. Default: the moment. */
  readonly name?: string
}

export interface RestoreOptions extends ActionOptions {
  /** What a failure asks for. Default `rollback`. */
  readonly onFailure?: 'rollback' | 'stop' | 'continue'
}

export async function takeSnapshot(
  desk: Desk,
  name: StackRef,
  options: SnapshotOptions,
): Promise<{ readonly id: string; readonly run: Run }> {
  const id = desk.parts.world.newId()
  const run = await desk.commandOn(name, (sql, stack) => beginSnapshot(sql, stack, id, options))
  return { id, run }
}

/** The command itself. The caller holds the stack's lock. Throws InvalidInput while something is under way. */
export async function beginSnapshot(sql: Sql, stack: StackRow, id: string, options: SnapshotOptions): Promise<void> {
  if (stack.status === 'IN_PROGRESS') throw underWay(stack)
  const { traversal, templateTraversal } = stack
  const title = options.name ?? `${stack.name}-${traversal + 1}`
  if (title.trim() === '' || title.length > NAME_LENGTH_MAX) throw misnamed()
  await insertSnapshot(sql, stack.id, { id, name: title, traversal: traversal + 1, templateTraversal })
  await visitStack(sql, stack, { action: 'SNAPSHOT', timeoutSeconds: options.timeoutSeconds })
}

const NAME_LENGTH_MAX = 255

const misnamed = () =>
  new InvalidInput([
    {
      path: 'name',
      message: `a snapshot is named with 1 to ${NAME_LENGTH_MAX} characters, not all of them blanks`,
      hint: 'leave the name out: it is then named after its stack',
    },
  ])

const underWay = ({ name, action, status }: StackRow) =>
  new InvalidInput([
    {
      path: '',
      message: `stack ${name} is ${action}_${status}: a snapshot of what is half done would be none`,
      hint: 'wait for its end',
    },
  ])

export async function listSnapshots(desk: Desk, name: StackRef): Promise<SnapshotView[]> {
  const stack = await desk.get(name)
  return (await readSnapshots(desk.parts.database, stack.id)).map(viewOf)
}

/** Throws NotFound. */
export async function showSnapshot(desk: Desk, name: StackRef, id: string): Promise<SnapshotDetail> {
  const stack = await desk.get(name)
  const row = await getSnapshot(desk.parts.database, stack, id)
  const resources = await readSnapshotResources(desk.parts.database, stack.id, row.id)
  return {
    ...viewOf(row),
    resources: resources.map(({ name: resource, type, physicalId, data, secret }) => ({
      name: resource,
      type,
      physicalId,
      data: secret && data !== null ? HIDDEN : data,
    })),
  }
}

/** Forgets it; what its types keep elsewhere is theirs. Throws NotFound. */
export async function forgetSnapshot(desk: Desk, name: StackRef, id: string): Promise<void> {
  const stack = await desk.get(name)
  await certainly(desk.parts, async (sql, note) => {
    await lockStack(sql, stack.id)
    await note(stack.id)
    const row = await getSnapshot(sql, stack, id)
    await removeSnapshot(sql, stack.id, row.id)
  })
}

/** Throws NotFound, or InvalidInput when the snapshot is not complete. */
export function restoreSnapshot(desk: Desk, name: StackRef, id: string, options: RestoreOptions): Promise<Run> {
  return desk.commandOn(name, (sql, stack) => beginRestore(sql, stack, { id, ...options }, desk.parts.types))
}

/** The command itself. The caller holds the stack's lock. Throws NotFound, InvalidInput. */
export async function beginRestore(
  sql: Transaction,
  stack: StackRow,
  { id, onFailure = 'rollback', timeoutSeconds }: RestoreOptions & { readonly id: string },
  types: TypeRegistry,
): Promise<void> {
  const { templateTraversal, laid } = await keptIn(sql, stack, id, types)
  await converge(sql, stack, {
    action: 'RESTORE',
    // What was written since, past everybody, is to go too.
    stage: 'visit',
    onFailure,
    timeoutSeconds,
    template: (await readTemplate(sql, stack.id, templateTraversal)) ?? emptyTemplate,
    definitions: { kind: 'delta', ...(await differences(sql, stack, templateTraversal, laid)) },
  })
}

/** The template that a snapshot goes back to, and those of its definitions over which something is laid that was kept. */
export async function keptIn(
  sql: Sql,
  stack: StackRow,
  ref: string,
  types: TypeRegistry,
): Promise<{ readonly templateTraversal: number; readonly laid: readonly StoredDefinition[] }> {
  const { templateTraversal, id, name, status, reason } = await getSnapshot(sql, stack, ref)
  if (status !== 'COMPLETE') {
    const message = `snapshot ${name} is ${status}: ${reason || 'it is still being taken'}`
    throw new InvalidInput([{ path: '', message }])
  }
  const kept = await readSnapshotResources(sql, stack.id, id)
  const held = new Map(kept.filter(({ data }) => data !== null).map((resource) => [resource.name, resource]))
  const hash = secretHash(sql)
  const definitions = await readDefinitionsAt(sql, stack.id, templateTraversal, [...held.keys()])
  const laid = definitions.flatMap((definition) => {
    const resource = held.get(definition.name)
    // The template may have said already that it is to become something else.
    return resource?.type === definition.body.type ? (laidOver(definition, resource, types, hash) ?? []) : []
  })
  return { templateTraversal, laid }
}

async function differences(
  sql: Sql,
  stack: StackRow,
  traversal: number,
  laid: readonly StoredDefinition[],
): Promise<{ put: Declaration; removed: string[] }> {
  const restored = await readDefinitionsToRestore(sql, stack.id, traversal)
  const put = new Map(restored.flatMap(({ name, earlier }) => (earlier ? [[name, earlier] as const] : [])))
  for (const definition of laid) put.set(definition.name, definition)
  const removed = restored.flatMap(({ name, earlier }) => (earlier ? [] : [name]))
  return { put: Declaration.of(put.values()), removed }
}

async function getSnapshot(sql: Sql, stack: StackRow, ref: string): Promise<SnapshotRow> {
  const all = await readSnapshots(sql, stack.id)
  const found = all.find(({ id }) => id === ref) ?? all.findLast(({ name }) => name === ref)
  if (found) return found
  const known = all.map(({ name }) => name).join(', ') || 'none'
  throw new NotFound(`stack ${stack.name} has no snapshot ${ref}; there are: ${known}`)
}

const viewOf = ({ id, name, status, reason, createdAt }: SnapshotRow): SnapshotView => ({
  id,
  name,
  status,
  reason,
  createdAt: createdAt.toISOString(),
})
