// The verdict on a chaos run, once everything is at rest: what the database says, what is really there, and whether the two
// and the templates agree.
import pg from 'pg'
import type { FarSide } from '../../simulator/far-side.js'
import { differences } from '../../simulator/oracle.js'
import { Pictures } from '../../simulator/pictures.js'
import { noRows } from '../../simulator/rows.js'
import { requiresOf, type SimTemplate } from '../../simulator/templates.js'
import { canonical, type JsonObject } from '../../src/lib/json.js'
import type { Meaning } from './commands.js'

export interface Check {
  readonly title: string
  /** What is wrong; empty when nothing is. */
  readonly problems: readonly string[]
}

interface StackRow {
  readonly id: number
  readonly uid: string
  readonly name: string
  readonly action: string
  readonly status: string
  readonly reason: string
  readonly traversal: number
  readonly deleted: boolean
}

interface ResourceRow {
  readonly stack: string
  readonly name: string
  readonly token: string
  readonly state: string
  readonly physical_id: string | null
}

export interface Records {
  readonly stacks: readonly StackRow[]
  readonly resources: readonly ResourceRow[]
  /** The templates in force, by the stack's id. */
  readonly templates: ReadonlyMap<number, SimTemplate>
}

export async function readRecords(url: string): Promise<Records> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const stacks = await client.query<StackRow>(
      `select id, uid, name, action, status, reason, traversal, deleted_at is not null as deleted from isotherm.stacks order by id`,
    )
    const resources = await client.query<ResourceRow>(
      `select s.name as stack, r.name, r.token, r.state, r.physical_id
       from isotherm.resources r join isotherm.stacks s on s.id = r.stack_id`,
    )
    const definitions = await client.query<{
      stack_id: number
      name: string
      requires: string[]
      body: { type: string; properties: JsonObject }
    }>('select stack_id, name, requires, body from isotherm.definitions where until = 2147483647')
    const templates = new Map<number, { [name: string]: SimTemplate[string] }>()
    for (const { stack_id, name, requires, body } of definitions.rows) {
      const template = templates.get(stack_id) ?? {}
      templates.set(stack_id, template)
      template[name] = { type: body.type, properties: body.properties, after: requires }
    }
    return { stacks: stacks.rows, resources: resources.rows, templates }
  } finally {
    await client.end()
  }
}

const statusOf = ({ action, status }: StackRow) => `${action}_${status}`

export function checkRest({ stacks, resources }: Records): Check {
  const restless = stacks.filter(({ status }) => status === 'IN_PROGRESS')
  const busy = resources.filter(({ state }) => state === 'running' || state === 'parked')
  return {
    title: 'every stack is at rest',
    problems: [
      ...restless.map((stack) => `${stack.name} is ${statusOf(stack)}: ${stack.reason}`),
      ...busy.map(({ stack, name, state }) => `${name} of ${stack} is ${state}`),
      ...stacks.filter(({ reason }) => reason === '').map(({ name }) => `${name} is at rest without a reason`),
    ],
  }
}

/** Reality equals the template that is in force. */
export function checkReality({ stacks, templates }: Records, far: FarSide): Check {
  const complete = stacks.filter(({ status }) => status === 'COMPLETE')
  const problems = complete.flatMap(({ id, uid, name, deleted }) =>
    differences(deleted ? {} : (templates.get(id) ?? {}), uid, noRows, {
      far,
      retained: new Set(),
      pictures: new Pictures(),
    }).map((text) => `${name}: ${text}`),
  )
  return { title: `reality equals the template (${complete.length} complete stacks)`, problems }
}

/** Whose command was answered, and not superseded since, finds his own template in force. */
export function checkMeaning({ stacks, templates }: Records, meanings: ReadonlyMap<string, Meaning>): Check {
  const living = new Map(stacks.filter(({ deleted }) => !deleted).map((stack) => [stack.name, stack]))
  let compared = 0
  const problems: string[] = []
  for (const [name, { traversal, template }] of meanings) {
    const stack = living.get(name)
    if (!template || stack?.traversal !== traversal) continue
    compared++
    const [is, meant] = [shapeOf(templates.get(stack.id) ?? {}), shapeOf(template)]
    if (is !== meant) problems.push(`${name} has ${is} in force, not ${meant}`)
  }
  return { title: `the last answered command counts (${compared} stacks)`, problems }
}

const shapeOf = (template: SimTemplate): string =>
  canonical(
    Object.fromEntries(
      Object.entries(template).map(([name, wanted]) => [
        name,
        { type: wanted.type, properties: wanted.properties, requires: requiresOf(wanted) },
      ]),
    ),
  )

/** Whatever was made stands on a row, and whatever a row stands for was made once. */
export function checkLeaks({ resources }: Records, far: FarSide): Check {
  const tokens = new Set(resources.map(({ token }) => token))
  const leaked = [...far.things.values()].filter(({ token }) => !tokens.has(token))
  const seen = new Map<string, string>()
  const twice: string[] = []
  for (const { id, token, name } of far.things.values()) {
    const other = seen.get(token)
    if (other !== undefined) twice.push(`${name} was made twice, as ${other} and ${id}`)
    seen.set(token, id)
  }
  return {
    title: 'nothing leaked, nothing is there twice',
    problems: [...leaked.map(({ id, name }) => `${name} (${id}) is known to no row`), ...twice],
  }
}

export function checkGone(far: FarSide): Check {
  return {
    title: 'after all stacks are deleted nothing is left',
    problems: [...far.things.values()].map(({ id, name }) => `${name} (${id}) is left`),
  }
}
