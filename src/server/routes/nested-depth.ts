// How deep clients want to look into nested stacks.
import type { JsonObject } from '../../lib/json.js'
import { badRequest } from '../errors.js'
import type { Call } from '../route.js'

export const DEPTH: JsonObject = {
  type: ['integer', 'string'],
  description: 'How deep nested stacks are looked into: a number, or MAX.',
}

/** As clients send it; 0 when they do not. Throws Refusal 400. */
export function depthOf({ query }: Call): number {
  const text = query.text('nested_depth')
  if (text === undefined || text === '' || /^false$/i.test(text)) return 0
  if (/^(max|true)$/i.test(text)) return Number.POSITIVE_INFINITY
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw badRequest(`Only integer is allowed for nested_depth, got "${text}"`)
}
