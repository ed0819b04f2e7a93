// The first traversal of nested stacks, many at a time: what `converge` does for one stack, in statements over all of them.
import { planTraversal } from '../../graph/plan.js'
import { WantedGraph } from '../../graph/wanted.js'
import { groupBy } from '../../lib/group-by.js'
import { analyzeGrown, takeIds } from '../../store/arm.js'
import type { Sql } from '../../store/database.js'
import { appendEvents } from '../../store/events.js'
import {
  type FirstRow,
  insertChildren,
  insertFirstDefinitions,
  insertFirstRows,
  insertTemplates,
  type NewChild,
} from '../../store/nested-beginning.js'
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
  // What was declared once is written once, and planned once.
  const alike = [...groupBy(begun, ({ declared }) => declared)].map(([declared, stacks]) => ({
    declared,
    stackIds: stacks.map(({ stackId }) => stackId),
    rows: plannedRows(declared),
  }))
  await insertTemplates(
    sql,
    alike.map(({ stackIds, declared }) => ({ ...declared.record, stackIds })),
  )
  await insertFirstDefinitions(
    sql,
    alike.flatMap(({ stackIds, declared }) => [...declared.definitions.values()].map((one) => ({ ...one, stackIds }))),
  )
  const count = alike.reduce((sum, { stackIds, rows }) => sum + stackIds.length * rows.length, 0)
  await insertFirstRows(sql, numbered(alike, await takeIds(sql, count)))
  await analyzeGrown(sql, count)
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

interface PlannedRow extends Omit<FirstRow, 'stackId' | 'id' | 'tells'> {
  /** By their places among the planned rows. */
  readonly dependants: readonly number[]
}

function plannedRows({ definitions }: Declared): PlannedRow[] {
  const { cone } = planTraversal(WantedGraph.of(definitions), [])
  const nodes = [...definitions.values()].flatMap(({ name, body }) => {
    const node = cone.get(name)
    return node ? [{ name, body, node }] : []
  })
  const placeOf = new Map(nodes.map(({ name }, place) => [name, place]))
  return nodes.map(({ name, body, node: { awaiting, dependants } }) => ({
    name,
    type: body.type,
    retain: body.deletionPolicy === 'Retain',
    awaiting,
    dependants: dependants.flatMap((dependant) => placeOf.get(dependant) ?? []),
  }))
}

interface Alike {
  readonly stackIds: readonly number[]
  readonly rows: readonly PlannedRow[]
}

function numbered(alike: readonly Alike[], ids: readonly number[]): FirstRow[] {
  const numbered: FirstRow[] = []
  for (const { stackIds, rows } of alike) {
    for (const stackId of stackIds) {
      const first = numbered.length
      const idAt = (place: number) => ids[first + place] ?? 0
      for (const [place, { name, type, retain, awaiting, dependants }] of rows.entries()) {
        numbered.push({ stackId, id: idAt(place), name, type, retain, awaiting, tells: dependants.map(idAt) })
      }
    }
  }
  return numbered
}
