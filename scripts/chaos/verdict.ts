// The verdict on a chaos run, once everything is at rest: what the database says, what is really there, and whether the two
// and the templates agree.
import type { FarSide } from '../../simulator/far-side.js'
import { differences, restless } from '../../simulator/oracle.js'
import { Pictures } from '../../simulator/pictures.js'
import { type Rows, readRows, type StackView } from '../../simulator/rows.js'
import { Signals } from '../../simulator/signalled.js'
import { requiresOf, type SimTemplate } from '../../simulator/templates.js'
import { isVisiting } from '../../src/graph/stage.js'
import { canonical, type JsonObject } from '../../src/lib/json.js'
import { openDatabase } from '../../src/store/open.js'
import type { Meaning } from './commands.js'

export interface Check {
  readonly title: string
  /** What is wrong; empty when nothing is. */
  readonly problems: readonly string[]
}

export interface Records {
  readonly rows: Rows
  /** The templates in force, by the stack's id. */
  readonly templates: ReadonlyMap<number, SimTemplate>
}

export async function readRecords(url: string): Promise<Records> {
  const database = await openDatabase(url)
  try {
    const definitions = await database.query<{
      stack_id: number
      name: string
      requires: string[]
      body: { type: string; properties: JsonObject }
    }>('select stack_id, name, requires, body from isotherm.definitions where until = 2147483647')
    const templates = new Map<number, { [name: string]: SimTemplate[string] }>()
    for (const { stack_id, name, requires, body } of definitions) {
      const template = templates.get(stack_id) ?? {}
      templates.set(stack_id, template)
      template[name] = { type: body.type, properties: body.properties, after: requires }
    }
    return { rows: await readRows(database, Number.MAX_SAFE_INTEGER), templates }
  } finally {
    await database.close()
  }
}

const statusOf = ({ action, status }: StackView) => `${action}_${status}`

export function checkRest({ rows: { stacks, resources } }: Records): Check {
  const names = new Map(stacks.map(({ id, name }) => [id, name]))
  const restless = stacks.filter(({ status }) => status === 'IN_PROGRESS')
  const busy = resources.filter(({ state }) => state === 'running' || state === 'parked')
  return {
    title: 'every stack is at rest',
    problems: [
      ...restless.map((stack) => `${stack.name} is ${statusOf(stack)}: ${stack.reason}`),
      ...busy.map(({ stack_id, name, state }) => `${name} of ${names.get(stack_id)} is ${state}`),
      ...stacks.filter(({ reason }) => reason === '').map(({ name }) => `${name} is at rest without a reason`),
    ],
  }
}

/** Reality equals the template that is in force, in each stack and in those that are nested in it. */
export function checkReality({ rows, templates }: Records, far: FarSide): Check {
  const world = { far, retained: new Set<string>(), pictures: new Pictures(), signals: new Signals() }
  const complete = rows.stacks.filter(({ status, parent_id }) => status === 'COMPLETE' && parent_id === null)
  const problems = complete.flatMap((stack) => {
    const template = stack.deleted_at === null ? (templates.get(stack.id) ?? {}) : {}
    const found = isVisiting(stack.action)
      ? [...restless(stack, rows, far)]
      : differences(template, stack.uid, rows, world)
    return found.map((text) => `${stack.name}: ${text}`)
  })
  return { title: `reality equals the template (${complete.length} complete stacks)`, problems }
}

/** Whose command was answered, and not superseded since, finds his own template in force. */
export function checkMeaning({ rows: { stacks }, templates }: Records, meanings: ReadonlyMap<string, Meaning>): Check {
  const living = new Map(stacks.filter(({ deleted_at }) => deleted_at === null).map((stack) => [stack.name, stack]))
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
export function checkLeaks({ rows: { resources } }: Records, far: FarSide): Check {
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
