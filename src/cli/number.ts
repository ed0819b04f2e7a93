// Numbers that are given as words of the command line.
import { UsageError } from './exit.js'

/** Throws UsageError. */
export function numberOf(option: string, text: string, { least = 0, whole = false } = {}): number {
  const number = Number(text)
  if (text.trim() !== '' && number >= least && (!whole || Number.isInteger(number))) return number
  throw new UsageError(`${option} ${text}: expected ${whole ? 'a whole number' : 'a number'} of at least ${least}`)
}
