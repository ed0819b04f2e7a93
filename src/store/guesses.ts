// Attempts to log in, counted in the database, so that many servers together allow no more than one.
import type { Sql } from './database.js'

export interface GuessLimits {
  /** So many may fail before anything is locked. */
  readonly freeMax: number
  /** The first lock; each further failure doubles it. */
  readonly lockSeconds: number
  readonly lockSecondsMax: number
  /** After so long without a failure all is forgotten. */
  readonly forgetSeconds: number
}

/**
 * An attempt counts before it is judged: a thousand at once are a thousand, and not one each. The row's lock puts them in a
 * line. @returns seconds until the subject may try; 0: it may, now.
 */
export async function countGuess(sql: Sql, subject: string, limits: GuessLimits): Promise<number> {
  const [found] = await sql.query<{ waitSeconds: number }>(
    `insert into isotherm.guesses as g (subject, failures, last_at) values ($1, 1, isotherm.clock())
     on conflict (subject) do update set
       failures = case when g.locked_until > isotherm.clock() then g.failures
         when g.last_at < isotherm.clock() - make_interval(secs => $5::float8) then 1 else g.failures + 1 end,
       last_at = case when g.locked_until > isotherm.clock() then g.last_at else isotherm.clock() end,
       locked_until = case when g.locked_until > isotherm.clock() then g.locked_until
         when g.last_at < isotherm.clock() - make_interval(secs => $5::float8) or g.failures + 1 <= $2 then null
         else isotherm.clock() + make_interval(secs => least($4::float8, $3::float8 * power(2, least(g.failures - $2, 20)))) end
     returning coalesce(extract(epoch from locked_until - isotherm.clock())::float8, 0) as "waitSeconds"`,
    [subject, limits.freeMax, limits.lockSeconds, limits.lockSecondsMax, limits.forgetSeconds],
  )
  return Math.max(0, found?.waitSeconds ?? 0)
}

/** The attempt succeeded: all failures of this subject are forgiven. */
export async function forgiveGuesses(sql: Sql, subject: string): Promise<void> {
  await sql.query('delete from isotherm.guesses where subject = $1', [subject])
}

/** The attempt succeeded, and is no failure. Earlier ones stay: who knows one password may still guess at others. */
export async function uncountGuess(sql: Sql, subject: string): Promise<void> {
  await sql.query('update isotherm.guesses set failures = greatest(0, failures - 1) where subject = $1', [subject])
}
