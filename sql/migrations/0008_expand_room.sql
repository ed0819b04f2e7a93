-- Room on the pages of `resources`: a row is rewritten four or five times while its stack converges, and what stays on its
-- page leaves the indexes alone. With 80 half of the arrivals had to move, with 50 one in seven; after a first create the
-- table is no larger for it, since less is left behind on other pages.
alter table isotherm.resources set (fillfactor = 50);
