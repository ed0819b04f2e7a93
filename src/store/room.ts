// Room in an embedded database: what is forgotten leaves holes in its tables, and no process of its own sees to them. A PostgreSQL has
// its autovacuum.
import type { Database } from './database.js'

/** So much may lie about before it is worth a look. */
const SLACK_BYTES = 16_000_000
const KILOBYTE = 1024

/**
 * Lets what went be written over, once the tables have grown by half since that was done last; so the whole of it costs a share of
 * what the writing has cost. It holds up whoever wants the database meanwhile: for about a second where there are 100 MB.
 * @returns whether it was done
 */
export async function makeRoom(database: Database, slackBytes = SLACK_BYTES): Promise<boolean> {
  const { bytes, before } = await sizeOf(database)
  if (bytes <= before * 1.5 + slackBytes) return false
  // Each by its name: what belongs to PostgreSQL itself hardly changes, and takes longer than all of ours.
  const tables = await database.query<{ name: string }>(
    `select format('isotherm.%I', relname) as name from pg_class where relnamespace = 'isotherm'::regnamespace and relkind = 'r'`,
  )
  await database.script(`vacuum (analyze) ${tables.map(({ name }) => name).join(', ')}`)
  await database.query(
    `insert into isotherm.duties as d (name, due_at, position) values ('room', isotherm.clock(), $1)
     on conflict (name) do update set due_at = excluded.due_at, position = excluded.position`,
    [Math.round((await sizeOf(database)).bytes / KILOBYTE)],
  )
  return true
}

/** Of all tables with their indexes, now and when room was made last. */
async function sizeOf(database: Database): Promise<{ bytes: number; before: number }> {
  const [size] = await database.query<{ bytes: number; before: number | null }>(
    `select sum(pg_total_relation_size(oid))::float8 as bytes,
       (select position::float8 * $1::float8 from isotherm.duties where name = 'room') as before
     from pg_class where relnamespace = 'isotherm'::regnamespace and relkind = 'r'`,
    [KILOBYTE],
  )
  return { bytes: size?.bytes ?? 0, before: size?.before ?? 0 }
}
