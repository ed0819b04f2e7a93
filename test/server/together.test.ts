// Questions that are asked at the same time go to the database together. Nobody may notice, but by the clock: whoever asks after a
// write sees it, and what is asked for one project is never asked for another.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { People } from '../../src/api/identity/people.js'
import type { Database } from '../../src/store/database.js'
import { openDatabase } from '../../src/store/open.js'
import { labTemplate } from '../lab.js'
import { at, startServer } from './harness.js'

interface Question {
  readonly settings: string
  readonly text: string
  readonly values: readonly unknown[]
}

/** Keeps the answers of questions about stacks, once they were asked, until it is told to give them out. */
class Gate {
  readonly questions: Question[] = []
  #held: { asked: () => void; released: Promise<void> } | undefined

  /** @returns when the next question has been answered by the database, and what gives that answer out */
  hold(): { readonly answered: Promise<void>; readonly release: () => void } {
    let release = () => {}
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    const answered = new Promise<void>((resolve) => {
      this.#held = { asked: resolve, released }
    })
    return { answered, release }
  }

  before(database: Database): Database {
    return {
      description: database.description,
      query: (text, values) => database.query(text, values),
      transaction: (work) => database.transaction(work),
      script: (text) => database.script(text),
      copy: (statement, chunks) => database.copy(statement, chunks),
      close: () => database.close(),
      ask: async (settings, text, values = []) => {
        if (text.includes('isotherm.stacks s')) this.questions.push({ settings, text, values })
        const rows = await database.transaction(async (sql) => {
          await sql.script(settings)
          return sql.query<never>(text, values)
        })
        const held = this.#held
        this.#held = undefined
        held?.asked()
        await held?.released
        return rows
      },
    }
  }
}

async function start() {
  const gate = new Gate()
  const database = gate.before(await openDatabase('memory:'))
  const served = await startServer({ auth: 'password', database, believedSeconds: 60 })
  const people = new People(database)
  const enter = async (name: string) => {
    const { uid } = await people.createProject(name)
    await people.createUser({ name, password: 'long enough', project: name, role: 'member' })
    const token = { 'x-auth-token': (await people.createToken(name, name, 600)).secret }
    const ask = (method: string, path: string, body?: Parameters<typeof served.ask>[2]) =>
      served.ask(method, `/v1/${uid}${path}`, body, token)
    const make = async (stack: string) => {
      const made = await ask('POST', '/stacks', { stack_name: stack, template: labTemplate({ a: { v: stack } }) })
      await served.settled(name, stack)
      return `/stacks/${stack}/${at(made.body, 'stack.id')}`
    }
    return { ask, make }
  }
  return { gate, served, database, enter }
}

let started: Awaited<ReturnType<typeof start>>
beforeAll(async () => {
  started = await start()
})
afterAll(() => started.served.close())

test('what was written before a question came is in its answer, also when another one was under way', async () => {
  const { gate, enter } = started
  const { ask, make } = await enter('one')
  const path = await make('site')
  for (const question of [path, '/stacks?limit=20', '/stacks/detail']) {
    const { answered, release } = gate.hold()
    const early = ask('GET', question)
    await answered
    const tag = `tag-of-${question.length}`
    await ask('PATCH', path, { tags: [tag] })
    const late = [ask('GET', question), ask('GET', question)]
    release()
    expect((await early).status).toBe(200)
    for (const { text } of await Promise.all(late)) expect(text).toContain(tag)
  }
})

test('many who ask at once are each given their own, from a few statements, each confined to their project', async () => {
  const { gate, database, enter } = started
  const [web, shop] = [await enter('web'), await enter('shop')]
  const paths = { web: [await web.make('a'), await web.make('b')], shop: [await shop.make('a'), await shop.make('c')] }
  await Promise.all([web.ask('GET', '/stacks'), shop.ask('GET', '/stacks')])
  gate.questions.length = 0
  const { answered, release } = gate.hold()
  const first = web.ask('GET', paths.web[0] ?? '')
  await answered
  const own = Array.from({ length: 40 }, (_, turn) =>
    turn % 2 === 0
      ? web.ask('GET', paths.web[(turn / 2) % 2] ?? '')
      : shop.ask('GET', paths.shop[((turn - 1) / 2) % 2] ?? ''),
  )
  const foreign = [...paths.shop.map((path) => web.ask('GET', path)), ...paths.web.map((path) => shop.ask('GET', path))]
  const lists = [web.ask('GET', '/stacks'), web.ask('GET', '/stacks'), shop.ask('GET', '/stacks')]
  // Those of the other project did not wait for the one that is held.
  await Promise.all([foreign[2], foreign[3], lists[2]])
  release()
  await first
  for (const [turn, { status, body }] of (await Promise.all(own)).entries()) {
    const [, , name, id] = (turn % 2 === 0 ? paths.web : paths.shop)[Math.floor(turn / 2) % 2]?.split('/') ?? []
    expect([status, at(body, 'stack.id'), at(body, 'stack.stack_name')]).toEqual([200, id, name])
  }
  expect((await Promise.all(foreign)).map(({ status }) => status)).toEqual([404, 404, 404, 404])
  const named = (await Promise.all(lists)).map(({ body }) =>
    (body.stacks as { stack_name: string }[]).map(({ stack_name }) => stack_name).sort(),
  )
  expect(named).toEqual([
    ['a', 'b'],
    ['a', 'b'],
    ['a', 'c'],
  ])
  expect(gate.questions.length).toBeLessThan(own.length + foreign.length)
  const rows = await database.query<{ id: number; name: string }>('select id, name from isotherm.projects')
  const projects = new Map(rows.map(({ id, name }) => [name, id]))
  for (const { settings, values } of gate.questions) {
    expect(settings).toContain('set local role isotherm_tenant')
    expect(settings).toContain(`isotherm.project = '${projects.get(String(values[0]))}'`)
  }
})

test('pages of a list that are asked for at once come from one statement, each its own; a stranger’s stack is no place to begin', async () => {
  const { gate, enter } = started
  const [mine, theirs] = [await enter('pages'), await enter('strangers')]
  const paths: string[] = []
  for (const name of ['a', 'b', 'c', 'd']) paths.push(await mine.make(name))
  const foreign = (await theirs.make('x')).split('/').at(-1) ?? ''
  const ids = paths.map((path) => path.split('/').at(-1) ?? '')
  const page = (marker: string, more = '') =>
    mine.ask('GET', `/stacks?marker=${marker}&limit=2&sort_keys=stack_name${more}`)
  const { answered, release } = gate.hold()
  const early = page(ids[0] ?? '')
  await answered
  gate.questions.length = 0
  const pages = [...ids, (ids[1] ?? '').toUpperCase(), foreign, 'no-id'].map((id) => page(id))
  const detailed = page(ids[2] ?? '', '&with_count=true')
  release()
  await early
  const told = (await Promise.all(pages)).map(({ status, body }) =>
    status === 200 ? (body.stacks as { stack_name: string }[]).map(({ stack_name }) => stack_name) : status,
  )
  expect(told).toEqual([['b', 'c'], ['c', 'd'], ['d'], [], ['c', 'd'], ['a', 'b'], ['a', 'b']])
  expect(at((await detailed).body, 'count')).toBe(4)
  const asked = gate.questions.filter(({ text }) => text.includes('asked(marker)'))
  expect(asked.map(({ values }) => new Set(Object.values(values.at(-1) ?? [])).size).sort()).toEqual([1, 5])
})
