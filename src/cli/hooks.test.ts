// What waits for people, beside an embedded database: nobody else can reach it while a process works on it, so that process
// ends when it has nothing left to do, and whoever tells the stack something carries it on.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freshDatabase } from '../../test/postgres.js'
import { Desk } from './testing.js'

let desk: Desk
beforeAll(async () => {
  desk = await Desk.open('hello')
  await desk.write({ 'web.yaml': TEMPLATE, 'page.yaml': PAGE, 'hooks.yaml': HOOKS, 'wait.yaml': WAIT })
})
afterAll(() => desk.close())

const TEMPLATE = `heat_template_version: 2018-08-31
resources:
  a: { type: OS::Heat::None }
  page: { type: page.yaml, depends_on: a }
`
const PAGE = `heat_template_version: 2018-08-31
resources:
  text: { type: OS::Heat::None }
`
const HOOKS = `resource_registry:
  resources:
    a: { hooks: pre-create }
    page: { text: { hooks: pre-create } }
`
const WAIT = `heat_template_version: 2018-08-31
resources:
  handle: { type: OS::Heat::WaitConditionHandle }
  wait: { type: OS::Heat::WaitCondition, properties: { handle: { get_resource: handle }, timeout: 600, count: 2 } }
`

describe('hooks and signals beside an embedded database', { timeout: 120_000 }, () => {
  it('up ends when nothing goes on before hooks are cleared, and clearing one carries the stack on', async () => {
    const up = await desk.run('up', 'web.yaml', '-e', 'hooks.yaml')
    expect(up.err).toBe(`web is paused, 0 of 2 done. Nothing goes on before hooks are cleared:
  a waits at its hook pre-create
Let them go on with: isotherm hook-clear web a
`)
    expect(up.code).toBe(4)
    const attached = await desk.run('attach', 'web', '--json')
    expect([attached.code, JSON.parse(attached.out).clear]).toEqual([4, 'isotherm hook-clear web a'])

    const first = await desk.run('hook-clear', 'web', 'a')
    expect(first.code).toBe(4)
    expect(first.out).toContain('a: hook pre-create is cleared\n')
    expect(first.err).toContain(
      '  text waits at its hook pre-create\nLet them go on with: isotherm hook-clear web text\n',
    )
    // A composite waits for what is inside it, not for a time.
    expect(first.out).toMatch(/◷ page +page\.yaml +creating .*at work inside/)
    expect((await desk.run('hook-poll', 'web')).out).toMatch(/^web-page-\w+ +page\/text +OS::Heat::None +pre-create/m)
    expect((await desk.run('hook-clear', 'web', 'page')).err).toContain('what waits: page/text (pre-create)')
    const second = await desk.run('hook-clear', 'web', 'page/text')
    expect([second.code, second.err]).toEqual([0, ''])
    expect(second.out).toContain('✔ web: CREATE_COMPLETE')
  })

  it('a hook that is cleared with --detach says that nobody goes on, and how to', async () => {
    await desk.run('up', 'web.yaml', '-s', 'other', '-e', 'hooks.yaml')
    const cleared = await desk.run('hook-clear', 'other', 'a', '--detach')
    expect([cleared.code, cleared.out]).toEqual([0, 'a: hook pre-create is cleared\n'])
    expect(cleared.err).toContain('Go on with: isotherm attach other')
    expect((await desk.run('attach', 'other')).code).toBe(4)
  })

  it('a signal carries on what waited for it, and returns at once where nothing goes on', async () => {
    const up = await desk.run('up', 'wait.yaml')
    expect(up.err).toBe(`wait is paused, 1 of 2 done. Nothing goes on before signals come:
  wait waits for a signal to handle
Let them go on with: isotherm signal wait handle
`)
    expect(up.code).toBe(4)
    const attached = await desk.run('attach', 'wait', '--json')
    const { paused, goOn } = JSON.parse(attached.out)
    expect(paused).toEqual([{ stack: 'wait', resource: 'wait', hook: null, signal: 'handle' }])
    expect([attached.code, goOn]).toEqual([4, ['isotherm signal wait handle']])
    const early = await desk.run('signal', 'wait', 'handle', '{"status": "SUCCESS", "id": "zero"}')
    expect([early.code, early.err]).toEqual([4, up.err])
    const signal = await desk.run('signal', 'wait', 'handle', '{"status": "SUCCESS", "id": "one"}')
    expect(signal.code).toBe(0)
    expect(signal.out).toContain('✔ wait: CREATE_COMPLETE')
    const again = await desk.run('signal', 'wait', 'handle', '{"status": "SUCCESS", "id": "two"}')
    expect([again.code, again.err]).toEqual([0, ''])
    expect(again.out).not.toContain('CREATE_COMPLETE')
  })

  it('a signal that nobody understands is refused with its place, and one that tells of a failure ends with 1', async () => {
    await desk.run('up', 'wait.yaml', '-s', 'sad')
    const odd = await desk.run('signal', 'sad', 'handle', '{"status": "MAYBE"}')
    expect([odd.code, odd.err]).toEqual([2, 'error: handle: signal status: must be SUCCESS or FAILURE, got "MAYBE"\n'])
    const failure = await desk.run('signal', 'sad', 'handle', '{"status": "FAILURE", "reason": "no disk"}')
    expect(failure.code).toBe(1)
    expect(failure.out).toContain('✖ sad: ROLLBACK_COMPLETE')
  })
})

it('a hook that is cleared on a shared database is left to its engines, and it is said when there are none', {
  timeout: 120_000,
}, async () => {
  const { url, drop } = await freshDatabase()
  try {
    const up = desk.start([
      'up',
      'web.yaml',
      '-e',
      'hooks.yaml',
      '--engine',
      '--nested-depth',
      'max',
      '--database',
      url,
    ])
    await up.says(/paused until Hook pre-create/)
    expect(await desk.run('hook-clear', 'web', 'a', '--database', url)).toMatchObject({ code: 0, err: '' })
    await up.says(/text +INIT_COMPLETE .*paused until Hook pre-create/)
    up.kill('SIGINT')
    expect((await up.ended).code).toBe(130)
    const cleared = await desk.run('hook-clear', 'web', 'text', '--database', url)
    expect([cleared.code, cleared.out]).toEqual([0, 'page/text: hook pre-create is cleared\n'])
    expect(cleared.err).toContain('No engine is at work on this database')
  } finally {
    await drop()
  }
})
