// What tests of secrecy share: a look at everything that a database holds, as text.
import { isObject } from '../../src/lib/json.js'
import type { Sql } from '../../src/store/database.js'

/** Not a word that anything else would say. */
export const CANARY = 'canary-7f3a"é\n91'

/** How a text may appear in what is written as JSON or into an address. */
export const formsOf = (text: string): string[] => [
  text,
  JSON.stringify(text).slice(1, -1),
  JSON.stringify(JSON.stringify(text).slice(1, -1)).slice(1, -1),
  encodeURIComponent(text),
  Buffer.from(text).toString('base64'),
]

/** Every row of every table, as text, by table. */
export async function dump(sql: Sql): Promise<Map<string, string>> {
  const tables = await sql.query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = 'isotherm' order by tablename`,
  )
  const texts = new Map<string, string>()
  for (const { name } of tables) {
    const rows = await sql.query<{ text: string }>(`select to_jsonb(t)::text as text from isotherm.${name} t`)
    texts.set(name, rows.map(({ text }) => text).join('\n'))
  }
  return texts
}

/** Where a secret lies open, for example `templates`; empty when nowhere. */
export async function leaks(sql: Sql, secret: string = CANARY): Promise<string[]> {
  const texts = await dump(sql)
  const found = [...texts].filter(([, text]) => formsOf(secret).some((form) => text.includes(form)))
  return found.map(([table, text]) => `${table}: ${around(text, secret)}`)
}

function around(text: string, secret: string): string {
  const at = Math.max(...formsOf(secret).map((form) => text.indexOf(form)))
  return text.slice(Math.max(0, at - 120), at + 60)
}

/** A logger, and telemetry of all that an engine says, kept as text. */
export function recorder() {
  const lines: string[] = []
  const say = (details: object, message: string) => void lines.push(`${message} ${textOf(details)}`)
  return { lines, log: { debug: say, info: say, warn: say, error: say } }
}

const textOf = (details: object): string =>
  JSON.stringify(details, (_, value: unknown) =>
    value instanceof Error ? `${value.message} ${value.stack}` : isObject(value) ? value : value,
  )
