// What clients of Heat know by name or by number: kinds of errors, codes that they ask to ignore, what an update is to look at.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { labTemplate } from '../lab.js'
import { at, type Served, startServer } from './harness.js'

let served: Served
beforeAll(async () => {
  served = await startServer()
})
afterAll(() => served.close())

async function make(stack: string, template: object): Promise<string> {
  const made = await served.ask('POST', '/v1/p/stacks', {
    stack_name: stack,
    template: JSON.parse(JSON.stringify(template)),
  })
  await served.settled('p', stack)
  return `/v1/p/stacks/${stack}/${at(made.body, 'stack.id')}`
}

test('each kind of refusal has the name that clients of Heat know', async () => {
  const { ask } = served
  const hot = { heat_template_version: '2018-08-31', parameters: { q: { type: 'string' } }, resources: {} }
  const named = async (body: object) => {
    const whole = JSON.parse(JSON.stringify({ stack_name: 'never', ...body }))
    const { status, body: told } = await ask('POST', '/v1/p/stacks', whole)
    return [status, at(told, 'error.type')]
  }
  const waits = (other: string) => ({ type: 'OS::Heat::None', depends_on: other })
  expect(await named({ template: hot })).toEqual([400, 'UserParameterMissing'])
  expect(await named({ template: hot, parameters: { q: 'x', z: 1 } })).toEqual([400, 'UnknownUserParameter'])
  const ring = { ...hot, parameters: {}, resources: { a: waits('b'), b: waits('a') } }
  expect(await named({ template: ring })).toEqual([400, 'CircularDependencyException'])
  expect(await named({ template: { ...hot, parameters: {}, resources: [] } })).toEqual([400, 'StackValidationFailed'])
  const path = await make('deaf', { ...hot, parameters: {}, resources: { a: { type: 'OS::Heat::None' } } })
  const signalled = await ask('POST', `${path}/resources/a/signal`, {})
  expect([signalled.status, at(signalled.body, 'error.type')]).toEqual([400, 'ResourceActionNotSupported'])
})

test('a validation leaves types aside that the server does not have, where it is told to', async () => {
  const template = { heat_template_version: '2018-08-31', resources: { a: { type: 'OS::Nova::Server' } } }
  const validate = async (query: string) => (await served.ask('POST', `/v1/p/validate${query}`, { template })).status
  expect([await validate(''), await validate('?ignore_errors=99001'), await validate('?ignore_errors=12')]).toEqual([
    400, 200, 400,
  ])
  // What no Heat knows, and what this server only refuses, is wrong all the same.
  for (const type of [
    'OS::Nova::Server',
    'OS::Heat::Nothing',
    'My::Own::Type',
    'Isotherm::Local::Nothing',
    'absent.yaml',
  ]) {
    const two = { ...template, resources: { a: { type: 'OS::Nova::Server' }, b: { type } } }
    const { status } = await served.ask('POST', '/v1/p/validate?ignore_errors=99001', { template: two })
    expect([type, status]).toEqual([type, type === 'OS::Nova::Server' ? 200 : 400])
  }
})

test('what a resource is for is told with it', async () => {
  const { ask } = served
  const described = labTemplate({ a: {} })
  Object.assign(Object(described.resources).a, { description: 'keeps the words' })
  const path = await make('told', described)
  expect(at((await ask('GET', `${path}/resources/a`)).body, 'resource.description')).toBe('keeps the words')
  expect(at((await ask('GET', `${path}/resources?with_detail=true`)).body, 'resources.0.description')).toBe(
    'keeps the words',
  )
  expect(at((await ask('GET', `${path}/resources`)).body, 'resources.0')).not.toHaveProperty('description')
})

test('an update that is to converge looks at what is there first, and mends it', async () => {
  const { ask, lab, settled } = served
  const path = await make('real', labTemplate({ thing: {} }))
  lab.things.clear()
  expect((await ask('PATCH', path, { converge: 'maybe' })).status).toBe(400)
  expect((await ask('PATCH', path, {})).status).toBe(202)
  await settled('p', 'real')
  expect(lab.names()).toEqual([])
  expect((await ask('PATCH', path, { converge: true })).status).toBe(202)
  expect(await settled('p', 'real')).toBe('UPDATE_COMPLETE')
  expect(lab.names()).toEqual(['thing'])
})

test('a whole number that a client writes with a point keeps it in texts', async () => {
  const template = `{"heat_template_version": "2018-08-31", "parameters": {"v": {"type": "string", "default": 1.0}, "w": {"type": "string"},
    "x": {"type": "string"}}, "outputs": {"o": {"value": {"list_join": ["/", [{"get_param": "v"}, {"get_param": "w"}, {"get_param": "x"}, 4.0]]}}}}`
  const body = `{"stack_name": "points", "template": ${template}, "parameters": {"w": 2.0}, "environment": {"parameters": {"x": 3.0}}}`
  const made = await fetch(`${served.server.url}/v1/points/stacks`, { method: 'POST', body })
  expect(made.status).toBe(201)
  expect(await served.settled('points', 'points')).toBe('CREATE_COMPLETE')
  const id = at(JSON.parse(await made.text()), 'stack.id')
  const { body: found } = await served.ask('GET', `/v1/points/stacks/points/${id}/outputs/o`)
  expect(at(found, 'output.output_value')).toBe('1.0/2.0/3.0/4.0')
})
