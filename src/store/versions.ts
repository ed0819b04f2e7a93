// The versions of a name. One index knows the current ones and another the others; asked for both at once, the planner finds
// that neither fits and reads the whole stack.

/** The ids of all versions whose name meets a condition, for example `= $2` or `= any($2::text[])`, of the stack `$1`. */
export const versionsNamed = (condition: string): string =>
  `(select id from isotherm.resources where stack_id = $1 and current and name ${condition}
    union all select id from isotherm.resources where stack_id = $1 and not current and name ${condition})`
