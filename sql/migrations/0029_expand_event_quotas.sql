-- How many events of a stack are kept is for each project to be said apart from the others: one that is loud need not cost the
-- history of the quiet ones. Null: as the engines are told.
alter table isotherm.projects add column events_per_stack_max integer check (events_per_stack_max >= 0);
