// What the server's sessions were doing, by looking at `pg_stat_activity` every so often: it shows the waiting that no sum of
// processor seconds shows.
import type { Database } from '../src/store/database.js'

const EVERY_MILLISECONDS = 25

export interface WaitSampler {
  /** Lines of text, the most frequent first: what share of the samples of a session found it so. */
  end(): Promise<string[]>
}

export function sampleWaits(database: Database): WaitSampler {
  const seen = new Map<string, number>()
  let samples = 0
  let ended = false
  const looking = (async () => {
    while (!ended) {
      const rows = await database.query<{ what: string }>(
        `select case when state = 'active' then coalesce(wait_event_type || ':' || wait_event, 'working')
           when state like 'idle in transaction%' then 'waiting for its client, in a transaction' end
           || ' | ' || left(regexp_replace(query, '\\s+', ' ', 'g'), 60) as what
         from pg_stat_activity
         where application_name = 'isotherm' and state <> 'idle' and pid <> pg_backend_pid()`,
      )
      samples++
      for (const { what } of rows) seen.set(what, (seen.get(what) ?? 0) + 1)
      await new Promise((resolve) => setTimeout(resolve, EVERY_MILLISECONDS))
    }
  })()
  return {
    end: async () => {
      ended = true
      await looking
      return [...seen]
        .sort(([, one], [, other]) => other - one)
        .slice(0, 20)
        .map(([what, count]) => `${((100 * count) / samples).toFixed(1).padStart(6)} %  ${what}`)
    },
  }
}
