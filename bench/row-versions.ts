// Row versions as PostgreSQL itself counts them, and the floor: the same number written by bare statements over whole
// tables without an index. It says how much of the time is the database's own.
import type { Database } from '../src/store/database.js'

export interface TableWrites {
  readonly table: string
  readonly inserted: number
  readonly updated: number
  readonly deleted: number
}

/** Sessions report their counts now and then, within about a second of their last statement; so this waits a little. */
export async function tableWrites(database: Database): Promise<TableWrites[]> {
  for (let last = ''; ; ) {
    await new Promise((resolve) => setTimeout(resolve, 1_200))
    const rows = await database.query<TableWrites>(
      `select relname as table, n_tup_ins as inserted, n_tup_upd as updated, n_tup_del as deleted
       from pg_stat_user_tables where schemaname = 'isotherm' order by relname`,
    )
    // The hearts of the engines never rest.
    const counted = rows.filter(({ table }) => table !== 'engines')
    if (JSON.stringify(counted) === last) return counted
    last = JSON.stringify(counted)
  }
}

export function difference(after: readonly TableWrites[], before: readonly TableWrites[]): TableWrites[] {
  const earlier = new Map(before.map((writes) => [writes.table, writes]))
  return after
    .map(({ table, inserted, updated, deleted }) => {
      const was = earlier.get(table) ?? { inserted: 0, updated: 0, deleted: 0 }
      return {
        table,
        inserted: inserted - was.inserted,
        updated: updated - was.updated,
        deleted: deleted - was.deleted,
      }
    })
    .filter(({ inserted, updated, deleted }) => inserted + updated + deleted > 0)
}

export const versionsIn = (writes: readonly TableWrites[]): number =>
  writes.reduce((sum, { inserted, updated }) => sum + inserted + updated, 0)

/** Keeps one row of each table, so that the floor writes rows as wide as ours after ours are gone. */
export async function keepSamples(database: Database): Promise<void> {
  for (const table of ['resources', 'resource_data', 'definitions', 'events']) {
    await database.query(`create table if not exists public.sample_${table} as select * from isotherm.${table} limit 1`)
  }
}

/** @returns seconds that the database needs for these writes alone. */
export async function floorSeconds(database: Database, writes: readonly TableWrites[]): Promise<number> {
  let seconds = 0
  const timed = async (statement: string, values: readonly unknown[] = []) => {
    const begun = performance.now()
    await database.query(statement, values)
    return (performance.now() - begun) / 1000
  }
  for (const { table, inserted, updated, deleted } of writes) {
    if (!SAMPLED.has(table)) continue
    const rows = Math.max(inserted, updated, deleted)
    await database.query(`create table public.floor as select * from public.sample_${table} limit 0`)
    const fill = `insert into public.floor select s.* from public.sample_${table} s, generate_series(1, $1::int)`
    // A pass over a table of `rows` rows is timed, and counted as often as rows were written.
    const filling = await timed(fill, [rows])
    seconds += (filling * inserted) / rows
    if (updated > 0) seconds += ((await timed('update public.floor set stack_id = stack_id + 1')) * updated) / rows
    if (deleted > 0) seconds += ((await timed('delete from public.floor')) * deleted) / rows
    await database.query('drop table public.floor')
  }
  return seconds
}

const SAMPLED = new Set(['resources', 'resource_data', 'definitions', 'events'])
