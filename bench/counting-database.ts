// A database that counts what it is asked and how long the answers take.
import type { Database, Sql, Transaction } from '../src/store/database.js'

export interface StatementUse {
  readonly statement: string
  calls: number
  seconds: number
  rows: number
}

export interface CountingDatabase extends Database {
  /** Statements so far, `begin` and `commit` among them. */
  readonly statements: number
  readonly uses: ReadonlyMap<string, StatementUse>
}

export function counting(database: Database): CountingDatabase {
  let statements = 0
  const uses = new Map<string, StatementUse>()
  const query = (sql: Sql): Sql['query'] => {
    return async <R extends object>(text: string, values?: readonly unknown[]) => {
      statements++
      const begun = performance.now()
      const rows = await sql.query<R>(text, values)
      note(uses, text, (performance.now() - begun) / 1000, rows.length)
      return rows
    }
  }
  const script = (sql: Transaction): Transaction['script'] => {
    return (text) => {
      statements++
      return sql.script(text)
    }
  }
  const copy = (sql: Transaction): Transaction['copy'] => {
    return async (statement, chunks) => {
      statements++
      const begun = performance.now()
      await sql.copy(statement, chunks)
      note(uses, statement, (performance.now() - begun) / 1000, 0)
    }
  }
  return {
    description: database.description,
    get statements() {
      return statements
    },
    uses,
    query: query(database),
    script: script(database),
    copy: copy(database),
    transaction: (work) => {
      statements += 2
      return database.transaction((sql) => work({ query: query(sql), script: script(sql), copy: copy(sql) }))
    },
    close: () => database.close(),
  }
}

function note(uses: Map<string, StatementUse>, text: string, seconds: number, rows: number): void {
  const use = uses.get(text) ?? { statement: text.replace(/\s+/g, ' ').slice(0, 110), calls: 0, seconds: 0, rows: 0 }
  use.calls++
  use.seconds += seconds
  use.rows += rows
  uses.set(text, use)
}

/** The statements that took longest, most costly first, as lines of text. */
export function costliest(uses: Iterable<StatementUse>, count = 14): string[] {
  return [...uses]
    .sort((one, other) => other.seconds - one.seconds)
    .slice(0, count)
    .map(({ statement, calls, seconds, rows }) => {
      const perCall = ((seconds / calls) * 1e3).toFixed(2)
      return `${seconds.toFixed(2).padStart(8)} s ${`${calls}`.padStart(7)} × ${perCall.padStart(8)} ms ${`${rows}`.padStart(8)} rows  ${statement}`
    })
}
