// What a preview says of how things are done: at which hooks each waits for somebody, and what is kept before it is deleted.
import type { Declared } from '../engine/declare/declare.js'
import { hooksIn } from '../engine/declare/environment.js'
import { hooksFor } from '../graph/hooks.js'
import type { PlannedAction } from '../graph/preview.js'
import type { TypeRegistry } from '../provider/registry.js'
import type { Sql } from '../store/database.js'
import { readLastWords } from '../store/farewells.js'
import { readHooks } from '../store/hooks.js'
import type { StackRow } from '../store/stacks.js'
import { type Hook, type HookRule, hooksOf } from '../template/hooks.js'
import type { ChangeView } from './preview.js'

export interface Handling {
  /** At which it waits until somebody clears them, in this order; where more than one thing may be done, those of all. */
  readonly hooks?: readonly Hook[]
  /** What is deleted of it is kept in a snapshot first. */
  readonly keptFirst?: true
}

export async function withHandling(
  { database: sql, types }: { readonly database: Sql; readonly types: TypeRegistry },
  stack: StackRow | undefined,
  { template, record }: Pick<Declared, 'template'> & Partial<Pick<Declared, 'record'>>,
  changes: readonly ChangeView[],
): Promise<ChangeView[]> {
  // What goes with its stack goes as the last environment had it.
  const rules = record ? hooksIn(record.environment) : stack ? await readHooks(sql, stack.id) : null
  const kept = stack ? await keptFirst(sql, stack.id, template, types, changes) : new Set()
  return changes.map((change) => {
    const { isotherm } = template.resources.get(change.name) ?? {}
    const hooks = hooksAt(change, rules, isotherm?.replacement === 'delete_first')
    const handling: Handling = {
      ...(hooks.length > 0 && { hooks }),
      ...(kept.has(change.name) && { keptFirst: true }),
    }
    return { ...change, ...handling }
  })
}

const actionsOf = ({ action, possibly }: ChangeView): readonly PlannedAction[] => [action, ...possibly]

function hooksAt(change: ChangeView, rules: readonly HookRule[] | null, deleteFirst: boolean): Hook[] {
  const asked = hooksOf(rules, change.name)
  if (asked.length === 0) return []
  const onTheWay = actionsOf(change).flatMap((action) => hooksFor(action, { deleteFirst }))
  return [...new Set(onTheWay)].filter((hook) => asked.includes(hook))
}

/** The last word of the templates counts: of what stays that of the new one. */
async function keptFirst(
  sql: Sql,
  stackId: number,
  template: Declared['template'],
  types: TypeRegistry,
  changes: readonly ChangeView[],
): Promise<Set<string>> {
  const going = changes.filter((change) =>
    actionsOf(change).some((action) => action === 'delete' || action === 'replace'),
  )
  const able = going.filter(({ type }) => types.get(type)?.snapshot && !types.get(type)?.composite)
  const words = await readLastWords(
    sql,
    stackId,
    able.map(({ name }) => name),
  )
  return new Set(
    words.flatMap(({ name, policy }) => {
      const last = template.resources.get(name)?.deletionPolicy ?? policy
      return last === 'Snapshot' ? name : []
    }),
  )
}
