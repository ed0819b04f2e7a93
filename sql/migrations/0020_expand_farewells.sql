-- What is to be known of a resource when it goes: its template says it, and then no more. Only additions.

-- What a definition, also one that is out of force, says of the deletion: a snapshot first, or how often and how long it is tried.
create index definitions_farewell on isotherm.definitions (stack_id, name, until)
  where body ? 'isotherm' or body ->> 'deletionPolicy' = 'Snapshot';
