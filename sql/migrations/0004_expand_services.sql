-- What a service that many share keeps of projects and stacks. Only additions.

-- How a project is called in addresses; a name may be changed, this never is.
alter table isotherm.projects add column uid text not null default replace(gen_random_uuid()::text, '-', '');
create unique index projects_uid on isotherm.projects (uid);

alter table isotherm.stacks
  add column tags              text[] not null default '{}',
  add column made_by           text,
  add column timeout_minutes   int,                      -- as they were asked for: shown, and kept by a later update
  add column rollback_disabled boolean;

-- A project's stacks in the order of lists: the newest first.
create index stacks_listed on isotherm.stacks (project_id, created_at desc, id desc);
