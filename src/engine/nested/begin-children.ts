// The first traversal of nested stacks, many at a time: what `converge` does for one stack, in statements over all of them.
import { planTraversal } from '../../graph/plan.js'
import { WantedGraph } from '../../graph/wanted.js'
import { takeIds } from '../../store/arm.js'
import type { Sql } from '../../store/database.js'
import { appendEvents } from '../../store/events.js'
import {
  analyzeMany,
  type FirstRow,
  insertChildren,
  insertFirstDefinitions,
  insertFirstRows,
  insertTemplates,
  type NewChild,
} from '../../store/nested.js'
import type { Declared } from '../declare/declare.js'
import { hooksIn } from '../declare/environment.js'

export interface Beginning {
  readonly child: Omit<NewChild, 'reason' | 'hooks'>
  readonly declared: Declared
}

const STARTED = 'Stack CREATE started'

/** @returns the uids of those that were begun: not those whose name another stack has. */
export async function beginChildren(sql: Sql, beginnings: readonly Beginning[]): Promise<Set<string>> {
  const made = await insertChildren(
    sql,
    beginnings.map(({ child, declared }) => ({
      ...child,
      reason: STARTED,
      hooks: hooksIn(declared.record.environment),
    })),
  )
  const ids = new Map(made.map(({ id, uid }) => [uid, id]))
  const begun = beginnings.flatMap(({ child, declared }) => {
    const stackId = ids.get(child.uid)
    return stackId === undefined ? [] : [{ stackId, child, declared }]
  })
  await insertTemplates(
    sql,
    begun.map(({ stackId, declared }) => ({ stackId, template: declared.record })),
  )
  await insertFirstDefinitions(
    sql,
    begun.flatMap(({ stackId, declared }) => [...declared.definitions.values()].map((one) => ({ ...one, stackId }))),
  )
  const rows = begun.flatMap(({ stackId, declared }) => rowsOf(stackId, declared))
  const taken = await takeIds(sql, rows.length)
  await insertFirstRows(sql, numbered(rows, taken))
  await analyzeMany(sql, rows.length)
  await appendEvents(
    sql,
    begun.map(({ stackId, child: { name } }) => ({
      stackId,
      traversal: 1,
      name,
      action: 'CREATE',
      status: 'IN_PROGRESS',
      reason: STARTED,
    })),
  )
  return new Set(ids.keys())
}

interface Unnumbered extends Omit<FirstRow, 'id' | 'tells'> {
  readonly dependants: readonly string[]
}

function rowsOf(stackId: number, { definitions }: Declared): Unnumbered[] {
  const { cone } = planTraversal(WantedGraph.of(definitions), [])
  return [...definitions.values()].flatMap(({ name, body }) => {
    const node = cone.get(name)
    if (!node) return []
    const { awaiting, dependants } = node
    return [{ stackId, name, type: body.type, retain: body.deletionPolicy === 'Retain', awaiting, dependants }]
  })
}

function numbered(rows: readonly Unnumbered[], ids: readonly number[]): FirstRow[] {
  const idOf = new Map(rows.map(({ stackId, name }, i) => [`${stackId}/${name}`, ids[i] ?? 0]))
  return rows.map(({ dependants, ...row }, i) => ({
    ...row,
    id: ids[i] ?? 0,
    tells: dependants.flatMap((name) => idOf.get(`${row.stackId}/${name}`) ?? []),
  }))
}
