-- Software configurations and where they are deployed: kept for agents on servers, who fetch and report. Only additions.

create table isotherm.software_configs (
  id         uuid primary key default gen_random_uuid(),
  project_id int not null references isotherm.projects,
  name       text not null default '',
  "group"    text not null default 'Heat::Ungrouped',
  config     text not null default '',
  inputs     jsonb not null default '[]',
  outputs    jsonb not null default '[]',
  options    jsonb not null default '{}',
  created_at timestamptz not null default isotherm.clock()
);
create index software_configs_listed on isotherm.software_configs (project_id, created_at desc, id desc);

create table isotherm.software_deployments (
  id                    uuid primary key default gen_random_uuid(),
  project_id            int not null references isotherm.projects,
  config_id             uuid not null references isotherm.software_configs,
  server_id             text,
  action                text,
  status                text,
  status_reason         text,
  input_values          jsonb not null default '{}',
  output_values         jsonb,
  stack_user_project_id text,
  created_at            timestamptz not null default isotherm.clock(),
  updated_at            timestamptz
);
create index software_deployments_listed on isotherm.software_deployments (project_id, server_id, created_at);
create index software_deployments_of_configs on isotherm.software_deployments (config_id);
