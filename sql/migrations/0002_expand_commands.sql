-- Commands and traces. Only additions: a program that knows nothing of them goes on working beside one that does.

-- One row per command that was accepted, under an id that the commander chose. When the connection breaks during the
-- commit, the row tells whether the command happened.
create table isotherm.commands (
  stack_id  int not null,
  id        uuid not null,
  traversal int not null,                                -- the one that it began, or in which it came
  at        timestamptz not null default isotherm.clock(),
  primary key (stack_id, id)
);

-- The trace of the running traversal, as W3C Trace Context writes it; a rollback belongs to the trace of what failed.
alter table isotherm.stacks add column traceparent text;
