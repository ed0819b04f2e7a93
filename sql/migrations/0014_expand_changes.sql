-- Commands that cost what they change. Only additions.

-- Who requires a name: what lies downstream of a change is found without reading the whole template. A definition is
-- written once, so the index costs 3.5 µs for each, and nothing afterwards.
create index definitions_requires on isotherm.definitions using gin (requires) where until = 2147483647;

-- What is not at rest as wanted: together with the armed, the running and the pending, which have their indexes.
create index resources_unwell on isotherm.resources (stack_id) where status = 'FAILED' or stale or suspended;

-- False while definitions are in force that have not been compared with the rows: an update that looks at reality first.
alter table isotherm.stacks add column planned boolean not null default true;

-- Nobody asks how these are distributed, and to find it out is most of what `analyze` costs.
alter table isotherm.definitions alter column body set statistics 0;
alter table isotherm.resources alter column tells set statistics 0;
alter table isotherm.resources alter column requires set statistics 0;
update isotherm.stacks set planned = false where stage = 'visit';
