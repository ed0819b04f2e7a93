// Actions on a stack: exactly one in each request.
import type { JsonObject } from '../../lib/json.js'
import { badRequest, Refusal } from '../errors.js'
import type { Answer, Call, Route } from '../route.js'
import { bodyOf } from './declaring.js'
import { type AtStack, atLivingStack } from './place.js'

type Act = (at: AtStack) => Promise<unknown>

const ACTIONS: { readonly [action: string]: Act } = {
  cancel_update: ({ tenant, stack, ref }) => {
    if (stack.status !== 'IN_PROGRESS' || stack.action !== 'UPDATE') throw notRunning(stack, 'Cancelling an update')
    return tenant.isotherm.cancel(ref)
  },
  cancel_without_rollback: ({ tenant, stack, ref }) => {
    const fits = stack.action === 'UPDATE' || stack.action === 'CREATE'
    if (stack.status !== 'IN_PROGRESS' || !fits) throw notRunning(stack, 'Cancelling')
    return tenant.isotherm.cancel(ref, { rollback: false })
  },
  suspend: ({ tenant, ref }) => tenant.isotherm.suspend(ref),
  resume: ({ tenant, ref }) => tenant.isotherm.resume(ref),
  check: ({ tenant, ref }) => tenant.isotherm.check(ref),
}

const notRunning = ({ action, status }: { action: string; status: string }, what: string) =>
  new Refusal(400, 'NotSupported', `${what} when the stack is ${action}_${status} is not supported.`)

const BODY: JsonObject = {
  type: 'object',
  minProperties: 1,
  maxProperties: 1,
  additionalProperties: false,
  properties: Object.fromEntries(Object.keys(ACTIONS).map((name) => [name, {}])),
}

export const actionRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/v1/:tenant/stacks/:stack/:id/actions',
    operation: 'actions:action',
    summary: 'suspend, resume, check or cancel a stack',
    access: 'write',
    body: BODY,
    status: 200,
    answer: act,
    repeated: () => ({ body: null }),
  },
]

async function act(call: Call): Promise<Answer> {
  const at = await atLivingStack(call)
  const [name, ...others] = Object.keys(bodyOf(call.body))
  if (name === undefined) throw badRequest('No action specified')
  if (others.length > 0) throw badRequest('Multiple actions specified')
  const known = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined
  if (!known) throw badRequest(`Invalid action ${name} specified`)
  await known(at)
  return { body: null }
}
