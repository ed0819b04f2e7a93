// What people know of a resource and tell the engine: that it is unwell, or what its metadata is to be.
import type { JsonObject } from '../lib/json.js'
import { InvalidInput, type Problem } from '../lib/problem.js'
import type { Sql } from '../store/database.js'
import { appendEvents } from '../store/events.js'
import { readUnwell, writeMark, writeMarkAround, writeMetadata } from '../store/mark.js'
import { readAround, readNestedStacks, type Surrounding } from '../store/nested-tree.js'
import { lockStack, readStack, type StackRow } from '../store/stacks.js'
import type { ResourceRow } from '../store/views.js'
import { certainly } from './command.js'
import type { Desk } from './desk.js'
import { Conflict, getVersions, type StackRef } from './find.js'

export interface MarkOptions {
  /** Shown with the resource. */
  readonly reason?: string
  /** True takes the mark away, or the finding of a check. Default false. */
  readonly healthy?: boolean
}

export function markUnhealthy(
  desk: Desk,
  name: StackRef,
  resource: string,
  { healthy = false, reason = healthy ? 'marked healthy' : 'marked unhealthy' }: MarkOptions,
): Promise<void> {
  return atResource(desk, name, resource, async (sql, stack, row, around) => {
    if (row.physicalId === null) throw new InvalidInput([{ path: resource, message: `${resource} does not exist yet` }])
    if (healthy && !(row.action === 'CHECK' && row.status === 'FAILED')) return
    if (healthy) await refuseUnwellInside(sql, stack, row, resource)
    if (!(await writeMark(sql, stack.id, row.id, { healthy, reason })))
      throw new Conflict(`${resource} is ${row.action}_${row.status}: something is being done to it; try again later`)
    const { id, name: own, type, physicalId } = row
    const status = healthy ? 'COMPLETE' : 'FAILED'
    const about = { stackId: stack.id, traversal: stack.traversal, resourceId: id, name: own, type, physicalId }
    await appendEvents(sql, [{ ...about, action: 'CHECK', status, reason }])
    if (!healthy) await markAround(sql, around, `${own}: ${reason}`)
  })
}

/** The next update goes inside only because of the finding: without it, what is unwell there would be mended by nobody. */
async function refuseUnwellInside(
  sql: Sql,
  { id }: StackRow,
  { name: own }: ResourceRow,
  asked: string,
): Promise<void> {
  const nested = await readNestedStacks(sql, id, { depth: Number.POSITIVE_INFINITY })
  const inside = nested.filter(({ path }) => path === own || path.startsWith(`${own}/`))
  const paths = new Map(inside.map((one) => [one.id, `${asked}${one.path.slice(own.length)}`]))
  const unwell = await readUnwell(sql, [...paths.keys()])
  const problems = unwell.map(({ stackId, name, state, reason }): Problem => {
    const path = `${paths.get(stackId)}/${name}`
    const message = `it is ${state}${reason === null ? '' : ` (${reason})`}, so ${asked}, which is around it, is not well`
    return { path, message, hint: `take the mark from ${path} first` }
  })
  if (problems.length > 0) throw new InvalidInput(problems)
}

export function updateMetadata(desk: Desk, name: StackRef, resource: string, metadata: JsonObject): Promise<void> {
  return atResource(desk, name, resource, (sql, stack, row) => writeMetadata(sql, stack.id, row.id, metadata))
}

/** The next update comes by what is marked only if it comes by all that is around it. */
async function markAround(sql: Sql, around: readonly Surrounding[], reason: string): Promise<void> {
  let inside = reason
  for (const { stackId, id, name } of around.toReversed()) {
    if (!(await writeMarkAround(sql, stackId, id, inside)))
      throw new Conflict(`${name}, which is around it, is being worked on; try again later`)
    inside = `${name}: ${inside}`
  }
}

/** @param change also gets the resources that are around this one, the outermost first. */
async function atResource(
  desk: Desk,
  name: StackRef,
  path: string,
  change: (sql: Sql, stack: StackRow, row: ResourceRow, around: readonly Surrounding[]) => Promise<void>,
): Promise<void> {
  const { stack: at, resource } = await desk.reach(name, path)
  await certainly(desk.parts, async (sql, note) => {
    const around = await readAround(sql, at.id)
    // From outside inwards, as whoever commands nested stacks holds them.
    for (const { stackId } of around) await lockStack(sql, stackId)
    await lockStack(sql, at.id)
    await note(at.id)
    const stack = await readStack(sql, at.id)
    const [row] = await getVersions(sql, stack, resource)
    await change(sql, stack, row, around)
  })
}
