// What a mutation is: a fault that is built into the engine on its way to the database, and the world that falls by it.
import type { FarSideRules } from './far-side.js'
import type { Rewrite } from './gated-database.js'

interface AppliedMutation {
  readonly rewrite?: Rewrite
  readonly farSide?: FarSideRules
  /** Whether the mutation found the statement that it is about: else it has changed nothing and proves nothing. */
  readonly matched: () => boolean
}

export interface Mutation {
  readonly name: string
  /** What the engine no longer does right. */
  readonly about: string
  /** What falls: one of these seeds (of worlds of 150 steps), or a scenario in one of its variations. */
  readonly falls: readonly number[] | { readonly scenario: string; readonly variation: number }
  readonly apply: () => AppliedMutation
}

/** Which world it is that falls changes with every statement that the engine sends, so they are tried until one does. */
export const seedsUpTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1)

/** Replaces a part of every statement that has it. */
export function replacing(from: string | RegExp, to: string): () => AppliedMutation {
  return () => {
    const changed = new Map<string, string>()
    let matched = false
    const rewrite = (text: string) => {
      const known = changed.get(text)
      if (known !== undefined) return known
      const result = text.replaceAll(from, to)
      if (result !== text) matched = true
      changed.set(text, result)
      return result
    }
    return { rewrite, matched: () => matched }
  }
}
