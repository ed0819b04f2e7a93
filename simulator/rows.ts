// All rows of the database at one moment, read in one statement: what the invariants are checked on.
import type { Json, JsonObject } from '../src/lib/json.js'
import type { Database } from '../src/store/database.js'
import type { Hook, HookRule } from '../src/template/hooks.js'

export interface StackView {
  readonly id: number
  readonly project_id: number
  readonly uid: string
  readonly name: string
  readonly action: string
  readonly status: string
  readonly reason: string
  readonly traversal: number
  readonly template_traversal: number
  readonly complete_traversal: number | null
  readonly stage: string | null
  readonly on_failure: string
  readonly failed: boolean
  readonly deleted_at: string | null
  readonly parent_id: number | null
  readonly parent_resource: number | null
  readonly hooks: readonly HookRule[] | null
  readonly tree_resources_max: number | null
}

export interface ResourceView {
  readonly stack_id: number
  readonly id: number
  readonly name: string
  readonly type: string
  readonly token: string
  readonly current: boolean
  readonly physical_id: string | null
  readonly action: string
  readonly status: string
  readonly reason: string | null
  readonly retain: boolean
  readonly requires: readonly number[]
  readonly traversal: number
  readonly phase: 'visit' | 'update' | 'cleanup' | null
  readonly stale: boolean
  readonly suspended: boolean
  readonly awaiting: number
  readonly tells: readonly number[]
  readonly state: string
  readonly engine_id: string | null
  readonly fence: number
  readonly attempt: number
  readonly due_at: string | null
  readonly definition_hash: string | null
  readonly hook: Hook | null
  readonly hook_at: number | null
  readonly hook_cleared: boolean
}

export interface DefinitionView {
  readonly stack_id: number
  readonly name: string
  readonly hash: string
  readonly since: number
}

export interface SnapshotView {
  readonly stack_id: number
  readonly id: string
  readonly name: string
  readonly traversal: number
  readonly status: string
  readonly resources: readonly SnapshotResourceView[]
}

interface SnapshotResourceView {
  readonly name: string
  readonly type: string
  readonly physical_id: string | null
  readonly data: Json
}

export interface EventView {
  readonly id: number
  readonly stack_id: number
  readonly traversal: number
  readonly resource_id: number | null
  readonly name: string
  readonly action: string
  readonly status: string
  readonly reason: string | null
}

/** Of a resource, what its type has noted and tells; null of simulated types, of which the far side knows it. */
interface DataView {
  readonly stack_id: number
  readonly id: number
  readonly handle: unknown
  readonly properties: JsonObject | null
  readonly attributes: JsonObject | null
  readonly private: Json
}

export interface Rows {
  readonly projects: readonly { readonly id: number; readonly name: string }[]
  readonly stacks: readonly StackView[]
  readonly resources: readonly ResourceView[]
  readonly engines: readonly { readonly id: string; readonly heartbeat_at: string }[]
  /** Those in force. */
  readonly definitions: readonly DefinitionView[]
  readonly data: readonly DataView[]
  readonly snapshots: readonly SnapshotView[]
  /** Those of the last transaction alone. */
  readonly events: readonly EventView[]
}

export const noRows: Rows = {
  projects: [],
  stacks: [],
  resources: [],
  engines: [],
  definitions: [],
  data: [],
  snapshots: [],
  events: [],
}

const READ = `select
  (select coalesce(json_agg(json_build_object('id', p.id, 'name', p.name)), '[]') from isotherm.projects p) as projects,
  (select coalesce(json_agg(s order by s.id), '[]') from isotherm.stacks s) as stacks,
  (select coalesce(json_agg(r order by r.stack_id, r.id), '[]') from isotherm.resources r) as resources,
  (select coalesce(json_agg(json_build_object('id', e.id, 'heartbeat_at', e.heartbeat_at)), '[]') from isotherm.engines e) as engines,
  (select coalesce(json_agg(json_build_object('stack_id', d.stack_id, 'name', d.name, 'hash', d.hash, 'since', d.since)), '[]')
     from isotherm.definitions d where d.until = 2147483647) as definitions,
  (select coalesce(json_agg(json_build_object('stack_id', x.stack_id, 'id', x.id, 'handle', x.handle, 'properties', said.properties,
     'attributes', said.attributes, 'private', said.private)), '[]')
     from isotherm.resource_data x left join lateral (
       select x.properties, x.attributes, x.private from isotherm.resources r
       where r.stack_id = x.stack_id and r.id = x.id and r.type like 'OS::Heat::%') said on true) as data,
  (select coalesce(json_agg(json_build_object('stack_id', k.stack_id, 'id', k.id, 'name', k.name, 'traversal', k.traversal,
     'status', k.status, 'resources', (select coalesce(json_agg(c), '[]') from isotherm.snapshot_resources c
       where c.stack_id = k.stack_id and c.snapshot_id = k.id))), '[]')
     from isotherm.snapshots k) as snapshots,
  (select coalesce(json_agg(json_build_object('id', e.id, 'stack_id', e.stack_id, 'traversal', e.traversal,
     'resource_id', e.resource_id, 'name', e.name, 'action', e.action, 'status', e.status, 'reason', e.reason) order by e.id), '[]')
     from isotherm.events e where e.id > $1) as events`

/** @param after the last event that was read before. */
export async function readRows(database: Database, after: number): Promise<Rows> {
  const [rows] = await database.query<Rows>(READ, [after])
  return rows ?? noRows
}

const TABLES = [
  'snapshot_resources',
  'snapshots',
  'watches',
  'events',
  'definitions',
  'templates',
  'resource_data',
  'resources',
  'engines',
  'stacks',
  'projects',
]

/** An empty database again, with ids from one: quicker than opening a new one. */
export async function emptyTables(database: Database): Promise<void> {
  await database.script(`truncate ${TABLES.map((table) => `isotherm.${table}`).join(', ')} restart identity cascade;
    alter sequence isotherm.resource_ids restart`)
}

/** What waits at a hook, with the name of its stack. */
export function heldAtHooks(rows: Rows): (Place & { name: string; hook: Hook })[] {
  const running = new Map(rows.stacks.flatMap((one) => (one.status === 'IN_PROGRESS' ? [[one.id, one] as const] : [])))
  return rows.resources.flatMap(({ stack_id, name, state, traversal, hook, hook_at, hook_cleared }) => {
    const stack = running.get(stack_id)
    const held = state === 'waiting' && !hook_cleared && hook_at === traversal && traversal === stack?.traversal
    return stack && held && hook ? [{ ...placeOf(stack, rows), name, hook }] : []
  })
}

/** How commands name it. */
export function placeOf({ name, project_id }: StackView, { projects }: Rows): Place {
  const project = projects.find(({ id }) => id === project_id)?.name
  return { stack: name, ...(project !== undefined && { project }) }
}

/** Where a stack is. */
export interface Place {
  readonly stack: string
  readonly project?: string
}

export const placeText = ({ project = DEFAULT_PROJECT, stack }: Place): string => `${project}/${stack}`

export const DEFAULT_PROJECT = 'default'
