// Numbers that are given as words of the command line.
import { UsageError } from './exit.js'

/** Throws UsageError. */
export function numberOf(option: string, text: string, { least = 0, whole = false } = {}): number {
  const number = Number(text)
  if (text.trim() !== '' && number >= least && (!whole || Number.isInteger(number))) return number
  throw new UsageError(`${option} ${text}: expected ${whole ? 'a whole number' : 'a number'} of at least ${least}`)
}

/** Throws UsageError. */
export function portOf(option: string, text: string): number {
  const port = numberOf(option, text, { whole: true })
  if (port < 65_536) return port
  throw new UsageError(`${option} ${text}: there is no port above 65535`)
}
