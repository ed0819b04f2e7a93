-- Definitions that say something under `isotherm:`. Only additions: an index that holds those in force, few or none.
create index definitions_extended on isotherm.definitions (stack_id) where until = 2147483647 and body ? 'isotherm';
