-- Keys: what secrets are sealed with. Only additions.

-- Data keys, each wrapped with the master keys that may use it; a master key is never here. While keys are changed, the old
-- one and the new one are both known, by their ids; new values are sealed with the one in force.
create table isotherm.keys (
  id         text not null,
  master     text not null,                              -- tells which master key it was wrapped with
  wrapped    text not null,
  purpose    text not null check (purpose in ('seal', 'hash')),
  in_force   boolean not null,
  created_at timestamptz not null default isotherm.clock(),
  primary key (id, master)
);
