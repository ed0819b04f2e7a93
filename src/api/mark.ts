// What people know of a resource and tell the engine: that it is unwell, or what its metadata is to be.
import type { JsonObject } from '../lib/json.js'
import { InvalidInput } from '../lib/problem.js'
import type { Sql } from '../store/database.js'
import { appendEvents } from '../store/events.js'
import { writeMark, writeMetadata } from '../store/mark.js'
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
  return atResource(desk, name, resource, async (sql, stack, row) => {
    if (row.physicalId === null) throw new InvalidInput([{ path: resource, message: `${resource} does not exist yet` }])
    if (healthy && !(row.action === 'CHECK' && row.status === 'FAILED')) return
    if (!(await writeMark(sql, stack.id, row.id, { healthy, reason })))
      throw new Conflict(`${resource} is ${row.action}_${row.status}: something is being done to it; try again later`)
    const { id, type, physicalId } = row
    const status = healthy ? 'COMPLETE' : 'FAILED'
    const about = { stackId: stack.id, traversal: stack.traversal, resourceId: id, name: resource, type, physicalId }
    await appendEvents(sql, [{ ...about, action: 'CHECK', status, reason }])
  })
}

export function updateMetadata(desk: Desk, name: StackRef, resource: string, metadata: JsonObject): Promise<void> {
  return atResource(desk, name, resource, (sql, stack, row) => writeMetadata(sql, stack.id, row.id, metadata))
}

async function atResource(
  desk: Desk,
  name: StackRef,
  resource: string,
  change: (sql: Sql, stack: StackRow, row: ResourceRow) => Promise<void>,
): Promise<void> {
  const { id } = await desk.get(name)
  await certainly(desk.parts, async (sql, note) => {
    await lockStack(sql, id)
    await note(id)
    const stack = await readStack(sql, id)
    const [row] = await getVersions(sql, stack, resource)
    await change(sql, stack, row)
  })
}
