// How a stack is named by whoever asks, and how it is found. Nothing outside of the project is ever found.
import { InvalidInput } from '../lib/problem.js'
import { didYouMean } from '../lib/suggest.js'
import { Conflict, NotFound, Outdated } from '../lib/trouble.js'
import type { Sql } from '../store/database.js'
import { findDeleted, findStack, findStackByUid, listStackNames, type StackRow } from '../store/stacks.js'
import { type ResourceRow, readResource, readSomeNames } from '../store/views.js'

export { Conflict, NotFound, Outdated }

/**
 * A stack by its name, or by its id (a UUID). By its id one is also found that has been deleted, for questions only. A command
 * that names the traversal, too, is refused (Outdated) when another command came in between.
 */
export type StackRef = string | { readonly id: string; readonly traversal?: number }

/** Under the stack's lock, or else somebody could still come in between. Throws Outdated. */
export function checkRevision(ref: StackRef | 'new' | undefined, { name, traversal }: StackRow): void {
  if (typeof ref !== 'object' || ref.traversal === undefined || ref.traversal === traversal) return
  throw new Outdated(`stack ${name} is at traversal ${traversal}, not ${ref.traversal} any more`)
}

/** Whether the stack is to be made, or is the one with an id. Throws Conflict, NotFound. */
export function checkPresumed(
  name: string,
  presume: 'new' | { readonly id: string } | undefined,
  known: StackRow | undefined,
): void {
  if (presume === 'new' && known) throw new Conflict(`there is a stack ${name} already`)
  if (typeof presume === 'object' && known?.uid !== presume.id) throw new NotFound(`there is no stack ${name} any more`)
}

const NAMELESS = { path: 'stack', message: 'a stack is meant by its name, or by { id }' }

export interface Seeker {
  readonly database: Sql
  readonly project: string
}

export async function seekStack({ database, project }: Seeker, ref: StackRef): Promise<StackRow | undefined> {
  if (typeof ref === 'string') return findStack(database, project, ref)
  if (typeof ref?.id !== 'string') throw new InvalidInput([NAMELESS])
  return isStackId(ref.id) ? findStackByUid(database, project, ref.id) : undefined
}

/** Throws NotFound. */
export async function getStack(seeker: Seeker, ref: StackRef): Promise<StackRow> {
  const stack = await seekStack(seeker, ref)
  if (!stack) throw new NotFound(await noSuchStack(seeker, ref))
  return stack
}

/** Also the last of a name that has been deleted, where none lives. Throws NotFound. */
export async function getLast(seeker: Seeker, ref: StackRef): Promise<StackRow> {
  const living = await seekStack(seeker, ref)
  if (living || typeof ref !== 'string') return living ?? getStack(seeker, ref)
  return (await findDeleted(seeker.database, seeker.project, ref)) ?? getStack(seeker, ref)
}

async function noSuchStack({ database, project }: Seeker, ref: StackRef): Promise<string> {
  if (typeof ref !== 'string') return `there is no stack with the id ${ref.id}`
  const names = await listStackNames(database, project, NAMES_SHOWN + 1)
  const known =
    names.length === 0
      ? 'there are none yet'
      : `there are ${names.slice(0, NAMES_SHOWN).join(', ')}${names.length > NAMES_SHOWN ? ', …' : ''}`
  return `there is no stack ${ref}; ${known}`
}

/** All versions of a resource, the current one first. Throws NotFound. */
export async function getVersions(
  sql: Sql,
  stack: StackRow,
  resource: string,
): Promise<[ResourceRow, ...ResourceRow[]]> {
  const [row, ...others] = await readResource(sql, stack.id, resource)
  if (!row) throw new NotFound(await noSuchResource(sql, stack, resource))
  return [row, ...others]
}

async function noSuchResource(sql: Sql, stack: StackRow, resource: string): Promise<string> {
  const names = await readSomeNames(sql, stack.id, NAMES_COMPARED)
  const alike = didYouMean(resource, names)
  const known = names.length === 0 || names.length > NAMES_SHOWN ? undefined : `it has ${names.sort().join(', ')}`
  const hint = alike ?? known
  return `stack ${stack.name} has no resource ${resource}${hint === undefined ? '' : `; ${hint}`}`
}

const NAMES_SHOWN = 10
/** Of a larger stack only so many are looked at for a name that is alike. */
const NAMES_COMPARED = 1_000
const UUID = /^[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}$/i
export const isStackId = (word: string): boolean => UUID.test(word)

/** As the database writes it: some clients leave the dashes out. */
export function canonicalId(id: string): string {
  const digits = id.toLowerCase().replaceAll('-', '')
  return [[0, 8], [8, 12], [12, 16], [16, 20], [20]].map(([from, to]) => digits.slice(from, to)).join('-')
}
