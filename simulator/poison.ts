// A stack whose turns fail: whatever engines write about it of one kind, the database refuses, for a reason that nobody thought
// of. Clients are let through. All other stacks must go on, and this one as soon as the cause is gone.
import type { Database } from '../src/store/database.js'
import type { Actor } from './scheduler.js'

/**
 * What is refused: that work is recorded as over, all of it or that of some rows; that queued rows are written; that the stack's own
 * row is; that nested stacks come to be; that anything is told; or all that is written of it.
 */
export type PoisonKind = 'settle' | 'settle some' | 'claim' | 'advance' | 'declare' | 'tell' | 'everything'

export const poisonKinds: readonly PoisonKind[] = [
  ...(['settle', 'settle some', 'claim', 'advance', 'declare', 'tell', 'everything'] as const),
]

export interface Poison {
  readonly stackId: number
  readonly kind: PoisonKind
}

const MESSAGE = 'poisoned (simulated)'

export const isPoison = (error: unknown): boolean => error instanceof Error && error.message.includes(MESSAGE)

/** As a setting of the one connection: whose statement the next one is. */
export async function tellWho(database: Database, actor: Actor): Promise<void> {
  await database.query(`select set_config('isotherm.actor', $1, false)`, [actor.kind])
}

const refusing = (table: string, events: string, where: string) => `
create trigger simulated_poison before ${events} on isotherm.${table} for each row
  when (${where}) execute function isotherm.simulated_poison();`

const ROWS = ['resources', 'update or delete'] as const

function triggersOf({ stackId, kind }: Poison): string {
  const own = `old.stack_id = ${stackId}`
  switch (kind) {
    case 'settle':
      return refusing(...ROWS, `${own} and old.state = 'running'`)
    case 'settle some':
      return refusing(...ROWS, `${own} and old.state = 'running' and old.id % 2 = 0`)
    case 'claim':
      return refusing(...ROWS, `${own} and old.state in ('ready', 'parked')`)
    case 'advance':
      return refusing('stacks', 'update', `old.id = ${stackId}`)
    case 'declare':
      return refusing('stacks', 'insert', `new.parent_id = ${stackId}`)
    case 'tell':
      return refusing('events', 'insert', `new.stack_id = ${stackId}`)
    case 'everything':
      return `${refusing(...ROWS, own)}${refusing('stacks', 'update', `old.id = ${stackId}`)}`
  }
}

/** No transaction may be open. */
export async function givePoison(database: Database, poison: Poison): Promise<void> {
  await database.script(`
create or replace function isotherm.simulated_poison() returns trigger language plpgsql as $body$
begin
  if current_setting('isotherm.actor', true) = 'engine' then raise exception '${MESSAGE}'; end if;
  return case when tg_op = 'DELETE' then old else new end;
end $body$;
${triggersOf(poison)}`)
}

/** No transaction may be open. */
export async function takePoison(database: Database): Promise<void> {
  await database.script(`
drop trigger if exists simulated_poison on isotherm.resources;
drop trigger if exists simulated_poison on isotherm.stacks;
drop trigger if exists simulated_poison on isotherm.events;
drop function if exists isotherm.simulated_poison();`)
}
