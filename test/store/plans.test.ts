// How PostgreSQL goes about the statements of a stack's life when the tables are full of other stacks: none may read a table
// from end to end. The statements are those that are really sent; what is explained is the plan for any values.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { defineType, open } from '../../src/index.js'
import type { Database, Sql, Transaction } from '../../src/store/database.js'
import { openDatabase } from '../../src/store/open.js'
import { freshDatabase } from '../postgres.js'

const Thing = defineType({
  name: 'Plans::Thing',
  properties: { size: { type: 'integer', default: 0 }, input: { type: 'string', default: '' } },
  attributes: { value: { type: 'string' } },
  create: async ({ token, name }) => ({ physicalId: token, attributes: { value: name } }),
  update: async (_call, thing) => ({ attributes: thing.attributes }),
  delete: async () => undefined,
})

/** Text of a statement → what stands before it in its transaction and changes how it is planned. */
const sent = new Map<string, string[]>()
let database: Database
let drop: () => Promise<void>

function recording(sql: Sql, settings: string[]): Sql['query'] {
  return (text, values) => {
    const [alone] = /set_config\('[^)]*\)/.exec(text) ?? []
    if (alone !== undefined) settings.push(`select ${alone}`)
    else if (text.includes('set_config')) settings.push(text)
    else if (!sent.has(text)) sent.set(text, settings)
    return sql.query(text, values)
  }
}

beforeAll(async () => {
  const fresh = await freshDatabase()
  const bare = await openDatabase(fresh.url)
  database = {
    description: bare.description,
    script: (text) => bare.script(text),
    copy: (statement, chunks) => bare.copy(statement, chunks),
    // It is looked at after the engine has gone.
    close: async () => undefined,
    query: recording(bare, []),
    transaction: <T>(work: (sql: Transaction) => Promise<T>) =>
      bare.transaction((sql) => {
        const { script, copy } = sql
        return work({ query: recording(sql, []), script, copy })
      }),
  }
  drop = async () => {
    await bare.close()
    await fresh.drop()
  }
})
afterAll(() => drop())

/** Forty stacks of a thousand resources each, at rest. */
async function fill(sql: Sql): Promise<void> {
  await sql.query(`insert into isotherm.projects (name) values ('other')`)
  await sql.query(
    `insert into isotherm.stacks (uid, project_id, name, action, status, traversal, template_traversal)
     select gen_random_uuid(), p.id, 's' || n, 'CREATE', 'COMPLETE', 1, 1
     from isotherm.projects p, generate_series(1, 40) as n`,
  )
  const each = `from isotherm.stacks s, generate_series(1, 1000) as n`
  await sql.query(
    `insert into isotherm.resources (stack_id, id, name, type, current, action, physical_id, traversal)
     select s.id, nextval('isotherm.resource_ids'), 'r' || n, 'Plans::Thing', true, 'CREATE', s.id || '/' || n, 1 ${each}`,
  )
  await sql.query(`insert into isotherm.resource_data (stack_id, id) select stack_id, id from isotherm.resources`)
  await sql.query(
    `insert into isotherm.definitions (stack_id, name, since, hash, requires, body)
     select s.id, 'r' || n, 1, gen_random_uuid(), '{}', '{}' ${each}`,
  )
  await sql.query('analyze')
}

async function planOf(text: string, settings: readonly string[]): Promise<string> {
  return database.transaction(async (sql) => {
    for (const setting of settings) await sql.script(setting)
    const lines = await sql.query<Record<'QUERY PLAN', string>>(`explain (generic_plan) ${text}`)
    return lines.map((line) => line['QUERY PLAN']).join('\n')
  })
}

const SCAN = /Seq Scan on (?:resources|resource_data|definitions)\b/
/** Indexes of few rows, as the statistics say while all is at rest; in a traversal they hold the whole stack. */
const ASTRAY = /using resources_(?:armed|visited|unwell|running)/

test('no statement of a create, an update, a patch or a deletion reads a table, or a turn a partial index, from end to end', {
  timeout: 120_000,
}, async () => {
  await fill(database)
  sent.clear()
  const isotherm = await open({ database, types: [Thing] })
  const resources = (size: number) => ({
    a: { type: 'Plans::Thing', properties: { size } },
    b: { type: 'Plans::Thing', properties: { input: { get_attr: ['a', 'value'] } } },
  })
  for (const size of [0, 1])
    await (await isotherm.up({ stack: 'web', template: { resources: resources(size) } })).settled()
  await (await isotherm.patch('web', { resources: { a: resources(2).a } })).settled()
  await (await isotherm.down('web')).settled()
  await isotherm.close()

  const statements = [...sent].filter(([text]) => /isotherm\.(resources|resource_data|definitions)/.test(text))
  expect(statements.length).toBeGreaterThan(20)
  const scans: string[] = []
  for (const [text, settings] of statements) {
    if (!/^\s*(select|with|insert|update|delete)/.test(text)) continue
    const plan = await planOf(text, settings)
    const inTurn = settings.some((setting) => setting.includes('enable_hashjoin'))
    if (SCAN.test(plan) || (inTurn && ASTRAY.test(plan))) scans.push(`${text}\n${plan}`)
  }
  expect(scans).toEqual([])
  // And it would be seen.
  expect(await planOf('select from isotherm.resources where reason is not null', [])).toMatch(SCAN)
})
