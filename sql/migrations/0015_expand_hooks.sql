-- Hooks: an environment asks that what is about to be done to a resource, or has just been done, waits until somebody says so.

-- Whom the environment in force asks to wait: [{"pattern": "web_*", "hooks": ["pre-create"]}]. Null, as for nearly all, is nobody.
alter table isotherm.stacks add column hooks jsonb;

-- The hook that a row came to last, in which traversal, and whether it was cleared there. A row that is held waits and awaits
-- nobody; whatever arms it anew sets it free, for all of this counts in its own traversal only.
alter table isotherm.resources
  add column hook text,
  add column hook_at integer,
  add column hook_cleared boolean not null default false;
