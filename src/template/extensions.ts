// What Isotherm lets a resource say beyond HOT, under the one key `isotherm:`, so that Heat's keys stay Heat's.
import { isJsonObject, type Json, type JsonObject } from '../lib/json.js'
import { didYouMean } from '../lib/suggest.js'
import type { Scope } from './scope.js'
import { checkKeys, flagAt, mapAt } from './shape.js'
import { kindOf, show } from './text.js'

export interface Extensions {
  /** It is not deleted and not replaced, whatever a template says, until this is taken back. */
  readonly protect?: true
  /** Attempts of one action before it fails, in place of what the type says. */
  readonly attemptsMax?: number
  /** Seconds that one call may take, in place of what the type says. */
  readonly timeoutSeconds?: number
  /** Properties, or paths into them (`tags.owner`), whose changes are left to others once the thing exists. */
  readonly ignoreChanges?: readonly string[]
  /** What the resource was called before: its thing is kept under the new name. */
  readonly movedFrom?: string
  /** A replacement deletes the old thing before it makes the new one, for example because names must be unique. */
  readonly replacement?: 'delete_first'
  /** The physical id of a thing that exists already: taken over where there would be something to be made. */
  readonly adopt?: string
}

const KEYS = new Set(['protect', 'retry', 'timeout', 'ignore_changes', 'moved_from', 'replacement', 'adopt'])
export const ATTEMPTS_MAX = 1_000
export const TIMEOUT_SECONDS_MAX = 7 * 24 * 3_600

/** Reads the key; `scope` stands at it. Undefined when it says nothing. */
export function readExtensions(scope: Scope, raw: Json): Extensions | undefined {
  const written = mapAt(scope, raw, 'isotherm')
  checkKeys(scope, written, KEYS, 'isotherm')
  const movedFrom = nameAt(scope, written, 'moved_from', 'the earlier name of the resource')
  const attemptsMax = attemptsOf(scope, written)
  const timeoutSeconds = numberAt(scope, written, 'timeout', { least: 0.001, most: TIMEOUT_SECONDS_MAX })
  const ignoreChanges = pathsOf(scope, written)
  const deleteFirst = deletesFirst(scope, written)
  const adopt = nameAt(scope, written, 'adopt', 'the physical id of what exists')
  if (adopt !== undefined && deleteFirst) {
    scope.at('adopt', () => scope.problem('what is deleted first could not be told from what is to be adopted'))
  }
  const read: Extensions = {
    ...(flagAt(scope, written, 'protect') && { protect: true }),
    ...(attemptsMax !== undefined && { attemptsMax }),
    ...(timeoutSeconds !== undefined && { timeoutSeconds }),
    ...(ignoreChanges.length > 0 && { ignoreChanges }),
    ...(movedFrom !== undefined && { movedFrom }),
    ...(deleteFirst && { replacement: 'delete_first' }),
    ...(adopt !== undefined && { adopt }),
  }
  return Object.keys(read).length === 0 ? undefined : read
}

function nameAt(scope: Scope, written: JsonObject, key: string, what: string): string | undefined {
  if (written[key] === undefined || written[key] === null) return undefined
  return scope.at(key, () => {
    const value = scope.resolveNow(written[key] ?? null)
    if (typeof value === 'string' && value !== '') return value
    scope.problem(`expected ${what}, not ${typeof value === 'string' ? 'an empty text' : kindOf(value)}`)
    return undefined
  })
}

const ORDERS = ['create_first', 'delete_first']

function deletesFirst(scope: Scope, written: JsonObject): boolean {
  if (written.replacement === undefined || written.replacement === null) return false
  return scope.at('replacement', () => {
    const order = scope.resolveNow(written.replacement ?? null)
    if (typeof order !== 'string' || !ORDERS.includes(order)) {
      scope.problem(`expected ${ORDERS.join(' or ')}, not ${show(order)}`)
    }
    return order === 'delete_first'
  })
}

function attemptsOf(scope: Scope, written: JsonObject): number | undefined {
  if (written.retry === undefined || written.retry === null) return undefined
  return scope.at('retry', () => {
    const retry = mapAt(scope, scope.resolveNow(written.retry ?? null), 'retry')
    checkKeys(scope, retry, new Set(['attempts']), 'retry')
    return numberAt(scope, retry, 'attempts', { least: 1, most: ATTEMPTS_MAX, whole: true })
  })
}

function numberAt(
  scope: Scope,
  written: JsonObject,
  key: string,
  { least, most, whole = false }: { readonly least: number; readonly most: number; readonly whole?: boolean },
): number | undefined {
  if (written[key] === undefined || written[key] === null) return undefined
  return scope.at(key, () => {
    const value = scope.resolveNow(written[key] ?? null)
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
    const right =
      typeof number === 'number' && number >= least && number <= most && (!whole || Number.isInteger(number))
    if (right) return number
    scope.problem(`expected a ${whole ? 'whole ' : ''}number from ${least} to ${most}, not ${show(value)}`)
    return undefined
  })
}

function pathsOf(scope: Scope, written: JsonObject): string[] {
  if (written.ignore_changes === undefined || written.ignore_changes === null) return []
  return scope.at('ignore_changes', () => {
    const paths = scope.resolveNow(written.ignore_changes ?? null)
    const list = Array.isArray(paths) ? paths : [paths]
    return list.flatMap((path) => {
      if (typeof path === 'string' && path !== '') return path
      scope.problem(`expected the names of properties, not ${kindOf(path)}`)
      return []
    })
  })
}

/** A path must begin with a property that the type has; whether what lies behind it exists is not known. */
export function unknownPath(
  { isotherm }: { readonly isotherm?: Extensions },
  names: readonly string[],
): { path: string; hint: string } | undefined {
  const path = isotherm?.ignoreChanges?.find((one) => !names.includes(one.split('.')[0] ?? ''))
  if (path === undefined) return undefined
  return { path, hint: didYouMean(path, names) ?? `it has ${names.join(', ')}` }
}

/** What is wanted, with the values that exist at these paths left as they are. Pure; `wanted` itself is not changed. */
export function keepIgnored(wanted: JsonObject, existing: JsonObject, paths: readonly string[]): JsonObject {
  return paths.reduce<JsonObject>((value, path) => {
    const kept = withValue(value, existing, path.split('.'))
    return isJsonObject(kept) ? kept : value
  }, wanted)
}

function withValue(wanted: Json | undefined, existing: Json | undefined, path: readonly string[]): Json | undefined {
  const [step, ...rest] = path
  if (step === undefined) return existing
  // Where the path leads nowhere on both sides there is nothing to be kept apart.
  if (!isJsonObject(wanted) || (existing !== undefined && !isJsonObject(existing))) return wanted
  const field = withValue(wanted[step], existing?.[step], rest)
  const { [step]: _, ...others } = wanted
  return field === undefined ? others : { ...wanted, [step]: field }
}
