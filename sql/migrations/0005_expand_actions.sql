-- Actions on a stack (suspend, resume, check, snapshot, …): traversals that visit what is there instead of changing it. Only
-- additions: the lists of what may stand in a column grow.

alter table isotherm.stacks
  drop constraint stacks_action_check,
  add constraint stacks_action_check check (action in ('CREATE', 'UPDATE', 'DELETE', 'ROLLBACK', 'RESTORE', 'ADOPT',
    'CHECK', 'SUSPEND', 'RESUME', 'SNAPSHOT')),
  drop constraint stacks_stage_check,
  add constraint stacks_stage_check check (stage in ('visit', 'update', 'cleanup'));

alter table isotherm.resources
  drop constraint resources_action_check,
  add constraint resources_action_check check (action in ('INIT', 'CREATE', 'UPDATE', 'DELETE', 'ADOPT', 'CHECK', 'SUSPEND',
    'RESUME', 'SNAPSHOT')),
  drop constraint resources_phase_check,
  add constraint resources_phase_check check (phase in ('visit', 'update', 'cleanup')),
  -- A superseded update owes it a visit; `phase` said so until the row was armed for something else.
  add column stale     boolean not null default false,
  add column suspended boolean not null default false;   -- from before it is asked to be, until it has been resumed

create index resources_visited on isotherm.resources (stack_id) where phase = 'visit';

-- What the last check found, where that is not what was recorded: {gone} or {properties: those that differ} or {unhealthy}.
alter table isotherm.resource_data add column observed jsonb;

-- What a stack was at a moment. The template is kept as long as the snapshot is.
create table isotherm.snapshots (
  stack_id           int not null references isotherm.stacks on delete cascade,
  id                 uuid not null,
  name               text not null,
  traversal          int not null,                       -- the one that takes it
  template_traversal int not null,
  status             text not null default 'IN_PROGRESS' check (status in ('IN_PROGRESS', 'COMPLETE', 'FAILED')),
  reason             text not null default '',
  created_at         timestamptz not null default isotherm.clock(),
  primary key (stack_id, id)
);

create table isotherm.snapshot_resources (
  stack_id    int not null,
  snapshot_id uuid not null,
  name        text not null,
  type        text not null,
  physical_id text,
  data        jsonb,                                     -- what the type's `restore` is given
  primary key (stack_id, snapshot_id, name),
  foreign key (stack_id, snapshot_id) references isotherm.snapshots on delete cascade
);

-- Stacks whose reality is looked at now and then.
create table isotherm.watches (
  stack_id      int primary key references isotherm.stacks on delete cascade,
  every_seconds float8 not null check (every_seconds > 0),
  drift_limit   int not null default 0 check (drift_limit >= 0),  -- so much is mended without a person being asked
  due_at        timestamptz not null,
  traversal     int                                      -- the check that it began last
);
create index watches_due on isotherm.watches (due_at);
