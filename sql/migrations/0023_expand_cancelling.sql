-- An operation that somebody has begun to cancel, and why. Only additions.

-- The cancel may have reached the provider, whatever has become of whoever asked for it: what is left of the operation means
-- nothing any more, also when the same is wanted again.
alter table isotherm.resource_data add column cancelling text;
