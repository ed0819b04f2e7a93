// What is written about a stack whose turns fail: that they do, that they do no longer, and that it is given up. Each names the
// traversal that it was seen in, and says nothing of a stack that has come to rest since.
import type { Sql } from './database.js'

/** How what is told of a stack begins, as long as its turns fail. */
const FAILING = 'the engine cannot go on, and tries again'
const MENDED = 'the engine goes on'

/** Of a stack `s`: what was told last. */
const newest = (which: string) => `(select e.reason from isotherm.events e where e.stack_id = s.id and ${which}
       order by e.xact desc, e.id desc limit 1)`
const OF_ANYTHING = newest('true')
const OF_ITSELF = newest('e.resource_id is null')

/**
 * What was told last of a stack `s` in progress, if that is that its turns fail. One look into the events' index; of a stack at
 * rest, none.
 */
export const TOLD_FAILING = `left join lateral (
    select e.reason, extract(epoch from isotherm.clock() - e.at)::float8 as ago, e.at from isotherm.events e
    where e.stack_id = s.id and s.status = 'IN_PROGRESS' order by e.xact desc, e.id desc limit 1
  ) told on starts_with(told.reason, '${FAILING}')`
const LIVING_SECONDS = 30
export const FAILING_COLUMNS = `told.reason as "failingReason", told.at as "failingToldAt", told.ago as "failingToldSeconds",
  told.at is not null and exists (select from isotherm.engines
    where heartbeat_at > isotherm.clock() - interval '${LIVING_SECONDS} s') as "failingTried"`

export interface FailingColumns {
  readonly failingReason: string | null
  readonly failingToldAt: Date | null
  readonly failingToldSeconds: number | null
  /** There is an engine that may try it again. */
  readonly failingTried: boolean
}

/** What stands in an event's reason: how many failures in a row there had been, and what they were. */
export function failuresIn(reason: string): { readonly failures: number; readonly why: string } {
  const [, failures = '1', why = ''] = /^[^(]*\((\d+) failures\): (.*)$/s.exec(reason) ?? []
  return { failures: Number(failures), why }
}

/** That a stack's turns fail, or those of a stack nested in it: the outermost that there is. Stacks at rest are not gone into. */
export async function readFailingWithin(
  sql: Sql,
  stackId: number,
  { nested }: { readonly nested: boolean },
): Promise<(FailingColumns & { readonly name: string }) | undefined> {
  const [found] = await sql.query<FailingColumns & { readonly name: string }>(
    `with recursive tree as (
       select s.id, s.name, s.status, 0 as depth from isotherm.stacks s where s.id = $1 and s.status = 'IN_PROGRESS'
       union all
       select c.id, c.name, c.status, tree.depth + 1 from tree
       join isotherm.stacks c on $2 and c.parent_id = tree.id and c.deleted_at is null and c.status = 'IN_PROGRESS'
     )
     select s.name, ${FAILING_COLUMNS} from tree s ${TOLD_FAILING} where told.at is not null order by s.depth, s.id limit 1`,
    [stackId, nested],
  )
  return found
}

/** Told again only when something else has happened since, by however many engines it is found. The caller holds the stack shared. */
export async function tellFailing(
  sql: Sql,
  { stackId, traversal, failures, why }: { stackId: number; traversal: number; failures: number; why: string },
): Promise<void> {
  await sql.query(
    `insert into isotherm.events (stack_id, traversal, name, action, status, reason)
     select s.id, s.traversal, s.name, s.action, s.status, $3 from isotherm.stacks s
     where s.id = $1 and s.traversal = $2 and s.status = 'IN_PROGRESS'
       and starts_with(${OF_ANYTHING}, $4) is not true and ${OF_ITSELF} is distinct from $3`,
    [stackId, traversal, `${FAILING} (${failures} failures): ${why}`, FAILING],
  )
}

/** Only after the other. The caller holds the stack shared. */
export async function tellMended(sql: Sql, stackId: number): Promise<void> {
  await sql.query(
    `insert into isotherm.events (stack_id, traversal, name, action, status, reason)
     select s.id, s.traversal, s.name, s.action, s.status, $2 from isotherm.stacks s
     where s.id = $1 and s.status = 'IN_PROGRESS' and starts_with(${OF_ITSELF}, $3)`,
    [stackId, MENDED, FAILING],
  )
}

export interface GivingUp {
  readonly stackId: number
  readonly traversal: number
  readonly engineId: string
  readonly failingSeconds: number
  readonly why: string
}

/**
 * The traversal has failed, and goes nowhere from here by itself: a rollback would be made by the same engines. Not while another
 * engine is at work on it or has been since this one could not: it may be this one that something is wrong with. What this
 * engine holds stays held, so a stack in which something did happen that cannot be recorded does not come to rest without it.
 * The caller holds the stack shared. @returns whether it was given up.
 */
export async function giveUp(
  sql: Sql,
  { stackId, traversal, engineId, failingSeconds, why }: GivingUp,
): Promise<boolean> {
  const rows = await sql.query(
    `with given_up as (
       update isotherm.stacks s
       set failed = true, on_failure = 'stop', reason = case when s.failed then s.reason || '; ' else '' end || $4
       where s.id = $1 and s.traversal = $2 and s.status = 'IN_PROGRESS' and not (s.failed and s.on_failure = 'stop')
         and not exists (select from isotherm.resources r
           where r.stack_id = s.id and r.state = 'running' and r.engine_id <> $3::uuid)
         and not exists (select from (
           select e.at from isotherm.events e where e.stack_id = s.id and e.resource_id is not null
           order by e.xact desc, e.id desc limit 1) newest
           where newest.at > isotherm.clock() - make_interval(secs => $5::float8))
       returning s.*
     )
     insert into isotherm.events (stack_id, traversal, name, action, status, reason)
     select id, traversal, name, action, status, $4 from given_up returning stack_id`,
    [stackId, traversal, engineId, `the engine could not go on: ${why}`, failingSeconds],
  )
  return rows.length > 0
}

export interface FailingStack {
  /** With its project, where that is not the default one. */
  readonly stack: string
  readonly why: string
}

/** Stacks in progress of which was told last that their turns fail: what has brought one on since says otherwise. */
export async function readFailing(sql: Sql): Promise<FailingStack[]> {
  return sql.query(
    `select case when p.name = 'default' then s.name else p.name || '/' || s.name end as stack,
       substr(last.reason, position('): ' in last.reason) + 3) as why
     from isotherm.stacks s
     join isotherm.projects p on p.id = s.project_id
     cross join lateral (select ${OF_ANYTHING} as reason) last
     where s.status = 'IN_PROGRESS' and starts_with(last.reason, $1)
     order by s.id limit 100`,
    [FAILING],
  )
}
