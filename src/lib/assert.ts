// What we got wrong is an assertion: it stops the work at hand and names the rule that does not hold.

class AssertionFailure extends Error {
  override readonly name = 'AssertionFailure'
}

export function assert(condition: unknown, rule: string): asserts condition {
  if (!condition) throw new AssertionFailure(`broken rule: ${rule}`)
}

/** Closes a switch over a union: the compiler objects when a case is missing. */
export function unreachable(value: never): never {
  throw new AssertionFailure(`broken rule: no such case as ${JSON.stringify(value)}`)
}
