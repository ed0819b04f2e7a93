-- Addresses that a resource's own attributes tell belong to the version that tells them, and end with it. Only additions.

alter table isotherm.signal_urls
  add column resource_id bigint;                         -- null: made on request, for whatever has the name
