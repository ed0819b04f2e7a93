// Faults built into the engine, to show that the simulator would see them. The engine itself has no switch for this: its
// statements are changed on their way to the database, or the far side forgets what it should know.
import { type Mutation, replacing, seedsUpTo } from './mutation.js'
import { besides } from './mutations-besides.js'

export const mutations: readonly Mutation[] = [
  {
    name: 'fence',
    about: 'an engine that was given up for dead still writes what it knows',
    falls: { scenario: 'late_failure', variation: 0 },
    apply: replacing(
      /r\.fence = [od]\.fence and \(r\.engine_id = \$1::uuid or not [od]\.held\)/g,
      '(true or r.engine_id = $$1::uuid)',
    ),
  },
  {
    name: 'traversal',
    about: 'a settle tells successors although a newer traversal has armed the row',
    falls: { scenario: 'held_row_is_handed_on', variation: 0 },
    apply: replacing(
      /\(o\.current and r\.traversal = o\.traversal\s+and (r\.phase is not distinct from o\.phase|case when .* end)\)/g,
      'true',
    ),
  },
  {
    name: 'arrival-twice',
    about: 'an arrival counts twice',
    falls: { scenario: 'wide_join', variation: 0 },
    apply: replacing('set awaiting = r.awaiting - a.count', 'set awaiting = greatest(0, r.awaiting - 2 * a.count)'),
  },
  {
    name: 'arrival-missed',
    about: 'of several arrivals at once one is missed',
    falls: { scenario: 'wide_join', variation: 0 },
    apply: replacing(/r\.awaiting - a\.count/g, 'r.awaiting - least(a.count, 1)'),
  },
  {
    name: 'arrival-of-another-phase',
    about: 'an arrival counts whatever phase the row is armed for',
    falls: { scenario: 'update_replace', variation: 0 },
    apply: replacing('and r.phase is not distinct from a.phase', ''),
  },
  {
    name: 'outcome-of-the-superseded',
    about: 'what was begun for a superseded traversal is taken for what the newer one asked for',
    falls: { scenario: 'update_interrupt_create', variation: 0 },
    apply: replacing(
      /\(o\.current and r\.traversal = o\.traversal and r\.phase is not distinct from o\.phase\)/g,
      '(true)',
    ),
  },
  {
    name: 'union',
    about: 'when work begins only the new requirements are recorded',
    falls: { scenario: 'interrupted_update', variation: 0 },
    apply: replacing(
      'requires = b.requires::bigint[]',
      `requires = case when b.action = 'DELETE' then b.requires::bigint[] else coalesce((
      select array_agg(p.id) from isotherm.definitions d
      join isotherm.resources p on p.stack_id = d.stack_id and p.current and p.name = any(d.requires)
      where d.stack_id = r.stack_id and d.name = r.name and d.until = 2147483647), '{}') end`,
    ),
  },
  {
    name: 'stale',
    about: 'a version that a superseded traversal had armed is taken for settled',
    falls: { scenario: 'superseded_change_is_not_lost', variation: 0 },
    apply: replacing(`case when stale or suspended then 'update' else phase end as phase`, 'null as phase'),
  },
  {
    name: 'restless-missed',
    about: 'a command does not look for what an earlier one left undone',
    falls: { scenario: 'superseded_change_is_not_lost', variation: 0 },
    apply: replacing(
      'select name from isotherm.resources where stack_id = $1 and current and phase is not null',
      'select name from isotherm.resources where stack_id = $1 and current and phase is not null and false',
    ),
  },
  {
    name: 'deleting',
    about: 'a version whose deletion has begun becomes current again',
    falls: { scenario: 'name_comes_back', variation: 0 },
    apply: replacing(
      /case when suspended and action in \('CHECK', 'SNAPSHOT'\) then 'SUSPEND' else action end as action/g,
      `case when action = 'DELETE' then 'UPDATE' else action end as action`,
    ),
  },
  {
    name: 'cleanup-early',
    about: 'clean-up starts while nodes of the update are still armed',
    falls: { scenario: 'basic_create', variation: 0 },
    apply: replacing(
      /\(s\.traversal = \(select max\(r\.traversal\) from isotherm\.resources r\s+where r\.stack_id = s\.id and r\.phase is not null\)\) is true as armed/g,
      'false as armed',
    ),
  },
  {
    name: 'cleanup-skipped',
    about: 'a stack is complete although something old is left',
    falls: { scenario: 'update_replace', variation: 0 },
    apply: replacing(
      /\(select min\(r\.name\) from isotherm\.resources r where r\.stack_id = s\.id and not r\.current\) is not null as outdated/g,
      'false as outdated',
    ),
  },
  {
    name: 'cleanup-uncounted',
    about: 'an old version is deleted although old versions require it',
    falls: { scenario: 'interrupted_update', variation: 0 },
    apply: replacing('count(*)::int - 1 as awaiting', '0 as awaiting'),
  },
  {
    name: 'reclaim-missed',
    about: 'nobody takes over what a dead engine held',
    falls: { scenario: 'engine_killed', variation: 0 },
    apply: replacing('not exists (select from isotherm.engines e where e.id = r.engine_id)', 'false'),
  },
  {
    name: 'rollback-target',
    about: 'a rollback goes to the last attempted template, not to the last complete one',
    falls: { scenario: 'rollback_to_complete', variation: 0 },
    apply: replacing('s.complete_traversal as "completeTraversal"', 's.template_traversal - 1 as "completeTraversal"'),
  },
  {
    name: 'failure-forgotten',
    about: 'a failure is not recorded on the stack',
    falls: { scenario: 'rollback_to_complete', variation: 0 },
    apply: replacing('set failed = true, reason = $3', 'set reason = $3'),
  },
  {
    name: 'settle-keeps-union',
    about: 'when work is done the old requirements stay',
    falls: { scenario: 'update_replace', variation: 0 },
    apply: replacing('else coalesce(o.requires::bigint[], r.requires) end', 'else r.requires end'),
  },
  {
    name: 'child-unheard',
    about: 'the end of a nested stack does not make the row that waits for it due',
    falls: { scenario: 'nested_create_killed', variation: 0 },
    apply: replacing(`r.id = w.id and r.state = 'parked'`, 'r.id = w.id and false'),
  },
  {
    name: 'child-by-another-uid',
    about: 'a nested stack is looked for by another uid than the token of its version',
    falls: { scenario: 'nested_create_killed', variation: 0 },
    apply: replacing(
      'from isotherm.stacks where uid = any($1::uuid[])',
      'from isotherm.stacks where md5(uid::text)::uuid = any($$1::uuid[])',
    ),
  },
  {
    name: 'hook-passed',
    about: 'what is done goes on although its hook has not been cleared',
    falls: { scenario: 'hooks_killed', variation: 0 },
    apply: replacing(
      `set state = 'waiting', hook = h.hook`,
      `set state = case when h.hook like 'post-%' then 'ready' else 'waiting' end, hook = h.hook`,
    ),
  },
  {
    name: 'hook-remembered',
    about: 'a hook that was cleared for an earlier traversal holds no more',
    falls: { scenario: 'hooks_superseded', variation: 0 },
    apply: replacing(
      'case when r.hook_cleared and r.hook_at = r.traversal then r.hook end',
      'case when r.hook_cleared then r.hook end',
    ),
  },
  {
    name: 'token',
    about: 'the far side does not know its tokens, so nothing that was interrupted is found again',
    falls: seedsUpTo(60),
    apply: () => ({ farSide: { remembersTokens: false }, matched: () => true }),
  },
  {
    name: 'nested-visits-missed',
    about: 'of several nested stacks that are visited at once only the first is armed',
    falls: { scenario: 'nested_visited', variation: 0 },
    apply: replacing(/where s\.id = any\(\$1::int\[\]\)(\s+\), edge)/g, 'where s.id = ($$1::int[])[1]$1'),
  },
  {
    name: 'nested-visit-not-ended',
    about: 'a newer command leaves what is visited inside armed for the visit before',
    falls: { scenario: 'nested_visit_superseded', variation: 8 },
    apply: replacing(
      "where stack_id = any($1::int[]) and phase = 'visit'",
      'where stack_id = any($$1::int[]) and false',
    ),
  },
  {
    name: 'retain-unheard',
    about: 'whether a thing is retained is what was said when it was made',
    falls: { scenario: 'retain_is_what_was_said_last', variation: 0 },
    apply: replacing('retain = coalesce(a.retain, r.retain)', 'retain = r.retain'),
  },
  {
    name: 'retain-unplanned',
    about: 'what is to be retained counts only once it has been planned',
    falls: { scenario: 'retained_before_it_is_looked_at', variation: 0 },
    apply: replacing('set retain = not retain', 'set retain = retain'),
  },
  {
    name: 'abandoned-inside',
    about: 'what was let go of inside stays so, although its stack is wanted again',
    falls: { scenario: 'abandoned_and_wanted_again', variation: 1 },
    apply: replacing('set retain = not r.retain', 'set retain = r.retain'),
  },
  {
    name: 'adopted-fence',
    about: 'calls for adopted things begin with the first fence again',
    falls: { scenario: 'nested_handed_over', variation: 2 },
    apply: replacing('gen_random_uuid()), fence, suspended', 'gen_random_uuid()), 0, suspended'),
  },
  {
    name: 'adopted-at-rest',
    about: 'nobody knows of adopted things that they rest',
    falls: { scenario: 'handed_over_at_rest', variation: 0 },
    apply: replacing('gen_random_uuid()), fence, suspended', 'gen_random_uuid()), fence, false'),
  },
  {
    name: 'unkept',
    about: 'what its policy says is not kept before it is deleted',
    falls: { scenario: 'kept_slowly_before_deletion', variation: 0 },
    apply: replacing(/d\.body->>'deletionPolicy' = 'Snapshot' and not exists/g, 'false and not exists'),
  },
  {
    name: 'keeping-broken-off',
    about: 'what is kept before its deletion is broken off, for nobody means it any more',
    falls: { scenario: 'kept_slowly_before_deletion', variation: 0 },
    apply: replacing('r.fence, s.cancelled from', 'r.fence, true as cancelled from'),
  },
  {
    name: 'unmoved',
    about: 'what has moved keeps its earlier name',
    falls: { scenario: 'moved', variation: 0 },
    apply: replacing('isotherm.resources set name = $3', 'isotherm.resources set name = coalesce(name, $$3)'),
  },
  {
    name: 'finding-overwritten',
    about: 'what a check has found is forgotten when another visit comes by',
    falls: { scenario: 'findings_outlive_visits', variation: 0 },
    apply: replacing(
      /r\.action = 'CHECK' and r\.status = 'FAILED' and o\.action is distinct from 'CHECK' as owed/g,
      'false as owed',
    ),
  },
  {
    name: 'rest-too-early',
    about: 'a stack that cannot be rolled back waits for nothing that is under way',
    falls: { scenario: 'protected_from_rollback', variation: 0 },
    apply: replacing(
      "set on_failure = 'stop', reason = $2",
      "set on_failure = 'stop', status = 'FAILED', stage = null, reason = $$2",
    ),
  },
  {
    name: 'given-up-untold',
    about: 'nothing tells of what was broken off and then replaced',
    falls: { scenario: 'held_row_is_handed_on', variation: 0 },
    apply: replacing(`from outdated where was = 'IN_PROGRESS'`, 'from outdated where false'),
  },
  {
    name: 'unfinished-untold',
    about: 'nothing tells of what was not finished when its stack came to rest',
    falls: { scenario: 'unfinished_then_unwanted', variation: 0 },
    apply: replacing('from unfinished order by id', 'from unfinished where false'),
  },
  {
    name: 'tree-uncounted',
    about: 'a tree of nested stacks grows beyond its limit',
    falls: Array.from({ length: 30 }, (_, i) => 1 + 5 * i),
    apply: replacing('select count(*)::int as resources from tree', 'select 0 as resources from tree'),
  },
  ...besides,
]

export function mutationNamed(name: string): Mutation {
  const found = mutations.find((mutation) => mutation.name === name)
  if (!found) throw new Error(`no mutation ${name}: there are ${mutations.map((mutation) => mutation.name).join(', ')}`)
  return found
}
