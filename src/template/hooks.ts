// Hooks: where an environment lets what is done to resources wait until somebody says that it may go on.
import { matchesPattern } from './file-pattern.js'
import type { Registry } from './registry.js'

export const HOOKS = ['pre-create', 'pre-update', 'pre-delete', 'post-create', 'post-update', 'post-delete'] as const
export type Hook = (typeof HOOKS)[number]

/** What an environment asks of the resources whose names match. */
export interface HookRule {
  readonly pattern: string
  readonly hooks: readonly Hook[]
}

export const isHook = (word: unknown): word is Hook => HOOKS.some((hook) => hook === word)

/** Undefined where the environment asks for none. */
export function hookRulesOf({ interventions }: Registry): readonly HookRule[] | undefined {
  const rules = interventions.flatMap(({ key, pattern, values }) => {
    const hooks = key === 'hooks' ? values.filter(isHook) : []
    return hooks.length === 0 ? [] : [{ pattern, hooks }]
  })
  return rules.length === 0 ? undefined : rules
}

/** The hooks of one resource. */
export const hooksOf = (rules: readonly HookRule[] | null, name: string): readonly Hook[] =>
  rules === null ? [] : rules.flatMap(({ pattern, hooks }) => (matchesPattern(pattern, name) ? hooks : []))
