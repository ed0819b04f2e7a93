// Who calls, and what that entitles to. Pure: a route says what it takes, a caller what they have.
import type { ProjectRow } from '../store/projects.js'

export const ROLES = ['admin', 'member', 'reader', 'heat_stack_user'] as const
export type Role = (typeof ROLES)[number]

export interface Caller {
  readonly user: { readonly id: string; readonly name: string }
  /** Null: known, but in no project. */
  readonly project: ProjectRow | null
  readonly roles: ReadonlySet<Role>
  /** All that a stack user may signal. */
  readonly bound?: { readonly stackId: string; readonly resource: string }
}

/**
 * What a route takes. `open`: nothing. `known`: to be somebody. `read`, `write`, `admin`: a role in the project. `signal`: to be
 * one who writes, or the user of this very resource.
 */
export type Access = 'open' | 'known' | 'read' | 'write' | 'admin' | 'signal'

const ENTITLED: { readonly [access in Exclude<Access, 'open' | 'known'>]: readonly Role[] } = {
  read: ['reader', 'member', 'admin'],
  write: ['member', 'admin'],
  admin: ['admin'],
  signal: ['member', 'admin'],
}

/** @param at the stack and resource that a signal is for */
export function mayDo(
  caller: Caller,
  access: Access,
  at: { readonly stackId?: string; readonly resource?: string } = {},
): boolean {
  if (access === 'open' || access === 'known') return true
  if (ENTITLED[access].some((role) => caller.roles.has(role))) return true
  const { bound } = caller
  if (access !== 'signal' || !bound || !caller.roles.has('heat_stack_user')) return false
  return bound.stackId === at.stackId && bound.resource === at.resource
}

export const isRole = (word: string): word is Role => ROLES.some((role) => role === word)
