// Claiming: an engine takes rows that are due, together with all it needs in order to decide about them. The rows stay
// locked until the transaction ends, in which the decision is written as well: so a row is rewritten once per claim.
import type { VersionState } from '../graph/decide.js'
import type { Observation } from '../graph/observed.js'
import type { Stage } from '../graph/stage.js'
import type { Json, JsonObject } from '../lib/json.js'
import { isSealed } from '../lib/vault.js'
import type { Nesting } from '../template/definition.js'
import type { Hook, HookRule } from '../template/hooks.js'
import { PREFER_KEYS, type Sql } from './database.js'
import type { Farewell } from './farewells.js'
import { keyed } from './prepared.js'
import { dataPlace, definitionPlace, type Opened, openRows } from './sealing.js'
import type { OnFailure, StackAction } from './stacks.js'
import type { DefinitionBody } from './templates.js'

export interface StackWork {
  readonly id: number
  readonly traversal: number
  readonly stage: Stage
  readonly action: StackAction
  readonly onFailure: OnFailure
  readonly failed: boolean
  /** The outermost stack that it is nested in; null where it is nested in nothing. */
  readonly rootId: number | null
  /** Something can be claimed now. */
  readonly due: boolean
  /** Some engine is at work, or something will become due. Without it, the traversal may be at its end. */
  readonly active: boolean
  /** Seconds until the next row becomes due; null when none is waiting for time to pass. */
  readonly nextDueSeconds: number | null
}

/**
 * From here to the end of the transaction the planner joins by looking keys up. A turn's statements touch few rows of
 * tables that may hold millions and whose statistics, just after a command, say nothing of them.
 */
export async function preferKeys(sql: Sql): Promise<void> {
  await sql.query(PREFER_KEYS)
}

const IS_QUEUED = `r.state in ('ready', 'parked')
         and (r.state = 'parked' or (r.traversal = s.traversal and (not s.failed or s.on_failure = 'continue')))`

/**
 * All stacks in progress, with what an engine wants to know before it goes to work on one. Whether something is due is looked for
 * from the newest back: the oldest entries of the queue are those of rows that have been claimed, dead until somebody cleans up.
 */
export async function findWork(sql: Sql): Promise<StackWork[]> {
  return sql.query(
    `select s.id, s.traversal, s.stage, s.action, s.on_failure as "onFailure", s.failed, s.root_id as "rootId",
       newest.due_at is not null as due,
       newest.due_at is not null or next.due_at is not null
         or exists (select from isotherm.resources r where r.stack_id = s.id and r.state = 'running') as active,
       extract(epoch from coalesce(newest.due_at, next.due_at) - isotherm.clock())::float8 as "nextDueSeconds"
     from isotherm.stacks s
     cross join lateral (
       select max(r.due_at) as due_at from isotherm.resources r
       where r.stack_id = s.id and ${IS_QUEUED} and r.due_at <= isotherm.clock()
     ) newest
     cross join lateral (
       select min(r.due_at) as due_at from isotherm.resources r
       where newest.due_at is null and r.stack_id = s.id and ${IS_QUEUED} and r.due_at > isotherm.clock()
     ) next
     where s.status = 'IN_PROGRESS'
     order by s.id`,
  )
}

export interface ClaimedRow extends VersionState, Opened {
  readonly stackId: number
  readonly stackUid: string
  readonly stackName: string
  readonly project: string
  /** The trace of the running traversal, if this row belongs to it. */
  readonly traceparent: string | null
  readonly stackTraversal: number
  readonly stackAction: StackAction
  readonly name: string
  readonly token: string
  readonly current: boolean
  readonly fence: number
  readonly attempt: number
  readonly traversal: number
  readonly phase: Stage | null
  readonly awaiting: number
  readonly tells: readonly number[]
  readonly requires: readonly number[]
  readonly retain: boolean
  /** It may be suspended: it is resumed before anything else is done to it. */
  readonly suspended: boolean
  /** Seconds since the action under way began; null when none is. */
  readonly elapsedSeconds: number | null
  /** Nobody wants this stack's operations any more. */
  readonly halted: boolean
  readonly attributes: JsonObject | null
  readonly privateData: Json
  readonly intent: Intent | null
  readonly handle: Handle | null
  /** Why somebody has begun to cancel the pending operation; null when nobody has. */
  readonly cancelling: string | null
  /** What the last check found. */
  readonly observed: Observation | null
  /** The wanted definition; null in clean-up, and of most rows that are visited. */
  readonly definition: DefinitionBody | null
  readonly definitionHash: string | null
  /** Of the definition it was last brought to. */
  readonly lastDefinitionHash: string | null
  /** Names. */
  readonly definitionRequires: readonly string[]
  readonly hookRules: readonly HookRule[] | null
  /** The last hook that was cleared for it in this traversal. */
  readonly hookPassed: Hook | null
  /** Of what is to go, or is only visited: what templates say of its deletion, and of the time that things may take. */
  readonly farewell?: Pick<Farewell, 'limits' | 'keepFirst'>
}

/** What an action under way is to bring about, recorded so that whoever takes it over knows. */
export interface Intent {
  readonly properties: JsonObject
  readonly metadata: Json
  readonly definitionHash: string
  readonly retain: boolean
  readonly requires: readonly number[]
  /** The parts that must not be seen, for example `properties.password`; what has any is sealed. */
  readonly secret?: readonly string[]
  /** The physical id of what is to be taken over: whoever gives up leaves it alone. */
  readonly adopts?: string
  /** Of a composite. */
  readonly nested?: Nesting & { readonly updatePolicy: JsonObject }
}

/** An operation that is pending, and for which traversal and phase it was begun: only there does its end tell others. */
export interface Handle {
  readonly operation: Json
  /** What was asked of the provider, where that is not the row's own action. */
  readonly of: 'create' | 'update' | 'delete' | 'check' | 'suspend' | 'resume' | 'snapshot'
  readonly mend: boolean
  readonly traversal: number
  readonly phase: Stage | null
}

/** What a claim reads of a row `r` of a stack `s`. */
const CLAIMED = `r.stack_id as "stackId", s.uid as "stackUid", s.name as "stackName", s.project,
  case when r.traversal = s.traversal then s.traceparent end as traceparent, s.traversal as "stackTraversal",
  s.action as "stackAction", s.failed and s.on_failure <> 'continue' as halted,
  r.id, r.name, r.type, r.token, r.current, r.action, r.status, r.state, r.physical_id as "physicalId",
  r.properties_hash as "propertiesHash", coalesce(x.properties, x.intent->'properties') as properties,
  r.fence, r.attempt, r.traversal, r.phase, r.awaiting, r.tells, r.requires, r.retain, r.suspended,
  extract(epoch from isotherm.clock() - r.began_at)::float8 as "elapsedSeconds",
  x.attributes, x.private as "privateData", x.intent, x.handle, x.cancelling, x.observed,
  d.body as definition, d.hash as "definitionHash",
  r.definition_hash as "lastDefinitionHash", coalesce(d.requires, '{}') as "definitionRequires",
  s.hooks as "hookRules", case when r.hook_cleared and r.hook_at = r.traversal then r.hook end as "hookPassed"`

/**
 * With nothing where there can be nothing, so that it is not looked for: no action has begun, nothing is wanted. What stays in the
 * world may be only referred to, and its definition says so.
 */
const BESIDE = `left join isotherm.resource_data x on x.stack_id = r.stack_id and x.id = case when r.action <> 'INIT' then r.id end
  left join isotherm.definitions d on d.stack_id = r.stack_id and d.until = 2147483647
    and d.name = case when r.phase = 'update' or (r.phase = 'visit' and r.retain) then r.name end`

/**
 * Takes up to `limit` rows of each stack that are due, stack by stack until there are `all`; those of a stack that has failed are
 * left alone, unless it goes on all the same. `skip locked` lets engines claim side by side; the caller holds
 * the stacks shared, so the traversal that is read here is the one in force until the transaction ends. What is asked of a stack is
 * asked beside its rows: next to its key, the planner took it for a better way to find the few stacks that it expected. With
 * `offset 0` what is read of a stack is read once, and not for each of its rows.
 */
export async function claimRows(
  sql: Sql,
  stacks: readonly { readonly stackId: number; readonly limit: number }[],
  all: number | null = null,
): Promise<ClaimedRow[]> {
  const open = stacks.filter(({ limit }) => limit > 0)
  if (open.length === 0) return []
  const rows = await sql.query<ClaimedRow>(
    keyed(`select ${CLAIMED}
     from (
       select s.*, p.name as project, wanted.rows from unnest($1::int[], $2::int[]) as wanted(id, rows)
       join isotherm.stacks s on s.id = wanted.id join isotherm.projects p on p.id = s.project_id offset 0
     ) s
     cross join lateral (
       select * from isotherm.resources r
       where s.status = 'IN_PROGRESS' and r.stack_id = s.id and r.state in ('ready', 'parked') and r.due_at <= isotherm.clock()
         and (r.state = 'parked' or (r.traversal = s.traversal and (not s.failed or s.on_failure = 'continue')))
       order by r.due_at limit s.rows for no key update skip locked
     ) r
     ${BESIDE}
     limit $3`),
    [open.map(({ stackId }) => stackId), open.map(({ limit }) => limit), all],
  )
  return openClaimed(sql, rows)
}

async function openClaimed(sql: Sql, rows: readonly ClaimedRow[]): Promise<ClaimedRow[]> {
  return openData(sql, await openDefinitions(sql, rows), [
    'properties',
    'attributes',
    'privateData',
    'intent',
    'handle',
    'observed',
  ])
}

export interface EarlierVersion extends VersionState, Opened {
  readonly stackId: number
  readonly name: string
  readonly fence: number
  readonly token: string
  readonly requires: readonly number[]
  readonly suspended: boolean
  readonly attributes: JsonObject | null
  readonly privateData: Json
  readonly intent: Intent | null
  readonly observed: Observation | null
}

/** Other living versions of the names: locked, for one of them may be chosen. Rarely any. */
export async function readEarlierVersions(
  sql: Sql,
  names: readonly { stackId: number; name: string }[],
): Promise<EarlierVersion[]> {
  if (names.length === 0) return []
  const rows = await sql.query<EarlierVersion>(
    keyed(`select r.stack_id as "stackId", r.id, r.name, r.type, r.token, r.action, r.status, r.state, r.fence, r.requires, r.suspended,
       r.physical_id as "physicalId", r.properties_hash as "propertiesHash",
       coalesce(x.properties, x.intent->'properties') as properties, x.attributes, x.private as "privateData", x.intent, x.observed
     from unnest($1::int[], $2::text[]) as wanted(stack_id, name)
     join isotherm.resources r on r.stack_id = wanted.stack_id and r.name = wanted.name and not r.current
     left join isotherm.resource_data x on x.stack_id = r.stack_id and x.id = r.id
     order by r.stack_id, r.id desc
     for no key update of r`),
    [names.map(({ stackId }) => stackId), names.map(({ name }) => name)],
  )
  return openData(sql, rows, ['properties', 'attributes', 'privateData', 'intent', 'observed'])
}

export interface InputRow extends Opened {
  readonly stackId: number
  readonly name: string
  readonly id: number
  readonly type: string
  readonly physicalId: string | null
  readonly properties: JsonObject | null
  readonly attributes: JsonObject | null
  readonly privateData: Json
}

/** The predecessors' rows, from which inputs are read. They have settled, so they do not move under us. */
export async function readInputs(sql: Sql, names: readonly { stackId: number; name: string }[]): Promise<InputRow[]> {
  if (names.length === 0) return []
  const rows = await sql.query<InputRow>(
    keyed(`select r.stack_id as "stackId", r.name, r.id, r.type, r.physical_id as "physicalId", x.properties, x.attributes,
       x.private as "privateData"
     from unnest($1::int[], $2::text[]) as wanted(stack_id, name)
     join isotherm.resources r on r.stack_id = wanted.stack_id and r.name = wanted.name and r.current
     left join isotherm.resource_data x on x.stack_id = r.stack_id and x.id = r.id`),
    [names.map(({ stackId }) => stackId), names.map(({ name }) => name)],
  )
  return openData(sql, rows, ['properties', 'attributes', 'privateData'])
}

/** The things that a row requires, for types whose operation looks at its peers. */
export async function readRequired(sql: Sql, stackId: number, id: number): Promise<InputRow[]> {
  const rows = await sql.query<InputRow>(
    `select p.stack_id as "stackId", p.name, p.id, p.type, p.physical_id as "physicalId", x.properties, x.attributes,
       x.private as "privateData"
     from isotherm.resources r
     join isotherm.resources p on p.stack_id = r.stack_id and p.id = any(r.requires)
     left join isotherm.resource_data x on x.stack_id = p.stack_id and x.id = p.id
     where r.stack_id = $1 and r.id = $2`,
    [stackId, id],
  )
  return openData(sql, rows, ['properties', 'attributes', 'privateData'])
}

interface WideRow extends Opened {
  readonly stackId: number
  readonly id: number
  readonly properties: JsonObject | null
  readonly intent?: Intent | null
}

/** Opens the wide columns. Properties that only the intent tells lay sealed inside it, where SQL could not see them. */
export async function openData<R extends WideRow>(
  sql: Sql,
  rows: readonly R[],
  columns: readonly (keyof R & string)[],
): Promise<R[]> {
  const opened = await openRows(sql, rows, { columns, placeOf: dataPlace })
  return opened.map((row) =>
    row.secret && row.properties === null && row.intent ? { ...row, properties: row.intent.properties } : row,
  )
}

/** A definition says itself what of it is secret. */
async function openDefinitions(sql: Sql, rows: readonly ClaimedRow[]): Promise<ClaimedRow[]> {
  if (!rows.some(({ definition }) => isSealed(definition))) return [...rows]
  const opened = await openRows(sql, rows, {
    columns: ['definition'],
    placeOf: ({ stackId, name, definitionHash }) => definitionPlace(stackId, name, definitionHash ?? ''),
  })
  return opened.map(({ secret: _, ...row }) => row)
}
