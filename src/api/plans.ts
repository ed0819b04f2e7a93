// Saved plans: a preview that is kept with all that it was made from. Carried out, it does exactly what it foretold, or refuses:
// the plan is made once more under the stack's lock, and compared.
import { declare, type HashSecret, isStream, requireKey } from '../engine/declare/declare.js'
import { warned } from '../engine/declare/doubtful.js'
import { equalJson, isJsonObject, type Json, type JsonObject } from '../lib/json.js'
import { InvalidInput } from '../lib/problem.js'
import { Conflict, NotFound, PlanOutdated } from '../lib/trouble.js'
import type { Transaction } from '../store/database.js'
import { Declaration } from '../store/declaration.js'
import { deletePlan, insertPlan, noteCarriedOut, type PlanRow, readPlan } from '../store/plans.js'
import { projectId, type StackRow } from '../store/stacks.js'
import { lookFirst } from './actions.js'
import type { Desk } from './desk.js'
import { seekStack } from './find.js'
import type { UpOptions } from './options.js'
import type { ChangeView, Preview } from './preview.js'
import { previewTree } from './preview-nested.js'
import { foretell } from './previews.js'
import type { Run } from './run.js'
import { checkStackName } from './stack-name.js'
import { bring } from './up.js'

export interface PlanOptions extends Omit<UpOptions, 'presume'> {
  /** The plan is kept for so long. Default a day, at most 30. */
  readonly keepSeconds?: number
}

/** A plan as it is shown; times are ISO 8601. */
export interface PlanView {
  readonly id: string
  readonly stack: string
  /** The stack's UUID, or what a new one will have. */
  readonly stackId: string
  /** The stack's revision when the plan was made; 0: the plan makes the stack. */
  readonly traversal: number
  readonly preview: Preview
  readonly madeBy: string | null
  readonly createdAt: string
  readonly expiresAt: string
  /** The traversal that it became; null while nobody has carried it out. */
  readonly carriedOut: number | null
}

const DAY_SECONDS = 86_400
const KEPT_DAYS_MAX = 30

/** Changes nothing but that the plan is kept; with `convergeReality` a stack at rest is checked first. Throws InvalidInput. */
export async function savePlan(desk: Desk, options: PlanOptions, hash: HashSecret): Promise<PlanView> {
  const { keepSeconds = DAY_SECONDS, convergeReality } = options
  const wanted = wantedOf(options)
  checkStackName(options.stack)
  checkKeepSeconds(keepSeconds)
  if (isStream(options.template)) throw new InvalidInput([{ path: 'template', message: 'a stream cannot be kept' }])
  if (convergeReality) await lookFirst(desk, options.stack)
  const { parts } = desk
  const known = await seekStack(parts, options.stack)
  const stackUid = known?.uid ?? parts.world.newId()
  const declared = await declare(wanted, parts.types, desk.pseudo(options.stack, stackUid, known), hash)
  requireKey(declared, hash)
  const id = parts.world.newId()
  const row = {
    id,
    stack: options.stack,
    stackUid,
    traversal: known?.traversal ?? 0,
    wanted: plain(wanted),
    preview: plain(await foretell(desk, known, options, declared)),
    madeBy: options.about?.madeBy ?? null,
    keepSeconds,
    holdsSecrets: declared.record.secret !== undefined,
  }
  await parts.database.transaction(async (sql) => insertPlan(sql, await projectId(sql, parts.project), row))
  return showPlan(desk, id)
}

/** All that `up` is told, and nothing that a caller has beside it. */
function wantedOf(options: PlanOptions): UpOptions {
  const { stack, template, templateFile, parameters, environment, files } = options
  const { onFailure, timeoutSeconds, watchReality, about } = options
  return {
    stack,
    template,
    ...(templateFile !== undefined && { templateFile }),
    ...(parameters && { parameters }),
    ...(environment && { environment }),
    ...(files && { files }),
    ...(onFailure && { onFailure }),
    ...(timeoutSeconds !== undefined && { timeoutSeconds }),
    ...(watchReality !== undefined && { watchReality }),
    ...(about && { about }),
  }
}

function checkKeepSeconds(seconds: number): void {
  if (seconds > 0 && seconds <= KEPT_DAYS_MAX * DAY_SECONDS) return
  const message = `expected more than 0 and at most ${KEPT_DAYS_MAX} days`
  throw new InvalidInput([{ path: 'keepSeconds', message }])
}

/** What is declared is JSON, or an object that knows how to become it. */
function plain(value: object): JsonObject {
  const json: Json = JSON.parse(JSON.stringify(value))
  return isJsonObject(json) ? json : {}
}

/** Throws NotFound. */
export async function showPlan({ parts }: Desk, id: string): Promise<PlanView> {
  const { stackUid: stackId, createdAt, expiresAt, preview, wanted: _, expired: __, ...plan } = await getPlan(parts, id)
  return {
    ...plan,
    stackId,
    preview: previewIn(preview),
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
  }
}

/** Throws NotFound. */
export async function forgetPlan({ parts }: Desk, id: string): Promise<void> {
  if (!UUID.test(id) || !(await deletePlan(parts.database, parts.project, id))) throw noSuchPlan(id)
}

/** Throws NotFound, PlanOutdated with the cause when the stack is not any more what the plan was made for. */
export async function carryOutPlan(desk: Desk, id: string, hash: HashSecret): Promise<Run> {
  const { parts } = desk
  const plan = await getPlan(parts, id)
  const options = optionsIn(plan)
  const known = await seekStack(parts, plan.stack)
  checkUnmoved(plan, known)
  const declared = await declare(options, parts.types, desk.pseudo(plan.stack, plan.stackUid, known), hash)
  requireKey(declared, hash)
  const input = { ...declared, definitions: Declaration.of(declared.definitions.values()) }
  const run = await desk.command(
    known ?? { name: plan.stack, uid: plan.stackUid },
    async (sql: Transaction, stack, isNew) => {
      // Two who carry it out at once: the second finds the stack moved.
      checkUnmoved(plan, isNew ? undefined : stack)
      const now = await previewTree({ ...parts, database: sql }, isNew ? undefined : stack, plan.stack, declared)
      checkSame(plan, now)
      await bring(sql, stack, isNew, input, options)
      await noteCarriedOut(sql, stack.id, id)
    },
  )
  if (!run) throw new PlanOutdated(`the plan is for another stack ${plan.stack} than there is now`)
  return { ...run, ...warned(options, declared) }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const noSuchPlan = (id: string) => new NotFound(`there is no plan ${id}; plans are kept for some time only`)

async function getPlan({ database, project }: Desk['parts'], id: string): Promise<PlanRow> {
  const plan = UUID.test(id) ? await readPlan(database, project, id) : undefined
  if (!plan || plan.expired) throw noSuchPlan(id)
  return plan
}

/** It was checked when it was saved; what the store gives back is the same. */
const optionsIn = ({ wanted }: PlanRow): UpOptions => JSON.parse(JSON.stringify(wanted))
const previewIn = (json: Json): Preview => JSON.parse(JSON.stringify(json))

function checkUnmoved(plan: PlanRow, stack: StackRow | undefined): void {
  const { traversal, carriedOut, stack: name } = plan
  if (carriedOut !== null) throw new Conflict(`the plan has been carried out already, as traversal ${carriedOut}`)
  if (traversal === 0) {
    if (stack) throw new PlanOutdated(`the plan makes the stack ${name}, and there is one of that name now`)
    return
  }
  if (!stack) throw new PlanOutdated(`the plan changes the stack ${name}, and it is gone`)
  if (stack.uid !== plan.stackUid) throw new PlanOutdated(`the plan is for another stack ${name} than there is now`)
  if (stack.traversal !== traversal) {
    const since = `${stack.action}_${stack.status}`
    throw new PlanOutdated(
      `the stack ${name} has moved on: the plan was made at its traversal ${traversal}, it is at ${stack.traversal} (${since})`,
    )
  }
}

/** Resources fail, are marked or drift without a command: then the same template would do something else. */
function checkSame({ preview, stack }: PlanRow, now: Preview): void {
  const { warnings: _, ...foretold } = previewIn(preview)
  if (equalJson(plain(foretold), plain(now))) return
  const before = new Map(foretold.changes.map((change) => [change.name, change]))
  const differs = ({ name, action }: ChangeView) => {
    const known = before.get(name)
    before.delete(name)
    return known?.action === action ? [] : [`${name}: ${known?.action ?? 'keep'} planned, ${action} now`]
  }
  const told = [...now.changes.flatMap(differs), ...[...before.keys()].map((name) => `${name}: nothing any more`)]
  const cause = told.length === 0 ? 'for other reasons, or with other values' : told.slice(0, NAMED_MAX).join('; ')
  throw new PlanOutdated(`the plan for the stack ${stack} would not do what it foretold any more: ${cause}`)
}

const NAMED_MAX = 5
