// File modes as templates write them: octal digits in text.
import type { PropertySchema } from '../contract.js'

export const modeSchema = {
  type: 'string',
  onChange: 'update',
  description: 'Permissions in octal digits, for example "0644"',
  schema: { pattern: '^0?[0-7]{3}$' },
} as const satisfies PropertySchema

export const parseMode = (text: string): number => Number.parseInt(text, 8)

/** The live mode in the spelling of `wanted` when they are the same. */
export function showMode(live: number, wanted: string | undefined): string {
  const bits = live & 0o777
  if (wanted !== undefined && parseMode(wanted) === bits) return wanted
  return bits.toString(8).padStart(4, '0')
}
