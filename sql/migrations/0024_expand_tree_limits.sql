-- How large a stack may become with all that is nested in it. Only additions.

alter table isotherm.stacks
  add column nested_depth_max int,  -- levels of stacks inside; null: the default. Of a nested stack its root's count
  add column tree_resources_max int;  -- resources of all its stacks together; null: any number. The root's count
