// JSON pointers (RFC 6901): how a template says where something lies in an answer.
import { isJsonObject, type Json } from '../../lib/json.js'

/** Text that is a pointer: empty (the whole), or steps that each begin with `/`. */
export const POINTER_PATTERN = '^(/.*)?$'

/** What lies at the pointer, or undefined when nothing does. */
export function at(value: Json, pointer: string): Json | undefined {
  let found: Json | undefined = value
  for (const step of stepsOf(pointer)) {
    if (Array.isArray(found)) found = /^\d+$/.test(step) ? found[Number(step)] : undefined
    else if (isJsonObject(found)) found = Object.hasOwn(found, step) ? found[step] : undefined
    else return undefined
  }
  return found
}

const stepsOf = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
