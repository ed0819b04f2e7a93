// What a template says that is read all the same, but surely not meant: a field of our own beside Heat's body.
import type { Json, JsonObject } from '../../lib/json.js'
import type { Warned } from '../../lib/problem.js'

/** As a part of a body: nothing where there is nothing to tell, so that it is Heat's own then. */
export const told = ({ warnings }: Warned): JsonObject =>
  warnings ? { warnings: warnings.map((warning): Json => ({ ...warning })) } : {}
