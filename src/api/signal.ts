// A signal: something from outside tells a resource something, for example a wait condition's handle.
import { thingOf } from '../engine/inputs.js'
import type { Json } from '../lib/json.js'
import { InvalidInput } from '../lib/problem.js'
import { lockStack } from '../store/stacks.js'
import { readResourceData, writeSignal } from '../store/views.js'
import { certainly } from './command.js'
import type { Desk } from './desk.js'
import { getVersions, type StackRef } from './find.js'

export async function signal(desk: Desk, name: StackRef, resource: string, body: Json): Promise<string> {
  const { parts } = desk
  const stack = await desk.get(name)
  const message = await certainly(parts, async (sql, note) => {
    await lockStack(sql, stack.id)
    await note(stack.id)
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
