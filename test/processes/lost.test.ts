// Processes that cannot go on with their database say what is missing and end, so that whoever looks after them starts another.
import { rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Desk, type Running } from '../../src/cli/testing.js'
import { open } from '../../src/index.js'
import { freshDatabase } from '../postgres.js'

let desk: Desk
beforeEach(async () => {
  desk = await Desk.open()
})
afterEach(() => desk.close())

const secret = { resources: { word: { type: 'OS::Heat::RandomString', properties: { length: 8 } } } }
const KEY = '11'.repeat(32)

describe('when secrets come to a database', { timeout: 60_000 }, () => {
  test.each([
    ['engine', 'the engine is at work'],
    ['serve --auth none --port 0', 'the server is at work'],
  ])('%s, started without a key, ends, and leaves the stack to others', async (words, began) => {
    const { url, drop } = await freshDatabase()
    const keyless = desk.start([...words.split(' '), '--database', url])
    await keyless.says(new RegExp(began))
    const commander = await open({ database: url, key: KEY, engines: 0 })
    try {
      const run = await commander.up({ stack: 'web', template: secret, onFailure: 'stop' })
      const { code, out, err } = await keyless.ended
      expect(code).toBe(1)
      expect(out).toContain('cannot go on')
      expect(err).toMatch(/holds secrets by now.*without a key: give the one .*--key-file/)

      const engine = await open({ database: url, key: KEY })
      expect((await run.settled()).status).toBe('CREATE_COMPLETE')
      await engine.close()
    } finally {
      keyless.kill('SIGKILL')
      await commander.close()
      await drop()
    }
  })
})

describe('when the disk under an embedded database is full', { timeout: 60_000 }, () => {
  const template = (value: string) => `heat_template_version: 2018-08-31
resources: { a: { type: OS::Heat::TestResource, properties: { value: ${value} } } }
`
  const full = () => desk.path('full')
  const start = (words: string): Running =>
    desk.start(words.split(' '), {
      NODE_OPTIONS: `--import ${fileURLToPath(new URL('full-disk.mjs', import.meta.url))}`,
      FULL_DISK: full(),
    })
  const advice = /the disk is full: make room, then run the command again/

  test('a command ends with what to do, and goes on when there is room', async () => {
    await desk.write({ 'a.yaml': template('one'), 'b.yaml': template('two') })
    expect((await start('up -s web a.yaml -y').ended).code).toBe(0)
    await writeFile(full(), '')
    const refused = await start('up -s web b.yaml -y').ended
    expect([refused.code, refused.err]).toEqual([1, expect.stringMatching(advice)])
    await rm(full())
    const after = await start('up -s web b.yaml -y').ended
    expect([after.code, after.err]).toEqual([0, ''])
    expect((await start('resources web').ended).out).toContain('COMPLETE')
  })

  test.each([
    ['engine', 'the engine is at work'],
    ['serve --auth none --port 0', 'the server is at work'],
  ])('%s ends with what to do', async (words, began) => {
    const process = start(words)
    await process.says(new RegExp(began))
    await writeFile(full(), '')
    // At the latest with the next heartbeat.
    const { code, out, err } = await process.ended
    expect([code, err]).toEqual([1, expect.stringMatching(advice)])
    expect(out).toContain('cannot go on')
    await rm(full())
    expect((await start('list').ended).code).toBe(0)
  })
})
