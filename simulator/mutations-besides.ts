// Faults in what only some worlds have: several projects, what is left to others or belongs to them, signals.
import { type Mutation, replacing } from './mutation.js'

export const besides: readonly Mutation[] = [
  {
    name: 'project-unheeded',
    about: 'a stack is found by its name alone, in whichever project',
    falls: { scenario: 'projects_apart', variation: 0 },
    apply: replacing('where p.name = $1 and s.name = $2', 'where p.name <= $1 and s.name = $2'),
  },
  {
    name: 'project-mistold',
    about: 'a provider is told of another project than the one whose the thing is',
    falls: { scenario: 'projects_apart', variation: 0 },
    apply: replacing(
      's.*, p.name as project',
      's.*, (select name from isotherm.projects order by id desc limit 1) as project',
    ),
  },
  {
    name: 'ignored-unheard',
    about: 'what a template leaves to others is changed with everything else',
    falls: { scenario: 'left_to_others', variation: 0 },
    apply: replacing('d.body as definition', "d.body #- '{isotherm,ignoreChanges}' as definition"),
  },
  {
    name: 'taken-back-otherwise',
    about: 'of a version that is taken back nobody knows what it has, and so what of it was left to others',
    falls: { scenario: 'left_to_others_and_taken_back', variation: 0 },
    apply: replacing(
      `coalesce(x.properties, x.intent->'properties') as properties, x.attributes, x.private as "privateData", x.intent, x.observed
     from unnest`,
      `null::jsonb as properties, x.attributes, x.private as "privateData", x.intent, x.observed
     from unnest`,
    ),
  },
  {
    name: 'made-instead',
    about: 'what is to be taken over is made once more',
    falls: { scenario: 'taken_over', variation: 0 },
    apply: replacing('d.body as definition', "d.body #- '{isotherm,adopt}' as definition"),
  },
  {
    name: 'referred-suspended',
    about: 'a visit does not know that a thing is only referred to',
    falls: { scenario: 'referred_to', variation: 0 },
    apply: replacing("(r.phase = 'visit' and r.retain)", "(r.phase = 'visit' and false)"),
  },
  {
    name: 'signal-unnoted',
    about: 'a signal that was taken is noted nowhere',
    falls: { scenario: 'signals_heard', variation: 0 },
    apply: replacing(
      'resource_data set private = $3::text::jsonb,',
      'resource_data set private = coalesce(private, $$3::text::jsonb),',
    ),
  },
  {
    name: 'signal-too-early',
    about: 'what is signalled before there is a handle is taken, and forgotten',
    falls: { scenario: 'signals_heard', variation: 0 },
    apply: replacing(
      `update isotherm.resource_data set private = $3::text::jsonb, attributes = coalesce($4::text::jsonb, attributes)
     where stack_id = $1 and id = $2 returning id`,
      `with noted as (
         update isotherm.resource_data set private = $$3::text::jsonb, attributes = coalesce($$4::text::jsonb, attributes)
         where stack_id = $$1 and id = $$2)
       select $$2::bigint as id`,
    ),
  },
  {
    name: 'handle-not-left',
    about: 'whoever waits next on a handle goes on with what was meant for the one before',
    falls: { scenario: 'handle_waited_on_again', variation: 0 },
    apply: replacing(
      /where r\.stack_id = \$1 and r\.id = \$2`?$/g,
      "where r.stack_id = $$1 and r.id = $$2 and r.action <> 'DELETE'",
    ),
  },
  {
    name: 'paused-though-running',
    about: 'a display says that people are waited for while something is being made',
    falls: { scenario: 'paused_only_then', variation: 0 },
    apply: replacing(
      "join isotherm.resources b on b.engine_id = e.id and b.state = 'running'",
      'join isotherm.resources b on false',
    ),
  },
  {
    name: 'paused-though-due',
    about: 'a display says that people are waited for while something is due',
    falls: { scenario: 'paused_only_then', variation: 0 },
    apply: replacing("b.stack_id = tree.id and b.state in ('ready', 'parked')", 'b.stack_id = tree.id and false'),
  },
  {
    name: 'paused-though-ending',
    about: 'a display says that people are waited for while a nested stack is about to go on',
    falls: { scenario: 'paused_only_then', variation: 0 },
    apply: replacing('select from tree where not exists (', 'select from tree where false and not exists ('),
  },
  {
    name: 'told-in-vain',
    about: 'a group that was told to grow is not looked at',
    falls: { scenario: 'scaled_by_signals', variation: 0 },
    apply: replacing('set stale = true, properties_hash = null', 'set stale = stale'),
  },
]
