// Saved plans over HTTP: kept, shown, carried out, forgotten.
import { checkStacks, type Quotas } from '../../quotas.js'
import { type Call, param, type Route } from '../../route.js'
import { Body, declaring, given, optional } from './body.js'
import { declaredUp, runView, UP } from './commands.js'
import { libraryRoute, STACK } from './place.js'

const PLAN = '/plans/:plan'
const library = (call: Call) => call.tenant().isotherm
const idOf = (call: Call) => param(call, 'plan')

export const planRoutes = (quotas: Quotas): Route[] => [
  libraryRoute('POST', `${STACK}/plans`, 'savePlan', 'keep what up would do', (call) => save(call, quotas), {
    status: 201,
    body: declaring({ ...UP, keepSeconds: { type: 'number', exclusiveMinimum: 0, maximum: 2_592_000 } }),
  }),
  libraryRoute('GET', PLAN, 'plan', 'a saved plan', (call) => library(call).plan(idOf(call))),
  libraryRoute(
    'POST',
    `${PLAN}/carry-out`,
    'carryOut',
    'do exactly what a plan foretold, or refuse',
    (call) => carryOut(call, quotas),
    { status: 202, body: optional({}), repeated: (_, run) => ({ body: { ...run } }) },
  ),
  libraryRoute(
    'DELETE',
    PLAN,
    'forgetPlan',
    'forget a plan',
    async (call) => {
      await library(call).forgetPlan(idOf(call))
      return undefined
    },
    { status: 204 },
  ),
]

async function save(call: Call, quotas: Quotas): Promise<object> {
  const body = new Body(call.body)
  const options = await declaredUp(call, body, quotas)
  return library(call).savePlan({ ...options, ...given({ keepSeconds: body.number('keepSeconds') }) })
}

async function carryOut(call: Call, quotas: Quotas): Promise<object> {
  const { traversal } = await library(call).plan(idOf(call))
  if (traversal === 0) await checkStacks(call.tenant(), quotas)
  return runView(await library(call).carryOut(idOf(call)))
}
