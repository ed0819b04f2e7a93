// The same program with a server instead of a database: what it says and how it ends is the same.
import { chmod } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { serve } from '../server/serve.js'
import { Desk } from './testing.js'

type Server = Awaited<ReturnType<typeof serve>>

let here: Desk
let there: Desk
let server: Server
beforeAll(async () => {
  const silent = { debug() {}, info() {}, warn() {}, error() {} }
  const place = { host: '127.0.0.1', port: 0, auth: 'none', revision: 'test', log: silent } as const
  server = await serve({ database: 'memory:', ...place })
  here = await Desk.open('hello')
  there = await Desk.open('hello')
  for (const desk of [here, there])
    await desk.write({ 'stack.yaml': TEMPLATE, 'environment.yaml': ENVIRONMENT, 'hello.txt': 'Hello' })
})
afterAll(async () => {
  await Promise.all([here.close(), there.close()])
  await server.close()
})

const TEMPLATE = `heat_template_version: 2021-04-16
parameters:
  name: { type: string, default: world }
resources:
  greeting: { type: OS::Heat::Value, properties: { value: { list_join: [' ', [{ get_file: hello.txt }, { get_param: name }]] } } }
  copy: { type: OS::Heat::Value, properties: { value: { get_attr: [greeting, value] } } }
outputs:
  said: { value: { get_attr: [copy, value] } }
`
const ENVIRONMENT = 'parameters: { name: moon }\n'

/** Times, ids, and what the address of the stack is. */
const steady = (text: string): string =>
  text
    .replace(/\d{4}-\d\d-\d\d[T ][\d:.]+Z?/g, 'TIME')
    .replace(/\d\d:\d\d:\d\d(\.\d{3})?/g, 'TIME')
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'ID')
    .replace(/\[\d+-\d+\]/g, '[ID]')
    .replace(/"(madeBy|rollbackDisabled)": .*/g, '"$1"')
    .replace(/hello-(\w+)-\w{12}/g, 'hello-$1')
    .replace(/ --server \S+/g, '')
    .replace(/ +\d+\.\d s/g, ' SPAN')
    .replace(/version +\d+/gi, 'version N')

const COMMANDS: readonly (readonly string[])[] = [
  ['show'],
  ['preview', '-e', 'environment.yaml', '--exit-code'],
  ['up', '-e', 'environment.yaml'],
  ['show', 'hello', '--json'],
  ['resources'],
  ['outputs', 'hello', 'said'],
  ['graph', '-t', 'stack.yaml', '-o', 'mermaid'],
  ['why', 'hello', 'copy'],
  ['patch', 'hello', 'patch.yaml', '-y'],
  ['rollback', '-y'],
  ['check'],
  ['cancel'],
  ['validate', 'stack.yaml', 'wrong.yaml'],
  ['up', 'wrong.yaml', '-s', 'other'],
  ['plan', 'doubtful.yaml', '-e', 'doubtful-environment.yaml', '-s', 'other'],
  ['up', 'doubtful.yaml', '-e', 'doubtful-environment.yaml', '-s', 'other'],
  ['types', 'OS::Heat::Value'],
  ['mark-unhealthy', 'hello', 'copy', 'smokes'],
  ['metadata', 'hello', 'copy', '{"a": 1}'],
  ['snapshot', 'create', 'hello', 'first'],
  ['snapshot', 'restore', 'hello', 'first', '-y'],
  ['down', '-y'],
  ['show', 'hello'],
]

it('every command says and does the same', { timeout: 300_000 }, async () => {
  const extra = {
    'patch.yaml': 'resources: { copy: null }\n',
    'wrong.yaml': 'resources: { a: { type: No::Such } }\n',
    'doubtful.yaml':
      'heat_template_version: 2018-08-31\nresources: { n: { type: n.yaml } }\noutputs: { o: { value: 1, valu: 2 } }\n',
    'n.yaml': 'heat_template_version: 2018-08-31\noutputs: { p: { value: 1, value: 2 } }\n',
    'doubtful-environment.yaml': 'parameters: {}\nevent_sinks: [{ type: zaqar-queue, target: q }]\nparameters: {}\n',
  }
  for (const desk of [here, there]) await desk.write(extra)
  const said: { here: unknown[]; there: unknown[] } = { here: [], there: [] }
  for (const words of COMMANDS) {
    const [one, other] = await Promise.all([here.run(...words), there.run(...words, '--server', server.url)])
    const told = ({ code, out, err }: typeof one) => [words.join(' '), code, steady(out), steady(err)]
    said.here.push(told(one))
    said.there.push(told(other))
  }
  expect(said.there).toEqual(said.here)
  const doubtful = [...said.here].flat().filter((text) => String(text).includes('valu: 2'))
  const told = [
    'doubtful-environment.yaml:3:1: parameters: the key parameters stands here twice',
    'doubtful-environment.yaml:2:1: event_sinks: a zaqar-queue',
    'n.yaml:2:27: outputs.p.value: the key value stands here twice',
    'doubtful.yaml:3:27: outputs.o.valu: an output has no key valu',
  ]
  expect(doubtful).toHaveLength(2)
  for (const text of doubtful) for (const part of told) expect(String(text).split(part)).toHaveLength(2)
})

it('a saved plan is carried out as it was shown, or refused', { timeout: 120_000 }, async () => {
  for (const [desk, where] of [
    [here, []],
    [there, ['--server', server.url]],
  ] as const) {
    const saved = await desk.run('plan', 'stack.yaml', '-s', 'planned', '--save', '--keep', '1h', ...where)
    expect([saved.code, saved.err]).toEqual([0, ''])
    const id = /isotherm up --plan (\S+)/.exec(saved.out)?.[1] ?? ''
    const beside = await desk.run('up', 'stack.yaml', '--plan', id, '-P', 'name=moon', ...where)
    expect([beside.code, beside.err]).toEqual([2, expect.stringContaining('template, --parameter cannot go with it')])
    const done = await desk.run('up', '--plan', id, ...where)
    expect([done.code, done.out]).toEqual([0, expect.stringMatching(/said +Hello world/)])
    const again = await desk.run('up', '--plan', id, ...where)
    expect([again.code, again.err]).toEqual([1, expect.stringContaining('carried out already, as traversal 1')])
  }
})

it('takes the token from a file that only its owner may read', { timeout: 60_000 }, async () => {
  await there.write({ token: 'secret\n' })
  await chmod(there.path('token'), 0o644)
  const words = ['list', '--server', server.url, '--token-file', 'token']
  const open = await there.run(...words)
  expect([open.code, open.err]).toEqual([2, expect.stringContaining('may be read by others (mode 644)')])
  expect(open.err).toContain('chmod 600 token')
  await chmod(there.path('token'), 0o600)
  expect((await there.run(...words)).code).toBe(0)
  const nobody = await there.start(['list'], { ISOTHERM_SERVER: 'http://127.0.0.1:9' }).ended
  expect([nobody.code, nobody.err]).toEqual([1, expect.stringContaining('127.0.0.1:9 cannot be reached')])
  for (const command of [['doctor'], ['engine'], ['serve'], ['rekey'], ['user', 'list']]) {
    const refused = await there.start(command, { ISOTHERM_SERVER: server.url }).ended
    expect([command, refused.code]).toEqual([command, 2])
    expect(refused.err).toContain('works on a database itself, not through a server: ISOTHERM_SERVER')
  }
  const plain = await there.run('list', '--server', 'http://isotherm.invalid:1', '--token-file', 'token')
  expect([plain.code, plain.err]).toEqual([1, expect.stringContaining('travels in clear to isotherm.invalid:1')])
  const both = await there.run('list', '--server', server.url, '--database', 'memory:')
  expect(both.code).toBe(2)
})
