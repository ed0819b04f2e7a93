-- Addresses that carry their own secret: whoever has one may signal one resource of one stack, and nothing else. Only additions.

create table isotherm.signal_urls (
  hash       bytea primary key,                          -- SHA-256 of 256 random bits
  stack_id   int not null references isotherm.stacks on delete cascade,
  resource   text not null,
  created_at timestamptz not null default isotherm.clock()
);
create index signal_urls_of_stacks on isotherm.signal_urls (stack_id, resource);
