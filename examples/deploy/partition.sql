-- Spreads the large tables over hash partitions by stack. PostgreSQL 17 or newer; nobody may be at work: stop the engines,
-- take a backup, run `psql -v ON_ERROR_STOP=1 -f partition.sql`, start the engines. Every statement of Isotherm names the stack, so it
-- looks into one partition, and each partition is vacuumed by itself. Rows are copied once.
begin;

do $$
declare
  partitions constant int := 16;
  tables constant text[] := '{resources, resource_data, events, definitions}';
  name text;
  statements text[];
  statement text;
  storage text;
begin
  foreach name in array tables loop
    if (select relkind from pg_class where oid = format('isotherm.%I', name)::regclass) = 'p' then
      raise exception 'isotherm.% is partitioned already', name;
    end if;
    execute format('lock table isotherm.%I in access exclusive mode', name);
    -- The primary key and the indexes, to be made anew under their own names.
    select array_agg(format('alter table isotherm.%I add constraint %I %s', name, conname, pg_get_constraintdef(oid)))
      into statements from pg_constraint where conrelid = format('isotherm.%I', name)::regclass and contype = 'p';
    select statements || coalesce(array_agg(pg_get_indexdef(indexrelid)), '{}')
      into statements from pg_index where indrelid = format('isotherm.%I', name)::regclass and not indisprimary;
    select coalesce(' with (' || array_to_string(reloptions, ', ') || ')', '')
      into storage from pg_class where oid = format('isotherm.%I', name)::regclass;

    execute format('alter table isotherm.%I rename to %I', name, name || '_whole');
    execute format(
      'create table isotherm.%I (like isotherm.%I including defaults including identity including constraints) partition by hash (stack_id)',
      name, name || '_whole');
    for i in 0 .. partitions - 1 loop
      execute format('create table isotherm.%I partition of isotherm.%I for values with (modulus %s, remainder %s)%s',
        name || '_' || i, name, partitions, i, storage);
    end loop;
    execute format('insert into isotherm.%I overriding system value select * from isotherm.%I', name, name || '_whole');
    execute format('drop table isotherm.%I', name || '_whole');
    foreach statement in array statements loop
      execute statement;
    end loop;
  end loop;
  -- Events go on counting where they were.
  perform setval(pg_get_serial_sequence('isotherm.events', 'id'), coalesce(max(id), 0) + 1, false) from isotherm.events;
end $$;

commit;

analyze isotherm.resources, isotherm.resource_data, isotherm.events, isotherm.definitions;
