// A signal: something from outside tells a resource something, for example a wait condition's handle.
import { referenceOf, thingOf } from '../engine/inputs.js'
import { convergeAgain } from '../engine/mend.js'
import { clearedAt } from '../graph/hooks.js'
import { equalJson, isJsonObject, type Json } from '../lib/json.js'
import { InvalidInput } from '../lib/problem.js'
import type { ResourceType } from '../provider/contract.js'
import { ProviderError } from '../provider/error.js'
import type { TypeRegistry } from '../provider/registry.js'
import { readRequired } from '../store/claim.js'
import type { Sql, Transaction } from '../store/database.js'
import { appendEvents, type NewEvent } from '../store/events.js'
import { clearHook } from '../store/hooks.js'
import { markForUpdate } from '../store/mark.js'
import type { Opened } from '../store/sealing.js'
import { lockStack, readStack, type StackRow } from '../store/stacks.js'
import { type ResourceRow, readClock, readIntended, readResourceData, writeSignal } from '../store/views.js'
import { HOOKS, isHook } from '../template/hooks.js'
import { certainly } from './command.js'
import type { Desk } from './desk.js'
import { Conflict, getVersions, type StackRef } from './find.js'

export async function signal(desk: Desk, name: StackRef, path: string, body: Json): Promise<string> {
  const { parts } = desk
  const { stack, resource } = await desk.reach(name, path)
  const message = await certainly(parts, async (sql, note) => {
    await lockStack(sql, stack.id)
    await note(stack.id)
    if (isJsonObject(body) && body.unset_hook !== undefined) return unsetHook(sql, stack, resource, body.unset_hook)
    return deliver({ sql, types: parts.types, stack: await readStack(sql, stack.id) }, resource, body)
  })
  desk.wake()
  return message
}

interface Delivery {
  readonly sql: Transaction
  readonly types: TypeRegistry
  readonly stack: StackRow
}

/** The signal itself. The caller holds the stack's lock. @returns what the sender is told. */
export async function deliver({ sql, types, stack }: Delivery, resource: string, body: Json): Promise<string> {
  const [row] = await getVersions(sql, stack, resource)
  const data = await readResourceData(sql, stack.id, row.id)
  // Who signals what is being made, or changed, speaks of what it is to be.
  const intended = isUnderWay(row) ? await readIntended(sql, stack.id, row.id) : undefined
  const known = { properties: null, attributes: null, privateData: null, ...data }
  const first = { ...row, ...known, ...(intended && { properties: intended }) }
  const nowSeconds = await readClock(sql)
  const answer = tell(types, first, body, nowSeconds)
  if (answer.ignored) return answer.message
  const next = answer.passOn && (await receiver({ sql, types, stack }, row, answer.passOn.to))
  const passed = next && answer.passOn && { row: next, answer: tell(types, next, answer.passOn.body, nowSeconds) }
  if (passed?.answer.ignored) return passed.answer.message
  const updated = [{ row: first, answer }, ...(passed ? [passed] : [])]
  const updates = updated.filter((one) => one.answer.updates)
  const hindrance = updates.length > 0 ? hindranceIn(stack) : undefined
  if (hindrance !== undefined) return `no action: ${hindrance}`
  for (const one of updated) {
    const { privateData, attributes } = one.answer
    const secret = one.row.secret && { secret: one.row.secret }
    const isNoted = await writeSignal(sql, stack.id, one.row.id, { privateData, attributes, ...secret })
    if (!isNoted) throw new Conflict(`${one.row.name} is not there yet: signal it once it is made`)
  }
  await appendEvents(
    sql,
    updated.map((one) => eventOf(stack, one.row, one.answer.message)),
  )
  if (updates.length > 0) {
    await markForUpdate(
      sql,
      stack.id,
      updates.map((one) => one.row.id),
    )
    await convergeAgain(sql, stack)
  }
  return passed ? `${answer.message}, ${next?.name} ${passed.answer.message}` : answer.message
}

const isUnderWay = ({ action, status }: ResourceRow): boolean =>
  status === 'IN_PROGRESS' && (action === 'CREATE' || action === 'UPDATE')

/** In Heat's words. */
function eventOf({ id: stackId, traversal }: StackRow, row: Told, message: string): NewEvent {
  const { id: resourceId, name, type, physicalId } = row
  const reason = message.startsWith('Signal') ? message : `Signal: ${message}`
  return { stackId, traversal, resourceId, name, type, physicalId, action: 'SIGNAL', status: 'COMPLETE', reason }
}

type Signalled = ReturnType<NonNullable<ResourceType['signal']>>
type Told = Parameters<typeof thingOf>[0] & Pick<ResourceRow, 'name' | 'type' | 'id'> & Opened

function tell(types: TypeRegistry, row: Told, body: Json, nowSeconds: number): Signalled {
  const type = types.get(row.type)
  if (!type?.signal)
    throw new InvalidInput([{ path: row.name, message: `${row.type} takes no signals`, kind: 'no signals' }])
  try {
    return type.signal(thingOf(row), body, nowSeconds)
  } catch (error) {
    // Nothing has been asked of the world: what is wrong is what was sent.
    if (error instanceof ProviderError) throw new InvalidInput([{ path: row.name, message: error.message }])
    throw error
  }
}

/** The thing that a signal is passed on to: one of those that the signalled resource requires. */
async function receiver({ sql, types, stack }: Delivery, { id, name }: ResourceRow, to: Json): Promise<Told> {
  const required = await readRequired(sql, stack.id, id)
  const found = required.find((row) => equalJson(referenceOf(row, types.get(row.type)), to))
  if (found) return found
  throw new InvalidInput([{ path: name, message: `${name} refers to no resource with the id ${JSON.stringify(to)}` }])
}

/** A signal changes what is complete; whatever else is going on is neither superseded nor done again. */
function hindranceIn({ name, action, status }: StackRow): string | undefined {
  const fit = status === 'COMPLETE' && action !== 'SUSPEND' && action !== 'DELETE'
  return fit ? undefined : `the stack ${name} is ${action}_${status}`
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
