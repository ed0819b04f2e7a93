// Engines as processes of their own: they share the work, end in good order, and take over from the dead.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../postgres.js'
import { Fleet, layers, namesOf } from './fleet.js'

let database: FreshDatabase
let fleet: Fleet

beforeEach(async () => {
  database = await freshDatabase()
  fleet = await Fleet.open(database.url)
})
afterEach(async () => {
  await fleet.close()
  await database.drop()
})

const one = { resources: { a: { type: 'Far::Thing', properties: { v: 1 } } } }

describe('engine processes', { timeout: 90_000 }, () => {
  test('share a stack, and nothing is made twice', async () => {
    const [first, second] = await Promise.all([fleet.engine('--slots', '3'), fleet.engine('--slots', '3')])
    fleet.far.milliseconds = 20
    const template = layers(3, 20)
    const run = await fleet.commander.up({ stack: 'shared', template })

    expect(await run.settled()).toMatchObject({ status: 'CREATE_COMPLETE' })

    expect(fleet.far.names()).toEqual(namesOf(template))
    expect(fleet.far.calls).toHaveLength(60)
    expect(new Set(fleet.far.calls.map(({ pid }) => pid))).toEqual(new Set([first.pid, second.pid]))
  })

  test('told to stop, finish what is running, begin nothing, and sign off', async () => {
    const engine = await fleet.engine('--slots', '1')
    let hold = true
    fleet.far.held = () => hold
    const run = await fleet.commander.up({ stack: 'drained', template: layers(1, 3) })
    await fleet.far.until((calls) => calls.length === 1)

    engine.kill('SIGTERM')
    await engine.says(/draining/)
    hold = false

    expect((await engine.ended).code).toBe(0)
    expect(fleet.far.calls).toHaveLength(1)
    expect(await fleet.commander.engines()).toEqual([])
    const { counts } = await fleet.commander.progress('drained')
    expect(counts).toMatchObject({ done: 1, running: 0, ready: 2 })
    await fleet.engine()
    expect(await run.settled()).toMatchObject({ status: 'CREATE_COMPLETE' })
    expect(fleet.far.calls.filter(({ method }) => method === 'PUT')).toHaveLength(3)
  })

  test('hand back what does not end in time, and another makes it', async () => {
    const engine = await fleet.engine('--drain-seconds', '0.2')
    fleet.far.held = ({ pid }) => pid === engine.pid
    const run = await fleet.commander.up({ stack: 'handed', template: one })
    await fleet.far.until((calls) => calls.length === 1)

    engine.kill('SIGINT')

    expect((await engine.ended).code).toBe(0)
    expect(engine.out).toMatch(/handed back/)
    await fleet.engine()
    expect(await run.settled()).toMatchObject({ status: 'CREATE_COMPLETE' })
    expect(fleet.far.names()).toEqual(['a'])
    const [before, ...after] = fleet.far.calls
    expect(after.every(({ token }) => token === before?.token)).toBe(true)
  })

  test('that are killed lose their work to the others, who ask before they make anything', async () => {
    const silent = ['--silent-seconds', '2'] as const
    const victim = await fleet.engine(...silent)
    fleet.far.held = ({ pid }) => pid === victim.pid
    const run = await fleet.commander.up({ stack: 'taken', template: one })
    await fleet.far.until((calls) => calls.length === 1)
    const other = await fleet.engine(...silent)

    victim.kill('SIGKILL')
    await fleet.far.until((calls) => calls.some(({ pid }) => pid === other.pid))

    expect(await run.settled()).toMatchObject({ status: 'CREATE_COMPLETE' })
    expect(fleet.far.calls.map(({ method }) => method)).toEqual(['PUT', 'GET', 'PUT'])
    expect(fleet.far.names()).toEqual(['a'])
    const taken = other.out.split('\n').find((line) => line.includes('taken from an engine that stopped'))
    expect(JSON.parse(taken ?? '{}')).toMatchObject({ stack: 'taken', resource: 'a', traversal: 1, fence: 2 })
  })

  test('say in each line about work which stack, resource, traversal, engine and fence it is about', async () => {
    const engine = await fleet.engine('--log-level', 'debug')
    await (await fleet.commander.up({ stack: 'logged', template: one })).settled()
    engine.kill('SIGTERM')
    const { out } = await engine.ended
    const lines = out
      .trim()
      .split('\n')
      .map((line): { [field: string]: unknown } => JSON.parse(line))
    const about = lines.filter(({ resource }) => resource === 'a')
    expect(about.map(({ msg }) => msg)).toEqual(['create begins', 'the thing is there', 'create is done'])
    const [{ engine: id } = {}] = lines
    for (const line of about) {
      expect(line).toMatchObject({ stack: 'logged', resource: 'a', traversal: 1, engine: id, fence: 1 })
    }
  })

  test('tell Prometheus what they do, and whether they are ready', async () => {
    const engine = await fleet.engine('--metrics-port', '0', '--slots', '7')
    const port = /"metricsPort":(\d+)/.exec(engine.out)?.[1]
    const ask = async (path: string) => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`)
      return { status: response.status, text: await response.text() }
    }
    expect(await ask('/healthz')).toEqual({ status: 200, text: 'ok\n' })
    expect(await ask('/readyz')).toEqual({ status: 200, text: 'ready\n' })
    await (await fleet.commander.up({ stack: 'measured', template: layers(1, 4) })).settled()

    const { text } = await ask('/metrics')
    expect(text).toContain('isotherm_actions_total{type="Far::Thing",action="create",outcome="done"} 4')
    expect(text).toContain('isotherm_action_duration_seconds_count{type="Far::Thing",action="create"} 4')
    expect(text).toContain('isotherm_claims_total 4')
    expect(text).toContain('isotherm_settle_batch_size_sum 4')
    expect(text).toContain('isotherm_settles_refused_total 0')
    expect(text).toContain('isotherm_slots 7')
    expect(text).toContain('isotherm_stacks_in_progress 0')
    expect(text).toContain('isotherm_backlog_due_rows 0')
    expect(text).toMatch(/isotherm_heartbeat_age_seconds \d/)

    // A call that does not end keeps the engine draining.
    fleet.far.held = () => true
    await fleet.commander.up({ stack: 'held', template: one })
    await fleet.far.until((calls) => calls.length === 5)
    engine.kill('SIGTERM')
    await engine.says(/draining/)
    expect(await ask('/readyz')).toEqual({ status: 503, text: 'draining\n' })
    fleet.far.held = () => false
    expect((await engine.ended).code).toBe(0)
  })
})

describe("types of one's own", () => {
  test('that cannot be loaded are named, with what is wrong', async () => {
    await fleet.desk.write({ 'none.mjs': 'export const answer = 42\n' })
    expect(await fleet.desk.run('types', '--types', './gone.mjs')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/--types .\/gone.mjs cannot be loaded: [^\n]+\n$/),
    })
    expect(await fleet.desk.run('types', '--types', './none.mjs')).toMatchObject({
      code: 2,
      err: expect.stringContaining('exports no resource types'),
    })
  })
})

describe('isotherm up over a PostgreSQL', { timeout: 90_000 }, () => {
  const template = JSON.stringify({ heat_template_version: '2021-04-16', ...one })

  test('runs no engine, says so when nobody else does, and shows what one does once it is there', async () => {
    await fleet.desk.write({ 'web.yaml': template })
    const up = fleet.start('up', 'web.yaml')
    await up.says(/CREATE_IN_PROGRESS/)
    const engine = await fleet.engine()

    const { code, out, err } = await up.ended

    expect({ code, err: err.split('\n')[0] }).toEqual({
      code: 0,
      err: 'No engine is at work on this database: the command is stored, and waits for one.',
    })
    expect(out).toMatch(/a +CREATE_COMPLETE/)
    expect(fleet.far.calls.map(({ pid }) => pid)).toEqual([engine.pid])
  })

  test('is an engine itself when asked', async () => {
    await fleet.desk.write({ 'web.yaml': template })
    const up = fleet.start('up', 'web.yaml', '--engine')
    expect((await up.ended).code).toBe(0)
    expect(fleet.far.calls.map(({ pid }) => pid)).toEqual([up.pid])
  })
})
