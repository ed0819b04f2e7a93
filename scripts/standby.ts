// A streaming standby of a server that `startPostgres` has started: for the proof of failover.
import * as fs from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'pg'
import { type RunningPostgres, startPostgres } from './postgres.js'
import { unprivilegedAccount } from './postgres-binaries.js'

/** What a primary must be started with. Commits wait for the standby, so that none is lost in a failover. */
export const PRIMARY_SETTINGS = {
  wal_level: 'replica',
  max_wal_senders: '4',
  wal_keep_size: '512MB',
  hot_standby: 'on',
  synchronous_commit: 'on',
}

export interface Standby extends RunningPostgres {
  /** Makes it the primary. */
  promote(): Promise<void>
}

/** Copies the primary while it runs, and follows it from there on. */
export async function startStandby(primary: RunningPostgres): Promise<Standby> {
  const { hostname, port, username, password } = new URL(primary.url)
  const running = await startPostgres({
    settings: {
      ...PRIMARY_SETTINGS,
      primary_conninfo: `host=${hostname} port=${port} user=${username} password=${password} application_name=standby`,
    },
    prepare: (data) => copyCluster(primary.url, data),
  })
  const url = new URL(primary.url)
  url.port = new URL(running.url).port
  return {
    ...running,
    url: url.href,
    promote: async () => {
      await ask(url.href, 'select pg_promote()')
    },
  }
}

/** From here on a commit on the primary is acknowledged when the standby has it. */
export async function commitTogether(primary: RunningPostgres): Promise<void> {
  await ask(primary.url, `alter system set synchronous_standby_names = 'standby'`)
  await ask(primary.url, 'select pg_reload_conf()')
  for (;;) {
    const rows = await ask(primary.url, `select from pg_stat_replication where sync_state = 'sync'`)
    if (rows.length > 0) return
  }
}

async function ask(url: string, statement: string): Promise<object[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<object & { [column: string]: unknown }>(statement)).rows
  } finally {
    await client.end()
  }
}

/** What belongs to the running server and not to its data. */
const LEFT_BEHIND = /^(postmaster\.(pid|opts)|pg_wal\/.+|pg_replslot\/.+|pg_stat_tmp\/.+|postgresql\.auto\.conf)$/

/** The low-level way to copy a running cluster, for the installed packages have no pg_basebackup. */
async function copyCluster(url: string, data: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<{ source: string }>(
      `select current_setting('data_directory') as source from pg_backup_start('standby', true)`,
    )
    const source = rows[0]?.source ?? ''
    await fs.cp(source, data, {
      recursive: true,
      filter: (path) => !LEFT_BEHIND.test(path.slice(source.length + 1)),
    })
    const { rows: ends } = await client.query<{ labelfile: string }>(
      'select labelfile from pg_backup_stop(wait_for_archive => false)',
    )
    await fs.writeFile(join(data, 'backup_label'), ends[0]?.labelfile ?? '')
  } finally {
    await client.end()
  }
  await fs.writeFile(join(data, 'standby.signal'), '')
  await fs.writeFile(join(data, 'postgresql.auto.conf'), '')
  await own(data)
}

/** The copy belongs to whoever runs the server, and to nobody else. */
async function own(folder: string): Promise<void> {
  const account = await unprivilegedAccount()
  await fs.chmod(folder, 0o700)
  if (!account) return
  await fs.chown(folder, account.uid, account.gid)
  for (const entry of await fs.readdir(folder, { recursive: true })) {
    await fs.lchown(join(folder, entry), account.uid, account.gid)
  }
}
