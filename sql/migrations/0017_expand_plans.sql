-- Plans that are kept until somebody carries them out, answers that are given again to whoever asks twice.
-- Only additions.

-- What a preview foresaw, and all that it was made from. Short-lived: a stack that moves on makes it worthless.
create table isotherm.plans (
  project_id  int not null references isotherm.projects on delete cascade,
  id          uuid not null,
  stack       text not null,
  stack_uid   uuid not null,                             -- of the stack, or what a new one will have
  traversal   int not null,                              -- the stack's revision; 0: it is to be made
  wanted      json not null,                             -- the declaration and its options, sealed
  preview     json not null,                             -- as it was shown, secrets hidden
  made_by     text,
  created_at  timestamptz not null default isotherm.clock(),
  expires_at  timestamptz not null,
  carried_out int,                                       -- the traversal that it became
  primary key (project_id, id)
);
create index plans_expiry on isotherm.plans (project_id, expires_at);

-- Requests with an `Idempotency-Key`: what each was answered, for a day.
create table isotherm.answers (
  project_id  int not null references isotherm.projects on delete cascade,
  key         text not null,
  request     bytea not null,                            -- SHA-256 of who asked what
  command     uuid not null,                             -- the id that the command is noted by (isotherm.commands)
  lease_until timestamptz not null,                      -- whoever asks has so long, then another may
  status      int,                                       -- null: not answered yet
  headers     json,
  body        text,
  at          timestamptz not null default isotherm.clock(),
  primary key (project_id, key)
);
create index answers_at on isotherm.answers (project_id, at);

