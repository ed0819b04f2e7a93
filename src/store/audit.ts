// The record of who did what. Only ever added to, and forgotten by age.
import type { Sql } from './database.js'

export interface AuditRow {
  readonly requestId: string
  readonly userId: string | null
  readonly userName: string | null
  readonly project: string | null
  readonly operation: string
  readonly method: string
  readonly path: string
  readonly status: number
  readonly address: string
}

/** What is older than `keepDays` goes at the same time, a bounded number of rows. */
export async function appendAudit(sql: Sql, rows: readonly AuditRow[], keepDays: number): Promise<void> {
  await sql.query(
    `with old as (
       select id from isotherm.audit where at < isotherm.clock() - make_interval(days => $2::int) order by at limit 1000
     ), forgotten as (delete from isotherm.audit a using old where a.id = old.id)
     insert into isotherm.audit (request_id, user_id, user_name, project, operation, method, path, status, address)
     select "requestId", "userId", "userName", project, operation, method, path, status, address
     from json_to_recordset($1::text::json) as r("requestId" text, "userId" text, "userName" text, project text, operation text,
       method text, path text, status int, address text)`,
    [JSON.stringify(rows), keepDays],
  )
}
