-- What a project may not use of an engine's machine holds inside nested stacks too, whichever engine brings them about.

alter table isotherm.stacks
  add column refused_types text[] not null default '{}';  -- beginnings of type names; of a nested stack its root's count
