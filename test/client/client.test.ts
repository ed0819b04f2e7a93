// The client against a server on a real socket: it answers as the library does, and waits out what passes.
import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { People } from '../../src/api/identity/people.js'
import { bodyOf } from '../../src/client/bodies.js'
import {
  Conflict,
  connect,
  InvalidInput,
  NotFound,
  type Orchestrator,
  Refused,
  ServerUnavailable,
} from '../../src/client.js'
import { tellFailing } from '../../src/store/failing.js'
import { labTemplate } from '../lab.js'
import { type Served, startServer } from '../server/harness.js'

let served: Served
beforeAll(async () => {
  served = await startServer()
})
afterAll(() => served.close())

const THREE = labTemplate({ a: {}, b: { v: { get_resource: 'a' } }, c: { v: { get_resource: 'b' } } })

const NOTHING = { heat_template_version: '2018-08-31', resources: { a: { type: 'OS::Heat::None' } } }

/** With a key that means nothing, and a nested one with another. */
const DOUBTFUL = {
  template: {
    heat_template_version: '2018-08-31',
    resources: { a: { type: 'n.yaml', properties: { v: 1 } }, b: { type: 'n.yaml', properties: { v: 2 } } },
    outputs: { o: { value: 1, valu: 2 } },
  },
  files: {
    'n.yaml': `heat_template_version: 2018-08-31
parameters: { v: { type: string } }
outputs: { p: { value: { get_param: v }, descr: x } }
`,
  },
}

/** What differs between two projects and two moments. */
const steady = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value ?? null), (key, part) =>
    /At$|^at$|^id$|^madeBy$|^rollbackDisabled$|Id$|^version$|Seconds$|^project$/.test(key)
      ? key
      : typeof part === 'string'
        ? part.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
        : part,
  )

/** Every method, one after the other, on a stack of its own. */
async function converse(isotherm: Orchestrator): Promise<unknown[]> {
  const said: unknown[] = []
  const say = async (answer: Promise<unknown>) =>
    said.push(steady(await answer.catch((error: Error) => [error.name, error.message])))
  await say(isotherm.stack('web'))
  await say(isotherm.preview({ stack: 'web', template: THREE }))
  await say(isotherm.preview({ stack: 'doubt', ...DOUBTFUL }))
  const doubted = await isotherm.savePlan({ stack: 'doubt', ...DOUBTFUL })
  const doubtful = await isotherm.carryOut(doubted.id)
  const { settled: _, ...again } = await isotherm.up({ stack: 'doubt', ...DOUBTFUL })
  expect(again.warnings?.map(({ path }) => path)).toEqual(['outputs.o.valu', 'outputs.p.descr'])
  expect([doubted.preview.warnings, doubtful.warnings]).toEqual([again.warnings, again.warnings])
  await say(doubtful.settled())
  const run = await isotherm.up({ stack: 'web', template: THREE, about: { tags: ['one'] } })
  expect([run.stack, run.traversal]).toEqual(['web', 1])
  await say(run.settled())
  await say(isotherm.stacks())
  await say(isotherm.watchReality('web', { minutes: 30, driftLimit: 2 }))
  await say(isotherm.stack({ id: run.id }))
  await say(isotherm.watchReality('web', null))
  await say(isotherm.watchReality('web', { minutes: -1 }))
  await say(isotherm.resources('web'))
  await say(isotherm.resource('web', 'b'))
  await say(isotherm.resource('web', 'nothing'))
  await say(isotherm.outputs('web'))
  await say(isotherm.progress('web', { limit: 2 }))
  await say(isotherm.graph('web'))
  await say(isotherm.graphOf({ template: THREE }))
  await say(isotherm.why('web', 'c'))
  await say(
    isotherm.validate({
      template: 'heat_template_version: 2018-08-31\nresources: { a: { type: No::Such } }',
      templateFile: 'a.yaml',
    }),
  )
  await say(isotherm.up({ stack: 'web', template: { resources: 1 } }))
  await say(isotherm.up({ stack: '1web', template: THREE }))
  await say(isotherm.up({ stack: 'web', template: THREE, presume: 'new' }))
  await say(isotherm.typeViews())
  await say(isotherm.updateMetadata('web', 'a', { owner: 'us' }))
  await say(isotherm.metadata('web', 'a'))
  await say(isotherm.signal('web', 'a', { status: 'SUCCESS' }))
  await say(isotherm.markUnhealthy('web', 'a', { reason: 'smokes' }))
  await say(isotherm.resource('web', 'a'))
  await say(isotherm.markUnhealthy('web', 'a', { healthy: true }))
  await say(isotherm.cancel('web'))
  for (const command of [
    () => isotherm.patch('web', { resources: { c: null } }),
    () => isotherm.rollback('web'),
    () => isotherm.suspend('web'),
    () => isotherm.resume('web', { timeoutSeconds: 60 }),
    () => isotherm.check('web'),
    () => isotherm.attach('web'),
  ])
    await say(command().then((one) => one.settled()))
  await say(isotherm.previewDown('web'))
  await say(isotherm.previewRollback('web'))
  const plan = await isotherm.savePlan({ stack: 'web', template: THREE, about: { tags: ['two'] }, keepSeconds: 60 })
  said.push(steady(plan))
  await say(isotherm.plan(plan.id))
  await say(isotherm.carryOut(plan.id).then((one) => one.settled()))
  await say(isotherm.carryOut(plan.id))
  const late = await isotherm.savePlan({ stack: 'web', template: NOTHING, onFailure: 'stop' })
  await say(isotherm.check('web').then((one) => one.settled()))
  await say(isotherm.carryOut(late.id))
  await say(isotherm.forgetPlan(late.id))
  await say(isotherm.forgetPlan('nothing'))
  const taken = await isotherm.snapshot('web', { name: 'before' })
  await say(taken.run.settled())
  await say(isotherm.snapshots('web'))
  await say(isotherm.previewPatch('web', { resources: { b: null } }))
  await say(isotherm.previewRestore('web', 'before'))
  await say(isotherm.showSnapshot('web', 'before'))
  await say(isotherm.restore('web', taken.id).then((one) => one.settled()))
  await say(isotherm.deleteSnapshot('web', 'before'))
  const abandoned = await isotherm.abandon('web')
  await say(abandoned.run.settled())
  const adopted = await isotherm.adopt({ stack: 'web', document: bodyOf(abandoned.document) })
  await say(adopted.settled())
  const [first, ...rest] = await isotherm.events('web', { limit: 5 })
  expect(rest).toHaveLength(4)
  const after = await isotherm.events('web', { after: first?.id ?? '' })
  expect(after.at(-1)?.id).toBe(await isotherm.lastEvent('web'))
  await say(isotherm.down('web', { onFailure: 'stop' }).then((one) => one.settled()))
  const told: string[] = []
  for await (const event of isotherm.watch({ id: adopted.id })) told.push(`${event.resource} ${event.status}`)
  said.push(told)
  await say(isotherm.events('web'))
  return said
}

test('a program cannot tell a server from the library', async () => {
  const library = served.server.isotherm.forProject('here')
  const client = connect({ url: served.server.url, project: 'there' })
  const [here, there] = [await converse(library), await converse(client)]
  expect(there).toEqual(here)
})

test('what a server refuses is thrown as the library throws it', async () => {
  const client = connect({ url: `${served.server.url}/v1/`, project: 'refusals' })
  await expect(client.stack('web')).rejects.toBeInstanceOf(NotFound)
  const bad = client.up({ stack: 'web', template: 'resources: [', templateFile: 'web.yaml' })
  await expect(bad).rejects.toBeInstanceOf(InvalidInput)
  await expect(bad).rejects.toMatchObject({ problems: [{ file: 'web.yaml', line: 1 }] })
  await (await client.up({ stack: 'web', template: THREE })).settled()
  await expect(client.up({ stack: 'web', template: THREE, presume: 'new' })).rejects.toBeInstanceOf(Conflict)
})

test('a stack that is watched from elsewhere is told until it is gone, over broken connections', async () => {
  const client = connect({ url: served.server.url, project: 'watched' })
  await (await client.up({ stack: 'web', template: THREE })).settled()
  const seen: string[] = []
  const broken = brokenOften(served.server.url)
  const proxy = await listening(broken)
  let begin = () => {}
  const begun = new Promise<void>((resolve) => {
    begin = resolve
  })
  const watching = (async () => {
    for await (const { id } of connect({ url: proxy, project: 'watched' }).watch('web')) {
      seen.push(id)
      begin()
    }
  })()
  await begun
  const { id } = await (await client.down('web')).settled()
  await watching
  const told = await served.server.isotherm.forProject('watched').events({ id })
  expect(seen).toEqual(told.map((event) => event.id))
  broken.close()
})

/** Passes requests on, and breaks each answer after a few hundred bytes. */
function brokenOften(target: string): HttpServer {
  return createServer(async (request, response) => {
    const headers = Object.fromEntries(
      Object.entries(request.headers).flatMap(([name, value]) =>
        typeof value === 'string' && !['host', 'connection'].includes(name) ? [[name, value]] : [],
      ),
    )
    const answer = await fetch(`${target}${request.url}`, { headers })
    response.writeHead(answer.status, Object.fromEntries(answer.headers))
    const isStream = request.url?.endsWith('/watch')
    let bytes = 0
    for await (const chunk of answer.body ?? []) {
      response.write(chunk)
      bytes += chunk.byteLength
      if (isStream && bytes > 300) break
    }
    if (isStream) response.socket?.end()
    else response.end()
  })
}

const listening = (server: HttpServer): Promise<string> =>
  new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)),
  )

describe('a server with users', () => {
  test('lets in who has a token, into the project of the token, as far as the role goes', async () => {
    const guarded = await startServer({ auth: 'password' })
    const { url } = guarded.server
    const people = new People(guarded.database)
    await people.createProject('web')
    await people.createUser({ name: 'ann', password: 'long enough', project: 'web', role: 'member' })
    await people.createUser({ name: 'rob', password: 'long enough', project: 'web', role: 'reader' })
    const token = (await people.createToken('ann', 'web', 600)).secret
    const readers = (await people.createToken('rob', 'web', 600)).secret
    const ann = connect({ url, token })
    expect((await (await ann.up({ stack: 'web', template: NOTHING })).settled()).status).toBe('CREATE_COMPLETE')
    const rob = connect({ url, token: readers, project: 'web' })
    expect((await rob.stacks()).map(({ name, madeBy }) => [name, madeBy])).toEqual([['web', 'ann']])
    await expect(rob.down('web')).rejects.toMatchObject({ name: 'Refused', status: 403 })
    await expect(connect({ url }).stacks()).rejects.toMatchObject({
      status: 401,
      hint: expect.stringContaining('token'),
    })
    await expect(connect({ url, token, project: 'other' }).stacks()).rejects.toBeInstanceOf(Refused)
    await guarded.close()
  })
})

test('a server that is not there is said to be, and what is none is not believed', async () => {
  const unreachable = connect({ url: 'http://127.0.0.1:9' }).stacks()
  await expect(unreachable).rejects.toBeInstanceOf(ServerUnavailable)
  await expect(unreachable).rejects.toThrow('http://127.0.0.1:9 cannot be reached')
  const other = createServer((_, response) => response.end('<html>'))
  await expect(connect({ url: await listening(other) }).stacks()).rejects.toThrow(
    'does not answer as an Isotherm server',
  )
  other.close()
})

test('a stack that engines have put aside is told as one', async () => {
  const alone = await startServer({ engines: 0 })
  const isotherm = connect({ url: alone.server.url, project: 'p' })
  try {
    const { id, traversal } = await isotherm.up({ stack: 'web', template: THREE })
    expect((await isotherm.stack('web')).failing).toBe(null)
    const [stack] = await alone.database.query<{ id: number }>('select id from isotherm.stacks where uid = $1', [id])
    await tellFailing(alone.database, { stackId: stack?.id ?? 0, traversal, failures: 5, why: 'cursed' })
    const failing = { stack: 'web', why: 'cursed', since: expect.any(String), nextAttemptSeconds: null }
    expect((await isotherm.stack('web')).failing).toMatchObject(failing)
    expect((await isotherm.stack('web')).failing?.failingSeconds).toBeGreaterThanOrEqual(15)
    expect((await isotherm.progress('web')).failing).toMatchObject(failing)
    expect((await isotherm.stacks())[0]?.failing).toMatchObject(failing)
    const { body } = await alone.ask('GET', `/v1/p/stacks/web/${id}`)
    expect(body.stack).toMatchObject({
      stack_status: 'CREATE_IN_PROGRESS',
      stack_status_reason: 'The engine cannot go on, and tries again: cursed',
    })
  } finally {
    await isotherm.close()
    await alone.close()
  }
})
