-- Who may do what: users, their roles in projects, and what they prove themselves with. Only additions. Nothing here lets
-- anybody in by being read: passwords, tokens and secrets stand as hashes.

create table isotherm.users (
  id             text primary key default replace(gen_random_uuid()::text, '-', ''),
  name           text not null unique,
  password       text,                                   -- scrypt, with its cost and salt; null: no log-in by password
  enabled        boolean not null default true,
  bound_stack    uuid,                                   -- a stack user: all that it may signal is this resource
  bound_resource text,
  created_at     timestamptz not null default isotherm.clock(),
  constraint bound_to_a_resource check ((bound_stack is null) = (bound_resource is null))
);

create table isotherm.role_assignments (
  user_id    text not null references isotherm.users on delete cascade,
  project_id int not null references isotherm.projects on delete cascade,
  role       text not null check (role in ('admin', 'member', 'reader', 'heat_stack_user')),
  primary key (user_id, project_id, role)
);

-- A client's own secret: less than its user's password, and revocable alone.
create table isotherm.application_credentials (
  id         text primary key default replace(gen_random_uuid()::text, '-', ''),
  user_id    text not null references isotherm.users on delete cascade,
  project_id int not null references isotherm.projects on delete cascade,
  name       text not null,
  secret     bytea not null,                             -- SHA-256 of 256 random bits
  roles      text[],                                     -- null: all that the user has
  expires_at timestamptz,
  created_at timestamptz not null default isotherm.clock(),
  unique (user_id, name)
);

create table isotherm.tokens (
  hash          bytea primary key,                       -- SHA-256 of 256 random bits
  id            text not null unique,                    -- by which it is spoken of, and which lets nobody in
  user_id       text not null references isotherm.users on delete cascade,
  project_id    int references isotherm.projects on delete cascade,
  credential_id text references isotherm.application_credentials on delete cascade,
  methods       text[] not null,
  roles         text[],                                  -- null: all that the user has, at the time of each request
  issued_at     timestamptz not null default isotherm.clock(),
  expires_at    timestamptz not null
);
create index tokens_expiry on isotherm.tokens (expires_at);
create index tokens_of_users on isotherm.tokens (user_id);

-- Attempts to log in that have not succeeded, by user name and by address.
create table isotherm.guesses (
  subject      text primary key,
  failures     int not null,
  last_at      timestamptz not null,
  locked_until timestamptz
);

-- Who did what, from where, and what became of it.
create table isotherm.audit (
  id         bigint generated always as identity primary key,
  at         timestamptz not null default isotherm.clock(),
  request_id text not null,
  user_id    text,
  user_name  text,
  project    text,
  operation  text not null,
  method     text not null,
  path       text not null,
  status     int not null,
  address    text not null
);
create index audit_at on isotherm.audit (at);
