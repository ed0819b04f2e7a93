// Forgetting: history that is old enough goes, in small batches, each a statement of its own that waits for nobody. What a
// rollback may still need never goes, and neither does what a stack is about at this moment.
import type { Sql } from './database.js'

/** Rows that one statement deletes at most: some milliseconds of work. */
export const BATCH = 1_000

/** @returns how far the last one came, when it falls to the caller: nobody else gets it before `restSeconds` are over. */
export async function takeDuty(sql: Sql, name: string, restSeconds: number): Promise<number | undefined> {
  const [duty] = await sql.query<{ position: number }>(
    `insert into isotherm.duties as d (name, due_at) values ($1, isotherm.clock() + make_interval(secs => $2::float8))
     on conflict (name) do update set due_at = excluded.due_at where d.due_at <= isotherm.clock() returning d.position`,
    [name, restSeconds],
  )
  return duty?.position
}

export async function leaveDuty(sql: Sql, name: string, position: number, restSeconds: number): Promise<void> {
  await sql.query(
    `update isotherm.duties set position = $2, due_at = isotherm.clock() + make_interval(secs => $3::float8)
     where name = $1`,
    [name, position, restSeconds],
  )
}

export interface RetainedStack {
  readonly id: number
  readonly deleted: boolean
  /** There may be something to forget. */
  readonly due: boolean
}

/** What a policy says, null being for ever. */
export interface RetentionLimits {
  readonly eventDays: number | null
  readonly eventsMax: number | null
  readonly templateDays: number | null
  readonly templatesMax: number | null
  readonly deletedDays: number | null
}

/**
 * The next stacks, and which of them are worth a look: in most there is nothing to forget, and to find that one by one takes five
 * transactions each. Says rather too many than too few; what goes is judged by whoever deletes it. Reads the ends of indexes, and of the
 * events no more than are to be kept.
 */
export async function readStacksAfter(
  sql: Sql,
  position: number,
  count: number,
  { eventDays, eventsMax, templateDays, templatesMax, deletedDays }: RetentionLimits,
): Promise<RetainedStack[]> {
  return sql.query(
    `with looked as materialized (
       select s.id, s.deleted_at, s.project_id, p.events_per_stack_max
       from isotherm.stacks s join isotherm.projects p on p.id = s.project_id where s.id > $1 order by s.id limit $2
     )
     select l.id, l.deleted_at is not null as deleted,
       case when l.deleted_at is not null then coalesce(l.deleted_at < isotherm.clock() - make_interval(secs => $7::float8 * 86400), false)
       else coalesce(oldest.at < isotherm.clock() - make_interval(secs => $3::float8 * 86400), false)
         or (oldest.at < isotherm.clock() - interval '1 hour' and coalesce(l.events_per_stack_max, $4::int) is not null and exists (
           select from isotherm.events e where e.stack_id = l.id order by e.xact desc, e.id desc
           offset coalesce(l.events_per_stack_max, $4::int) limit 1))
         or coalesce(templates.oldest < isotherm.clock() - make_interval(secs => $5::float8 * 86400), false)
         or coalesce(templates.count > $6::int, false)
         or exists (select from isotherm.definitions d
           where d.stack_id = l.id and d.until < 2147483647 and d.until <= templates.first)
         or exists (select from isotherm.commands c where c.stack_id = l.id and c.at < isotherm.clock() - interval '1 day')
       end as due
     from looked l
     left join lateral (select e.at from isotherm.events e where e.stack_id = l.id order by e.xact, e.id limit 1) oldest on true
     left join lateral (select count(*) as count, min(t.traversal) as first, min(t.created_at) as oldest
       from isotherm.templates t where t.stack_id = l.id) templates on true
     order by l.id`,
    [position, count, eventDays, eventsMax, templateDays, templatesMax, deletedDays],
  )
}

/**
 * Forgets a batch of a stack's oldest events: those that are too old, and those beyond the newest `countMax` once they
 * are an hour old, so that a reader who lags behind misses none. Events of the traversal under way stay. What is said for the project comes
 * before `countMax`.
 * @returns how many; fewer than BATCH when there are no more.
 */
export async function trimEvents(
  sql: Sql,
  stackId: number,
  { days, countMax }: { readonly days: number | null; readonly countMax: number | null },
): Promise<number> {
  const rows = await sql.query(
    `with kept as materialized (
       select coalesce(p.events_per_stack_max, $3::int) as count
       from isotherm.stacks s join isotherm.projects p on p.id = s.project_id where s.id = $1
     ), newest as materialized (
       select xact, id from isotherm.events where (select count from kept) is not null and stack_id = $1
       order by xact desc, id desc offset coalesce((select count from kept), 0) limit 1
     ), oldest as materialized (
       select xact, id, at, traversal from isotherm.events where stack_id = $1 order by xact, id limit ${BATCH}
     )
     delete from isotherm.events e using oldest o, isotherm.stacks s
     where s.id = $1 and (s.status <> 'IN_PROGRESS' or o.traversal < s.traversal)
       and (o.at < isotherm.clock() - make_interval(secs => $2::float8 * 86400)
         or (o.at < isotherm.clock() - interval '1 hour' and exists (
           select from newest n where (o.xact, o.id) <= (n.xact, n.id))))
       and e.stack_id = $1 and e.xact = o.xact and e.id = o.id
     returning e.id`,
    [stackId, days, countMax],
  )
  return rows.length
}

/**
 * Forgets templates that came before the last complete one, for a rollback needs that one and none before it. `complete`
 * only ever moves on, so what it spares today it may give up tomorrow, and never the other way round.
 */
export async function trimTemplates(
  sql: Sql,
  stackId: number,
  { days, countMax }: { readonly days: number | null; readonly countMax: number | null },
): Promise<number> {
  const rows = await sql.query(
    `delete from isotherm.templates t using (
       select ranked.traversal from (
         select x.traversal, x.created_at, row_number() over (order by x.traversal desc) as rank
         from isotherm.templates x where x.stack_id = $1
       ) ranked
       join isotherm.stacks s on s.id = $1
       where ranked.traversal < coalesce(s.complete_traversal, s.template_traversal)
         and not exists (select from isotherm.snapshots k
           where k.stack_id = $1 and k.template_traversal = ranked.traversal)
         and (ranked.created_at < isotherm.clock() - make_interval(secs => $2::float8 * 86400) or ranked.rank > $3::int)
       order by ranked.traversal limit ${BATCH}
     ) old where t.stack_id = $1 and t.traversal = old.traversal returning t.traversal`,
    [stackId, days, countMax],
  )
  return rows.length
}

/** Definitions go with the templates that they belonged to: what the oldest template that is kept says stays whole. */
export async function trimDefinitions(sql: Sql, stackId: number): Promise<number> {
  const rows = await sql.query(
    `delete from isotherm.definitions d using (
       select name, until from isotherm.definitions
       where stack_id = $1 and until < 2147483647
         and until <= (select min(traversal) from isotherm.templates where stack_id = $1) limit ${BATCH}
     ) old where d.stack_id = $1 and d.name = old.name and d.until = old.until returning d.name`,
    [stackId],
  )
  return rows.length
}

/** Ids of commands serve whoever gave them and lost the answer: for a day, which is long. */
export async function trimCommands(sql: Sql, stackId: number): Promise<number> {
  const rows = await sql.query(
    `delete from isotherm.commands c using (
       select id from isotherm.commands
       where stack_id = $1 and at < isotherm.clock() - interval '1 day' limit ${BATCH}
     ) old where c.stack_id = $1 and c.id = old.id returning c.id`,
    [stackId],
  )
  return rows.length
}

/**
 * Forgets a deleted stack: a batch of its events and, when none is left, its templates and the stack itself.
 * @returns how many events; fewer than BATCH when the stack is gone, or too young to go.
 */
export async function forgetStack(sql: Sql, stackId: number, days: number | null): Promise<number> {
  const events = await sql.query(
    `delete from isotherm.events e using (
       select x.xact, x.id from isotherm.stacks s
       join isotherm.events x on x.stack_id = s.id
       where s.id = $1 and s.deleted_at < isotherm.clock() - make_interval(secs => $2::float8 * 86400)
       order by x.xact, x.id limit ${BATCH}
     ) old where e.stack_id = $1 and e.xact = old.xact and e.id = old.id returning e.id`,
    [stackId, days],
  )
  if (events.length < BATCH) {
    await sql.query(
      `with gone as (
         delete from isotherm.stacks s
         where s.id = $1 and s.deleted_at < isotherm.clock() - make_interval(secs => $2::float8 * 86400)
           and not exists (select from isotherm.resources r where r.stack_id = s.id)
         returning id
       )
       delete from isotherm.commands c using gone where c.stack_id = gone.id`,
      [stackId, days],
    )
  }
  return events.length
}

/** Plans that nobody may carry out any more, and answers that nobody asks for again: a batch of a project's. */
export async function trimKept(sql: Sql, projectId: number): Promise<number> {
  const plans = await sql.query(
    `delete from isotherm.plans l using (
       select id from isotherm.plans where project_id = $1 and expires_at < isotherm.clock() limit ${BATCH}
     ) old where l.project_id = $1 and l.id = old.id returning l.id`,
    [projectId],
  )
  const answers = await sql.query(
    `delete from isotherm.answers a using (
       select key from isotherm.answers
       where project_id = $1 and at < isotherm.clock() - interval '1 day' and lease_until < isotherm.clock() limit ${BATCH}
     ) old where a.project_id = $1 and a.key = old.key returning a.key`,
    [projectId],
  )
  return plans.length + answers.length
}
