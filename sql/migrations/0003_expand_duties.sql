-- Duties: what must be done now and then in a database, by any engine and by none twice. Only additions.

create table isotherm.duties (
  name     text primary key,
  due_at   timestamptz not null,                         -- whoever moves it on does the duty
  position int not null default 0                        -- how far the last one came: a stack's id
);

-- What retention looks for: definitions out of force, few beside those in force.
create index definitions_closed on isotherm.definitions (stack_id, until) where until < 2147483647;
