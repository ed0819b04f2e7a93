// The schema as text, from the catalogue: columns, constraints, indexes and functions, in a stable order.
import type { Database } from '../../src/store/database.js'

export async function dumpSchema(database: Database): Promise<string> {
  const columns = await lines(
    database,
    `select format('%s.%s %s%s%s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
       case when a.attnotnull then ' not null' else '' end,
       coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), case a.attidentity when '' then '' else ' identity' end)) as line
     from pg_attribute a join pg_class c on c.oid = a.attrelid
     left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
     where c.relnamespace = 'isotherm'::regnamespace and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
     order by c.relname, a.attnum`,
  )
  const constraints = await lines(
    database,
    `select format('%s: %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) as line
     from pg_constraint where connamespace = 'isotherm'::regnamespace and contype <> 'n' order by conrelid::regclass::text, conname`,
  )
  const indexes = await lines(
    database,
    `select indexdef as line from pg_indexes where schemaname = 'isotherm' order by tablename, indexname`,
  )
  const functions = await lines(
    database,
    `select pg_get_functiondef(oid) as line from pg_proc where pronamespace = 'isotherm'::regnamespace order by proname`,
  )
  return [
    ...section('columns', columns),
    ...section('constraints', constraints),
    ...section('indexes', indexes),
    ...section('functions', functions),
  ].join('\n')
}

const section = (title: string, content: string[]) => [`-- ${title}`, ...content, '']

async function lines(database: Database, text: string): Promise<string[]> {
  return (await database.query<{ line: string }>(text)).map(({ line }) => line.trimEnd())
}
