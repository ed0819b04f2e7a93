// What the server tells of nested stacks before they exist, and the resources of many stacks a page at a time.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect } from '../../src/client.js'
import { at, type Served, startServer } from './harness.js'

let served: Served
beforeAll(async () => {
  served = await startServer({ key: '5e'.repeat(32) })
})
afterAll(() => served.close())

const hot = (sections: object) => JSON.stringify({ heat_template_version: '2018-08-31', ...sections })

const inner = hot({
  description: 'a web server',
  parameters: {
    size: { type: 'number', default: 1, constraints: [{ range: { min: 1, max: 9 } }] },
    named: { type: 'string', description: 'what it is called' },
    key: { type: 'string', hidden: true, default: 'nobody-sees-it' },
  },
  parameter_groups: [{ label: 'how', parameters: ['size'] }],
  resources: { server: { type: 'Lab::Thing', properties: { v: { get_param: 'named' } } } },
})
const template = JSON.parse(
  hot({
    parameters: { secret: { type: 'string', hidden: true }, many: { type: 'number', default: 3 } },
    resources: {
      first: { type: 'Lab::Thing', properties: { v: 'known later' } },
      web: { type: 'inner.yaml', properties: { named: 'web', size: 2 } },
      later: { type: 'inner.yaml', properties: { named: { get_attr: ['first', 'v'] } } },
      covered: { type: 'inner.yaml', properties: { named: { get_param: 'secret' } } },
      group: {
        type: 'OS::Heat::ResourceGroup',
        properties: {
          count: { get_param: 'many' },
          resource_def: { type: 'inner.yaml', properties: { named: 'member-%index%' } },
        },
      },
    },
  }),
)
const files = { 'inner.yaml': inner }

test('a validation tells what the templates of nested stacks ask for, where that is wanted', async () => {
  const body = { template, files, environment: { parameters: { secret: 'nobody-sees-this' } } }
  const flat = await served.ask('POST', '/v1/p/validate', body)
  expect(flat.body).not.toHaveProperty('NestedParameters')
  const deep = await served.ask('POST', '/v1/p/validate?show_nested=true', body)
  expect(deep.status, deep.text).toBe(200)
  const nested = Object(deep.body.NestedParameters)
  expect(Object.keys(nested).sort()).toEqual(['covered', 'group', 'later', 'web'])
  expect(nested.web).toMatchObject({ Type: 'inner.yaml', Description: 'a web server' })
  expect(nested.web.Parameters).toMatchObject({
    size: { Type: 'Number', Default: '1', Value: '2', MinValue: 1, MaxValue: 9 },
    named: { Type: 'String', Value: 'web', Description: 'what it is called', NoEcho: 'false' },
    key: { NoEcho: 'true', Default: '******' },
  })
  expect(nested.web.ParameterGroups).toEqual([{ label: 'how', parameters: ['size'] }])
  expect(nested.later.Parameters.named).not.toHaveProperty('Value')
  expect(nested.covered.Parameters.named).not.toHaveProperty('Value')
  expect(Object.keys(nested.group.NestedParameters)).toEqual(['0'])
  expect(nested.group.NestedParameters['0'].Parameters.named.Value).toBe('member-0')
  expect(deep.text).not.toContain('nobody-sees')
})

test('what is inside of a nested stack stands in its place in a preview, as a list', async () => {
  const body = { stack_name: 'foretold', template, files, parameters: { secret: 'nobody-sees-this', many: 2 } }
  const { body: said, text } = await served.ask('POST', '/v1/p/stacks/preview', body)
  const resources = at(said, 'stack.resources')
  if (!Array.isArray(resources)) throw new Error(text)
  const names = (part: unknown): unknown =>
    Array.isArray(part) ? part.map(names) : (part as { resource_name: string }).resource_name
  const flat = resources.map(names)
  expect(flat).toContainEqual(['server'])
  expect(flat).toContainEqual([['server'], ['server']])
  expect(flat).toContain('first')
  const inside = resources.find((part) => Array.isArray(part) && part.length === 1)
  expect(at(inside, '0')).toMatchObject({ resource_type: 'Lab::Thing' })
  expect(text).not.toContain('nobody-sees')
})

test('resources are told a page at a time, through all nested stacks, in one order', async () => {
  const { ask, settled, server } = served
  const parameters = { secret: 's', many: 3 }
  await ask('POST', '/v1/p/stacks', { stack_name: 'paged', template, files, parameters })
  const status = await settled('p', 'paged')
  expect(status, (await ask('GET', '/v1/p/isotherm/stacks/paged')).text).toBe('CREATE_COMPLETE')
  const path = '/v1/p/isotherm/stacks/paged/resources'
  const whole = JSON.parse((await ask('GET', `${path}?nestedDepth=9`)).text)
  expect(whole).toHaveLength(5 + 3 + 3 + 3)
  const paged: typeof whole = []
  for (;;) {
    const last = paged.at(-1)
    const within = last?.within ? `&afterStack=${last.within.stackId}` : ''
    const after = last ? `&after=${last.name}${within}` : ''
    const page = JSON.parse((await ask('GET', `${path}?nestedDepth=9&limit=2${after}`)).text)
    paged.push(...page)
    if (page.length < 2) break
  }
  expect(paged).toEqual(whole)
  expect(whole.find(({ name }: { name: string }) => name === 'later').requires).toEqual(['first'])
  const client = connect({ url: server.url, project: 'p' })
  expect(await client.resources('paged', { nestedDepth: 9 })).toEqual(whole)
  expect((await client.resources('paged')).map(({ name }) => name)).toEqual([
    'covered',
    'first',
    'group',
    'later',
    'web',
  ])
  const told = await client.events('paged', { nestedDepth: 9 })
  expect(await client.events('paged', { nestedDepth: 9, last: 4 })).toEqual(told.slice(-4))
  expect((await ask('GET', `/v1/p/isotherm/stacks/paged/events?last=1&after=1-1`)).status).toBe(400)
  expect((await ask('GET', `${path}?afterStack=x`)).status).toBe(400)
  expect((await ask('GET', `${path}?after=a&afterStack=x&nestedDepth=1`)).status).toBe(404)
})
