// What stacks may be called.
import { InvalidInput } from '../lib/problem.js'

/** Heat's rule for names. */
export function checkStackName(name: string): void {
  if (/^[a-zA-Z][a-zA-Z0-9_.-]{0,254}$/.test(name)) return
  const message = `stack name ${JSON.stringify(name)} is not allowed`
  const hint = 'a letter, then up to 254 letters, digits, and any of _ . -'
  throw new InvalidInput([{ path: '', message, hint }])
}
