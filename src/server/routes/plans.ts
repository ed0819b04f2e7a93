// Plans of a stack's change, beside Heat's previews: saved with the body of an update, and carried out as they are or not at all.
import { declarationOf } from '../../api/declaration.js'
import type { PlanView } from '../../api/plans.js'
import type { Json, JsonObject } from '../../lib/json.js'
import { noSuch, Refusal } from '../errors.js'
import { stackUrl } from '../links.js'
import { checkTemplate, type Quotas } from '../quotas.js'
import { type Answer, type Call, param, type Route } from '../route.js'
import { told } from '../views/warnings.js'
import { bodyOf, DECLARATION, type Fetch, flagOf, minutesOf, OPTIONS, tagsOf, wantedFrom } from './declaring.js'
import { type AtStack, atLivingStack, etagOf } from './place.js'
import { previewedUpdate } from './previewing.js'

const STACK = '/v1/:tenant/stacks/:stack/:id'

const PLAN_BODY: JsonObject = {
  type: ['object', 'null'],
  properties: {
    ...DECLARATION,
    ...OPTIONS,
    existing: { type: ['boolean', 'null'], description: 'What is not said stays as it is, as with PATCH.' },
    clear_parameters: { type: ['array', 'null'], items: { type: 'string' } },
    keep_hours: { type: ['number', 'null'], exclusiveMinimum: 0, maximum: 720 },
  },
}

export const planRoutes = (fetch: Fetch, quotas: Quotas): Route[] => [
  {
    method: 'POST',
    path: `${STACK}/plan`,
    operation: 'beyond:save_plan',
    summary: 'keep what an update would do, to be carried out exactly so',
    access: 'write',
    body: PLAN_BODY,
    status: 201,
    answer: (call) => save(call, fetch, quotas),
  },
  {
    method: 'GET',
    path: `${STACK}/plans/:plan`,
    operation: 'beyond:plan',
    summary: 'a saved plan',
    access: 'read',
    status: 200,
    answer: async (call) => {
      const at = await atLivingStack(call)
      const plan = await planOf(call, at)
      return { body: { plan: await shown(at, plan) }, headers: { etag: etagOf(plan) } }
    },
  },
  {
    method: 'POST',
    path: `${STACK}/plans/:plan/carry_out`,
    operation: 'beyond:carry_out_plan',
    summary: 'do exactly what a plan foretold, or refuse',
    access: 'write',
    status: 202,
    answer: carryOut,
    repeated: () => ({}),
  },
]

async function save(call: Call, fetch: Fetch, quotas: Quotas): Promise<Answer> {
  const at = await atLivingStack(call)
  const { tenant, stack, ref, place } = at
  if (stack.action === 'DELETE')
    throw new Refusal(400, 'NotSupported', 'A stack that is being deleted cannot be updated.')
  const body = call.body === null ? {} : bodyOf(call.body)
  const base = flagOf('existing', body.existing) ? await declarationOf(tenant.parts, ref) : undefined
  const wanted = await wantedFrom(body, (url) => fetch(url, call.caller), base)
  checkTemplate(wanted.template, quotas)
  const disabled = flagOf('disable_rollback', body.disable_rollback) ?? stack.rollbackDisabled ?? true
  const minutes = minutesOf(body) ?? stack.timeoutMinutes ?? undefined
  const tags = tagsOf(body)
  const plan = await tenant.isotherm.savePlan({
    stack: stack.name,
    ...wanted,
    onFailure: disabled ? 'stop' : 'rollback',
    ...(minutes !== undefined && { timeoutSeconds: minutes * 60 }),
    ...(typeof body.keep_hours === 'number' && { keepSeconds: body.keep_hours * 3600 }),
    about: {
      ...(tags && { tags }),
      ...(minutes !== undefined && { timeoutMinutes: minutes }),
      rollbackDisabled: disabled,
    },
  })
  const location = `${stackUrl(place, at.at)}/plans/${plan.id}`
  return { body: { plan: await shown(at, plan) }, headers: { location, etag: etagOf(plan) } }
}

async function carryOut(call: Call): Promise<Answer> {
  const at = await atLivingStack(call)
  const { id } = await planOf(call, at)
  await at.tenant.isotherm.carryOut(id)
  return {}
}

/** A plan of another stack is none here. */
async function planOf(call: Call, { tenant, stack }: AtStack): Promise<PlanView> {
  const plan = await tenant.isotherm.plan(param(call, 'plan'))
  if (plan.stackId !== stack.uid) throw noSuch('Plan', plan.id)
  return plan
}

async function shown({ tenant, place, at, ref }: AtStack, plan: PlanView): Promise<Json> {
  const { id, traversal, preview, createdAt, expiresAt, carriedOut } = plan
  const { resource_changes: changes = null } = previewedUpdate(place, at, preview, await tenant.isotherm.resources(ref))
  return {
    id,
    stack_name: plan.stack,
    stack_id: plan.stackId,
    traversal,
    creation_time: createdAt,
    expiry_time: expiresAt,
    carried_out: carriedOut,
    changed: preview.changed,
    resource_changes: changes,
    ...told(preview),
  }
}
