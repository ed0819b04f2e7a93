// What is shown and asked before something is lost, and what nobody is asked about because it cannot be done.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Desk } from './testing.js'

let desk: Desk
beforeAll(async () => {
  desk = await Desk.open('asked')
})
afterAll(() => desk.close())

const thing = (fields: object = {}) => ({ type: 'OS::Heat::TestResource', properties: { value: 'a' }, ...fields })
const template = (resources: object) => JSON.stringify({ heat_template_version: '2021-04-16', resources })

test('a patch shows what it would do, and asks only where something is lost', { timeout: 120_000 }, async () => {
  await desk.write({
    'stack.yaml': template({ a: thing(), b: thing() }),
    'gentle.yaml': JSON.stringify({ resources: { a: thing({ properties: { value: 'b' } }), c: thing() } }),
    'harsh.yaml': JSON.stringify({ resources: { b: null } }),
  })
  expect((await desk.run('up')).code).toBe(0)

  const gentle = await desk.run('patch', 'asked', 'gentle.yaml')
  expect([gentle.code, gentle.err]).toEqual([0, ''])
  expect(gentle.out).toMatch(/^asked: 1 to update, 1 to create, 1 stays\n\n {4}~ update {2}a /)
  expect(gentle.out).toContain('value: "a" -> "b"')

  const harsh = await desk.run('patch', 'asked', 'harsh.yaml')
  expect(harsh.code).toBe(2)
  expect(harsh.out).toContain('- delete  b')
  expect(harsh.err).toContain('error: not done: it would delete b, and nobody can be asked\n')
  const told = await desk.run('patch', 'asked', 'harsh.yaml', '-y')
  expect(told.code).toBe(0)
  expect(told.out).not.toContain('to delete')
})

test('what is bound to be refused is refused, without a question', { timeout: 120_000 }, async () => {
  const kept = thing({ isotherm: { protect: true } })
  const failing = thing({ properties: { value: 'a', fail: true }, depends_on: 'kept' })
  await desk.write({
    'safe.yaml': template({ a: thing() }),
    'more.yaml': template({ a: thing(), kept, failing }),
    'less.yaml': JSON.stringify({ resources: { kept: null, failing: null } }),
  })
  expect((await desk.run('up', 'safe.yaml')).code).toBe(0)
  expect((await desk.run('up', 'more.yaml', '-s', 'safe', '--on-failure', 'stop')).code).toBe(1)
  const reason = 'kept: it is protected, and would be deleted; take isotherm.protect back first'
  for (const words of [
    ['down', 'safe'],
    ['rollback', 'safe'],
    ['up', 'safe.yaml'],
    ['patch', 'safe', 'less.yaml'],
  ]) {
    const { code, out, err } = await desk.run(...words)
    expect([words[0], code, err]).toEqual([words[0], 2, `error: resources.kept: ${reason}\n`])
    expect(out).toContain('! fail  kept')
  }
  const { error } = JSON.parse((await desk.run('down', 'safe', '--json')).out)
  expect(error).toMatchObject({ kind: 'InvalidInput', problems: [{ path: 'resources.kept', message: reason }] })
  expect((await desk.run('down', 'safe', '-y')).err).toContain('kept cannot be removed: it is protected')
})
