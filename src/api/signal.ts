// A signal: something from outside tells a resource something, for example a wait condition's handle.
import { thingOf } from '../engine/inputs.js'
import { clearedAt } from '../graph/hooks.js'
import { isJsonObject, type Json } from '../lib/json.js'
import { InvalidInput } from '../lib/problem.js'
import type { Sql } from '../store/database.js'
import { clearHook } from '../store/hooks.js'
import { lockStack, type StackRow } from '../store/stacks.js'
import { readResourceData, writeSignal } from '../store/views.js'
import { HOOKS, isHook } from '../template/hooks.js'
import { certainly } from './command.js'
import type { Desk } from './desk.js'
import { getVersions, type StackRef } from './find.js'

export async function signal(desk: Desk, name: StackRef, resource: string, body: Json): Promise<string> {
  const { parts } = desk
  const stack = await desk.get(name)
  const message = await certainly(parts, async (sql, note) => {
    await lockStack(sql, stack.id)
    await note(stack.id)
    if (isJsonObject(body) && body.unset_hook !== undefined) return unsetHook(sql, stack, resource, body.unset_hook)
    const [row] = await getVersions(sql, stack, resource)
    const tell = parts.types.get(row.type)?.signal
    if (!tell) throw new InvalidInput([{ path: resource, message: `${row.type} takes no signals` }])
    const data = await readResourceData(sql, stack.id, row.id)
    const thing = thingOf({ ...row, properties: null, attributes: null, privateData: null, ...data })
    const { privateData, attributes, message: said } = tell(thing, body)
    const secret = data?.secret && { secret: data.secret }
    await writeSignal(sql, stack.id, row.id, { privateData, attributes, ...secret })
    return said
  })
  desk.wake()
  return message
}

/** What waits at a hook goes on. The caller holds the stack's lock. Throws NotFound, InvalidInput. */
async function unsetHook(sql: Sql, stack: StackRow, resource: string, hook: Json): Promise<string> {
  if (!isHook(hook)) {
    const message = `invalid hook type ${JSON.stringify(hook)} for ${resource}`
    throw new InvalidInput([{ path: resource, message, hint: `there are ${HOOKS.join(', ')}` }])
  }
  const versions = await getVersions(sql, stack, resource)
  const says = clearedAt(hook)
  if ((await clearHook(sql, stack.id, { name: resource, hook, says })) > 0) return says
  const waiting = versions.flatMap((row) => row.hook ?? [])
  const hint = waiting.length > 0 ? `it waits at ${waiting.join(', ')}` : 'it waits at no hook'
  throw new InvalidInput([{ path: resource, message: `the ${hook} hook is not reached on ${resource}`, hint }])
}
