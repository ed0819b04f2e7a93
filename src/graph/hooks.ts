// Where a resource waits until somebody says that it may go on. Pure.
import { type Hook, type HookRule, hooksOf } from '../template/hooks.js'
import type { Step } from './decide.js'
import type { PlannedAction } from './preview.js'

/** What a row knows of hooks. */
export interface Hooked {
  readonly name: string
  /** Of the environment in force; null when it asks for none. */
  readonly hookRules: readonly HookRule[] | null
  /** The last one that was cleared for the row in the running traversal. */
  readonly hookPassed: Hook | null
}

/** The first of the hooks on the way that the resource has and that is not behind it. */
export function nextHook({ name, hookRules, hookPassed }: Hooked, onTheWay: readonly Hook[]): Hook | undefined {
  if (hookRules === null) return undefined
  const hooks = hooksOf(hookRules, name)
  const passed = hookPassed === null ? -1 : onTheWay.indexOf(hookPassed)
  return onTheWay.slice(passed + 1).find((hook) => hooks.includes(hook))
}

/** The hooks before a step; what goes on with what was begun already has passed them. */
export function hooksBefore(step: Step, { deleteFirst }: { readonly deleteFirst: boolean }): readonly Hook[] {
  switch (step.kind) {
    case 'create':
      return ['pre-create']
    case 'update':
      return ['pre-update']
    case 'replace':
      // What is deleted first is followed by a create of its own, with its own hook.
      return deleteFirst ? ['pre-update'] : ['pre-update', 'pre-create']
    case 'keep':
    case 'refuse':
      return []
  }
}

/** Every hook on the way of what is planned, in the order in which it comes to them. */
export function hooksFor(action: PlannedAction, { deleteFirst }: { readonly deleteFirst: boolean }): readonly Hook[] {
  switch (action) {
    case 'create':
      return ['pre-create', 'post-create']
    case 'update':
      return ['pre-update', 'post-update']
    case 'delete':
      return ['pre-delete', 'post-delete']
    case 'replace': {
      const [made, gone] = [hooksFor('create', { deleteFirst }), hooksFor('delete', { deleteFirst })]
      return ['pre-update', ...(deleteFirst ? [...gone, ...made] : [...made, ...gone])]
    }
    case 'keep':
    case 'retain':
    case 'fail':
      return []
  }
}

/** Everything was done in this traversal, and only its hook was still to be cleared. */
export const isPastHook = ({ hookPassed }: Hooked, status: string): boolean =>
  status === 'COMPLETE' && (hookPassed === 'post-create' || hookPassed === 'post-update')

/** In Heat's words, which its clients look for: `CREATE paused until Hook pre-create is cleared`. */
export const pausedAt = (hook: Hook): string =>
  `${hook.split('-')[1]?.toUpperCase()} paused until Hook ${hook} is cleared`
export const clearedAt = (hook: Hook): string => `Hook ${hook} is cleared`
