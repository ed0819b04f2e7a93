-- One text for all that a template says of its resources: a large stack that is declared once more as it is need not be read.
-- Null where nobody worked it out; only additions.

alter table isotherm.templates add column definitions_digest text;
