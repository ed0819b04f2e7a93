// One statement about many stacks is what makes turns cheap, and what lets the one that fails hold up all the others. So where a
// turn about many fails, it is made again about each half of them, down to the stack that it fails for (ADR 0053).
import { isGeneral } from '../store/fault.js'

/** Makes a turn about these stacks, or about these parts of one. Where it throws, what it had done for any of them may be done again. */
export type Turn<T = number> = (all: readonly T[]) => Promise<void>

/** Throws what the database as a whole is to blame for, and what `failed` throws: then the rest is left. */
export async function byHalves<T = number>(
  all: readonly T[],
  turn: Turn<T>,
  failed: (one: T, error: unknown) => Promise<void>,
): Promise<void> {
  const [first, ...more] = all
  if (first === undefined) return
  try {
    await turn(all)
  } catch (error) {
    if (isGeneral(error)) throw error
    if (more.length === 0) return failed(first, error)
    const middle = all.length >> 1
    await byHalves(all.slice(0, middle), turn, failed)
    await byHalves(all.slice(middle), turn, failed)
  }
}

/** As many as that, and it is not some of them that are at fault. */
const FAILED_MAX = 8

/** Makes the turn about as much of one stack as can be. Throws what it fails for in the rest. */
export async function asFarAsPossible<T>(all: readonly T[], turn: Turn<T>): Promise<void> {
  const errors: unknown[] = []
  await byHalves(all, turn, async (_, error) => {
    errors.push(error)
    if (errors.length === FAILED_MAX) throw error
  })
  if (errors.length > 0) throw errors[0]
}
