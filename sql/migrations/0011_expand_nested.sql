-- Nested stacks: a resource may be brought about by a stack of its own. Only additions.

alter table isotherm.stacks
  add column parent_id       int,                        -- the stack whose resource this one is; null for a stack of its own
  add column parent_resource bigint,                     -- the version in it; its token is this stack's uid
  add column root_id         int,                        -- the outermost of the stacks around it
  add column depth           int not null default 0,
  add column composed_hash   uuid;                       -- of what it was last told to become

-- Who waits for a nested stack, and what is in a stack.
create index stacks_nested on isotherm.stacks (parent_id, parent_resource) where parent_id is not null;
