// The second line of defence between projects: a role of the database whose statements see the rows of one project only,
// whatever they ask for. Engines, which work for all projects, are not of that role and pay nothing for it.
import type { Database, Sql, Transaction } from './database.js'
import { DatabaseUnavailable } from './database.js'

const ROLE = 'isotherm_tenant'
const MINE = `nullif(current_setting('isotherm.project', true), '')::int`

/** What a table's rows must satisfy to be a tenant's, by the column that says whose they are. */
const RULES = {
  stack: `exists (select from isotherm.stacks s where s.id = stack_id and s.project_id = ${MINE})`,
  project: `project_id = ${MINE}`,
  self: `id = ${MINE}`,
}

/** Nobody's in particular: why a resource waits is told with the engine that holds it, and keys are wrapped. */
const SEEN_BY_ALL = ['engines', 'keys']
/** Whoever seals holds the key's row, for which the database asks for the right to change some column of it. */
const HOLD_KEYS = 'grant update (created_at) on isotherm.keys'
/** Tables whose rows name their project, and which tenants use. Those of the server's users are not among them. */
const OF_PROJECTS = ['stacks', 'software_configs', 'software_deployments', 'plans']

/**
 * Makes the role and its policies where they are missing, also for tables that came later, or in a database that was restored into
 * a cluster without the role; several servers may do so at once.
 * Throws DatabaseUnavailable when the database does not let this program make them, with what to do.
 */
export async function confineTenants(database: Database): Promise<void> {
  const open = await unconfined(database)
  if (open.length === 0 && (await mayBecome(database))) return
  try {
    await alone(database, (sql) => sql.script(MAKE_ROLE))
    for (const { name } of open) {
      await alone(database, async (sql) => {
        const table = (await unconfined(sql)).find((one) => one.name === name)
        if (table) await sql.script(confinement(table))
      })
    }
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error)
    throw new DatabaseUnavailable(
      `the database ${database.description} does not let tenants be kept apart (${cause}): start the server as the owner of the schema isotherm, after an administrator has once said: create role ${ROLE} nologin; grant ${ROLE} to <that owner>`,
      { cause: error },
    )
  }
}

const CONFINING_LOCK = 0x150df

/** One table at a time: whoever had locked one and waited for the next would stand in a ring with an engine at work. */
const alone = (database: Database, work: (sql: Transaction) => Promise<unknown>): Promise<void> =>
  database.transaction(async (sql) => {
    await sql.query('select pg_advisory_xact_lock($1)', [CONFINING_LOCK])
    await work(sql)
  })

/** Up to PostgreSQL 15 whoever is a member may. */
const MAY_BECOME = `exists (select from pg_roles where rolname = '${ROLE}' and pg_has_role(current_user, oid,
  case when current_setting('server_version_num')::int < 160000 then 'member' else 'set' end))`

const mayBecome = async (sql: Sql): Promise<boolean> =>
  (await sql.query<{ may: boolean }>(`select ${MAY_BECOME} as may`))[0]?.may ?? false

const MAKE_ROLE = `
  do $$ begin
    if not exists (select from pg_roles where rolname = '${ROLE}') then
      create role ${ROLE} nologin;
    end if;
    if not ${MAY_BECOME} then
      execute format('grant ${ROLE} to %I', current_user);
    end if;
  end $$;
  grant usage on schema isotherm to ${ROLE};
  grant usage on all sequences in schema isotherm to ${ROLE};
  grant select on ${SEEN_BY_ALL.map((name) => `isotherm.${name}`).join(', ')} to ${ROLE};
  ${HOLD_KEYS} to ${ROLE};`

interface OpenTable {
  readonly name: string
  readonly rule: keyof typeof RULES
}

/** Tables of tenants on which the policy or the right is missing (a restore may leave out either), or all while there is no role. */
function unconfined(sql: Sql): Promise<OpenTable[]> {
  return sql.query(
    `select t.name, t.rule from (
       select c.oid, c.relname as name, case
         when c.relname = 'projects' then 'self'
         when c.relname = any($1::text[]) then 'project'
         when exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'stack_id') then 'stack' end as rule
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname = 'isotherm' and c.relkind in ('r', 'p')) t
     where t.rule is not null and not exists (
       select from pg_policies p join pg_roles r on r.rolname = any(p.roles)
       where p.schemaname = 'isotherm' and p.tablename = t.name and p.policyname = 'tenant' and r.rolname = $2
         and has_table_privilege(r.oid, t.oid, 'select'))
     order by t.name`,
    [OF_PROJECTS, ROLE],
  )
}

/** Permissive for everybody, restrictive for tenants: other roles see what they saw before. */
function confinement({ name, rule }: OpenTable): string {
  const rights = rule === 'self' ? 'select' : 'select, insert, update, delete'
  return `
    alter table isotherm.${name} enable row level security;
    drop policy if exists everybody on isotherm.${name};
    drop policy if exists tenant on isotherm.${name};
    create policy everybody on isotherm.${name} using (true) with check (true);
    create policy tenant on isotherm.${name} as restrictive to ${ROLE} using (${RULES[rule]}) with check (${RULES[rule]});
    grant ${rights} on isotherm.${name} to ${ROLE};`
}

/** The database as one project may see it, each statement in a transaction of its own. Closing it closes nothing. */
export function confined(database: Database, projectId: number): Database {
  // What is sealed is sealed with the same key for all.
  const { keyring, needsKey = false } = database
  const keys = { ...(keyring && { keyring }), needsKey }
  const confinement = `set local role ${ROLE}; set local isotherm.project = '${Math.trunc(projectId)}'`
  const within = <T>(work: (sql: Transaction) => Promise<T>): Promise<T> =>
    database.transaction(async (sql) => {
      await sql.script(confinement)
      return work({ ...bound(sql), ...keys, copy: (statement, chunks) => load(sql, statement, chunks) })
    })
  return {
    ...keys,
    description: database.description,
    query: (text, values) =>
      database.ask && QUESTION.test(text)
        ? database.ask(confinement, text, values)
        : within((sql) => sql.query(text, values)),
    script: (text) => within((sql) => sql.script(text)),
    copy: (statement, chunks) => within((sql) => sql.copy(statement, chunks)),
    transaction: within,
    close: async () => {},
  }
}

/** Changes nothing, so that it need not be tried again. */
const QUESTION = /^\s*select\b/i

const bound = (sql: Transaction): Transaction => ({
  query: (text, values) => sql.query(text, values),
  script: (text) => sql.script(text),
  copy: (statement, chunks) => sql.copy(statement, chunks),
})

/** Policies cannot watch over `copy`, so what is loaded goes through a table that is dropped with the transaction. */
async function load(sql: Transaction, statement: string, chunks: Iterable<Uint8Array>): Promise<void> {
  const [, target, columns] = /^\s*copy\s+([\w.]+)\s*\(([^)]+)\)/i.exec(statement) ?? []
  if (target === undefined || columns === undefined) throw new Error('copy into what, of what columns?')
  await sql.script(`reset role;
    create temporary table loaded on commit drop as select ${columns} from ${target} with no data;
    grant select on loaded to ${ROLE}`)
  await sql.copy(statement.replace(target, 'loaded'), chunks)
  await sql.script(`set local role ${ROLE};
    insert into ${target} (${columns}) select ${columns} from loaded;
    reset role; drop table loaded; set local role ${ROLE}`)
}
