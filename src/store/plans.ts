// Saved plans. Every statement names the project. What was declared is sealed whole: parameters of a plan may be secrets.
import { isJsonObject, type Json, type JsonObject } from '../lib/json.js'
import type { SealPlace } from '../lib/vault.js'
import type { Sql } from './database.js'
import { KeyMissing } from './keyring.js'
import { openRows, sealRows } from './sealing.js'

export interface PlanRow {
  readonly id: string
  readonly stack: string
  /** Of the stack, or what a new one will have. */
  readonly stackUid: string
  /** The stack's revision when the plan was made; 0: it is to be made. */
  readonly traversal: number
  readonly wanted: JsonObject
  readonly preview: Json
  readonly madeBy: string | null
  readonly createdAt: Date
  readonly expiresAt: Date
  readonly expired: boolean
  /** The traversal that it became. */
  readonly carriedOut: number | null
}

const COLUMNS = `l.id, l.stack, l.stack_uid as "stackUid", l.traversal, l.wanted, l.preview, l.made_by as "madeBy",
  l.created_at as "createdAt", l.expires_at as "expiresAt", l.expires_at <= isotherm.clock() as expired, l.carried_out as "carriedOut"`

/** Bound to the plan's id, so that one plan's declaration cannot stand for another's. */
const placeOf = ({ id }: { readonly id: string }): SealPlace => ['plan', id]

export type NewPlan = Pick<PlanRow, 'id' | 'stack' | 'stackUid' | 'traversal' | 'wanted' | 'preview' | 'madeBy'> & {
  readonly keepSeconds: number
  /** Something in it is known to be secret: without a key it is refused. */
  readonly holdsSecrets: boolean
}

/** With a key it is sealed in any case. Throws KeyMissing. */
export async function insertPlan(sql: Sql, projectId: number, plan: NewPlan): Promise<void> {
  const { id, stack, stackUid, traversal, wanted, preview, madeBy, keepSeconds } = plan
  const mustSeal = plan.holdsSecrets || sql.keyring !== undefined
  const [sealed = { wanted }] = await sealRows(sql, [{ id, wanted, ...(mustSeal && { secret: [] }) }], {
    columns: ['wanted'],
    placeOf,
  })
  await sql.query(
    `insert into isotherm.plans (project_id, id, stack, stack_uid, traversal, wanted, preview, made_by, expires_at)
     values ($1, $2, $3, $4, $5, $6::text::json, $7::text::json, $8, isotherm.clock() + make_interval(secs => $9::float8))`,
    [
      projectId,
      id,
      stack,
      stackUid,
      traversal,
      JSON.stringify(sealed.wanted),
      JSON.stringify(preview),
      madeBy,
      keepSeconds,
    ],
  )
}

/** Throws KeyMissing. */
export async function readPlan(sql: Sql, project: string, id: string): Promise<PlanRow | undefined> {
  const [plan] = await sql.query<PlanRow>(
    `select ${COLUMNS} from isotherm.plans l join isotherm.projects p on p.id = l.project_id where p.name = $1 and l.id = $2`,
    [project, id],
  )
  if (!plan) return undefined
  const [opened] = await openRows(sql, [plan], { columns: ['wanted'], placeOf })
  if (opened?.unreadable !== undefined) throw new KeyMissing(opened.unreadable)
  return opened && { ...opened, wanted: isJsonObject(opened.wanted) ? opened.wanted : {} }
}

/** In the transaction of the command: a plan is carried out together with it, or not at all. */
export async function noteCarriedOut(sql: Sql, stackId: number, planId: string): Promise<void> {
  await sql.query(
    `update isotherm.plans l set carried_out = s.traversal from isotherm.stacks s
     where s.id = $1 and l.project_id = s.project_id and l.id = $2`,
    [stackId, planId],
  )
}

/** @returns whether there was one. */
export async function deletePlan(sql: Sql, project: string, id: string): Promise<boolean> {
  const gone = await sql.query(
    `delete from isotherm.plans l using isotherm.projects p where p.id = l.project_id and p.name = $1 and l.id = $2 returning l.id`,
    [project, id],
  )
  return gone.length > 0
}

/** A change of keys ends them: they are short-lived, and their makers have what they were made from. */
export async function deleteSealedPlans(sql: Sql): Promise<void> {
  await sql.query(`delete from isotherm.plans where wanted->>'$sealed' is not null`)
}
