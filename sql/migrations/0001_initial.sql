-- The schema of Isotherm. A stack is declared by a template; bringing it about is a traversal. Everything an engine
-- needs in order to carry on where another stopped stands in these rows, and each row can be read by a person.
--
-- Every key begins with the stack, so that one stack's rows lie together and the tables can be partitioned or sharded
-- by it. No statement joins the rows of two stacks.

-- The one clock. Tests and the simulator set `isotherm.now`; everybody else lives in the database's time.
create function isotherm.clock() returns timestamptz language sql stable as
$$ select coalesce(nullif(current_setting('isotherm.now', true), '')::timestamptz, statement_timestamp()) $$;

create table isotherm.projects (
  id   int generated always as identity primary key,
  name text not null unique
);

create table isotherm.stacks (
  id                  int generated always as identity primary key,
  uid                 uuid not null unique,              -- what users and providers see
  project_id          int not null references isotherm.projects,
  name                text not null,
  action              text not null check (action in ('CREATE', 'UPDATE', 'DELETE', 'ROLLBACK')),
  status              text not null check (status in ('IN_PROGRESS', 'COMPLETE', 'FAILED')),
  reason              text not null default '',
  -- The running traversal, or the last one. It rises with every command and names what is current.
  traversal           int not null default 0,
  template_traversal  int not null default 0,            -- the traversal that brought the template now in force
  complete_traversal  int,                               -- the last template that was reached: what a rollback goes back to
  stage               text check (stage in ('update', 'cleanup')),
  on_failure          text not null default 'rollback' check (on_failure in ('rollback', 'stop', 'continue')),
  failed              boolean not null default false,    -- something failed in this traversal; `reason` says what was first
  cause               text,                              -- of an automatic rollback: the failure that asked for it
  cancelled           boolean not null default false,    -- engines abort what they are doing for it
  deadline_at         timestamptz,
  created_at          timestamptz not null default isotherm.clock(),
  updated_at          timestamptz,
  deleted_at          timestamptz,
  -- A stack at rest is never in progress, and one in progress always knows its stage.
  constraint stage_while_in_progress check ((status = 'IN_PROGRESS') = (stage is not null))
);
create unique index stacks_living_name on isotherm.stacks (project_id, name) where deleted_at is null;
create index stacks_in_progress on isotherm.stacks (id) where status = 'IN_PROGRESS';

-- What a command declared, as the user wrote it. Immutable.
create table isotherm.templates (
  stack_id    int not null references isotherm.stacks on delete cascade,
  traversal   int not null,
  description text not null default '',
  document    jsonb,                                     -- {"text": …} or {"object": …}; null when it was a stream or a delta
  parameters  jsonb not null default '{}',               -- name → {type, value, hidden, description}
  environment jsonb not null default '{}',
  files       jsonb not null default '{}',
  outputs     jsonb not null default '{}',               -- name → {value: symbolic, description}
  created_at  timestamptz not null default isotherm.clock(),
  primary key (stack_id, traversal)
);

-- What templates said of each resource, over time: the template of traversal t is the rows with since <= t < until.
-- So a change of one resource among a million writes one row, and an earlier template can always be read back.
create table isotherm.definitions (
  stack_id int not null,
  name     text not null,
  until    int not null default 2147483647,              -- the traversal that took it out of force
  since    int not null,
  hash     uuid not null,
  requires text[] not null,                              -- names
  body     jsonb not null,
  primary key (stack_id, name, until)
);

create table isotherm.engines (
  id           uuid primary key,
  host         text not null,
  pid          int not null,
  started_at   timestamptz not null default isotherm.clock(),
  heartbeat_at timestamptz not null default isotherm.clock()
);

create sequence isotherm.resource_ids;

-- One row per version of a resource, that is, per physical thing. Hot and narrow.
create table isotherm.resources (
  stack_id        int not null,
  id              bigint not null,
  name            text not null,
  type            text not null,
  token           uuid not null default gen_random_uuid(),  -- the provider recognises its own work by it
  current         boolean not null,                      -- the version that its name means
  replaces        bigint,
  -- the world
  physical_id     text,
  action          text not null default 'INIT' check (action in ('INIT', 'CREATE', 'UPDATE', 'DELETE', 'CHECK')),
  status          text not null default 'COMPLETE' check (status in ('IN_PROGRESS', 'COMPLETE', 'FAILED')),
  reason          text,
  definition_hash uuid,                                  -- the definition it was last brought to
  properties_hash uuid,                                  -- what it has or, while an action is under way, what it is to have
  retain          boolean not null default false,        -- deletion_policy: Retain
  requires        bigint[] not null default '{}',        -- versions that must outlive it: old and new while work is under way
  -- the sync point
  traversal       int not null default 0,                -- the traversal that armed it
  phase           text check (phase in ('update', 'cleanup')),  -- null once its visit has settled; an `update` left over means stale
  awaiting        int not null default 0 check (awaiting >= 0),  -- predecessors that have not settled
  tells           bigint[] not null default '{}',        -- whom to tell when it settles
  -- work
  state           text not null default 'idle' check (state in ('idle', 'waiting', 'ready', 'running', 'parked')),
  engine_id       uuid,
  fence           int not null default 0,                -- rises whenever the row is handed on
  due_at          timestamptz,                           -- not before: back-off and polling
  attempt         int not null default 0,
  began_at        timestamptz,                           -- when the action under way began
  created_at      timestamptz not null default isotherm.clock(),
  updated_at      timestamptz not null default isotherm.clock(),
  primary key (stack_id, id),
  constraint engine_while_running check ((state = 'running') = (engine_id is not null)),
  constraint armed_while_queued   check (state not in ('waiting', 'ready') or phase is not null),
  constraint nothing_awaited      check (state <> 'ready' or awaiting = 0),
  constraint deleting_never_current check (not (current and action = 'DELETE'))
) with (fillfactor = 80);
create unique index resources_current on isotherm.resources (stack_id, name) where current;
create index resources_old     on isotherm.resources (stack_id, name) where not current;
create index resources_due     on isotherm.resources (stack_id, due_at) where state in ('ready', 'parked');
create index resources_running on isotherm.resources (engine_id, stack_id) where state = 'running';
create index resources_armed   on isotherm.resources (stack_id, traversal) where phase is not null;

-- The wide part of a resource, apart so that counting arrivals does not rewrite it.
create table isotherm.resource_data (
  stack_id   int not null,
  id         bigint not null,
  properties jsonb,                                      -- resolved, of the last completed action
  attributes jsonb not null default '{}',
  metadata   jsonb not null default '{}',
  private    jsonb,                                      -- the provider's own notes
  intent     jsonb,                                      -- {properties, definitionHash, …} of an action under way
  handle     jsonb,                                      -- of an operation that is pending
  primary key (stack_id, id)
);

-- Append-only. Read in the order (xact, id), and only below the oldest transaction still running, so that a reader who
-- remembers how far it came never misses an event that was committed late.
create table isotherm.events (
  stack_id    int not null,
  xact        xid8 not null default pg_current_xact_id(),
  id          bigint generated always as identity,
  at          timestamptz not null default isotherm.clock(),
  traversal   int not null,
  resource_id bigint,                                    -- null for events of the stack itself
  name        text not null,
  type        text,
  physical_id text,
  action      text not null,
  status      text not null,
  reason      text,
  engine_id   uuid,
  primary key (stack_id, xact, id)
);
