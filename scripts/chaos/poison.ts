// Stacks that the database refuses to let engines write about, for a while, as `simulator/poison.ts` does in simulated worlds: here
// on a real PostgreSQL, beside engines that die. The triggers are there from the beginning, for to make them takes locks that would
// wait for whoever stands still; what they refuse is a row in a table.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Chance } from '../../simulator/chance.js'
import type { Database } from '../../src/store/database.js'
import { isGeneral } from '../../src/store/fault.js'
import { openDatabase } from '../../src/store/open.js'

/** As in `simulator/poison.ts`. */
const KINDS = ['settle', 'claim', 'advance', 'declare', 'tell'] as const

const refusing = (kind: (typeof KINDS)[number], table: string, events: string, stackId: string, where = 'true') => `
create trigger chaos_${kind} before ${events} on isotherm.${table} for each row
  when (${where}) execute function chaos.refuse('${kind}', '${stackId}');`

const TRIGGERS = `
create schema chaos;
create table chaos.poison (stack text not null, kind text not null, primary key (stack, kind));
create function chaos.refuse() returns trigger language plpgsql as $body$
declare
  touched constant jsonb := case tg_op when 'INSERT' then to_jsonb(new) else to_jsonb(old) end;
begin
  if current_setting('chaos.actor', true) = 'engine' and exists (
    select from chaos.poison p join isotherm.stacks s on s.name = p.stack
    where p.kind = tg_argv[0] and s.id = (touched->>tg_argv[1])::int) then
    raise exception 'poisoned (%)', tg_argv[0];
  end if;
  return case tg_op when 'DELETE' then old else new end;
end $body$;
${refusing('settle', 'resources', 'update or delete', 'stack_id', "old.state = 'running'")}
${refusing('claim', 'resources', 'update', 'stack_id', "old.state in ('ready', 'parked')")}
${refusing('advance', 'stacks', 'update', 'id')}
${refusing('declare', 'stacks', 'insert', 'parent_id', 'new.parent_id is not null')}
${refusing('tell', 'events', 'insert', 'stack_id')}`

/** By this the database knows them from those who give commands, and from the doctor. */
export const asEngine = (url: string): string =>
  `${url}${url.includes('?') ? '&' : '?'}options=${encodeURIComponent('-c chaos.actor=engine')}`

export class Poison {
  private constructor(readonly database: Database) {}

  /** At the present schema, before anybody is at work. */
  static async prepare(url: string): Promise<Poison> {
    const database = await openDatabase(url)
    await database.script(TRIGGERS)
    return new Poison(database)
  }

  /** Refuses what engines write of one kind about a stack. @returns what it refuses. */
  async give(stack: string, chance: Chance): Promise<string> {
    const kind = chance.pick(KINDS)
    await this.#write('insert into chaos.poison values ($1, $2) on conflict do nothing', [stack, kind])
    return kind
  }

  /** Refuses all that engines write about a stack, but for what they say of it. */
  async giveAll(stack: string): Promise<void> {
    const kinds = KINDS.filter((kind) => kind !== 'tell')
    await this.#write('insert into chaos.poison select $1, unnest($2::text[]) on conflict do nothing', [stack, kinds])
  }

  async take(stack: string): Promise<void> {
    await this.#write('delete from chaos.poison where stack = $1', [stack])
  }

  close(): Promise<void> {
    return this.database.close()
  }

  /** The database may be away at any moment. */
  async #write(statement: string, values: unknown[]): Promise<void> {
    for (;;) {
      try {
        await this.database.query(statement, values)
        return
      } catch (error) {
        if (!isGeneral(error)) throw error
        await sleep(200)
      }
    }
  }
}
