// Keys: who has none, or a wrong one, is told so; values cannot be moved; hashes cannot be guessed; and keys are changed while
// engines go on.
import { once } from 'node:events'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { doctor, InvalidInput, open, rekey } from '../../src/index.js'
import type { Database } from '../../src/store/database.js'
import { connect } from '../../src/store/open.js'
import { unlock } from '../../src/store/unlock.js'
import { hashDefinition } from '../../src/template/definition.js'
import { onBothDatabases } from '../databases.js'
import { Lab } from '../lab.js'
import { CANARY, dump, leaks } from './canary.js'

const ONE = '11'.repeat(32)
const TWO = '22'.repeat(32)
const template = (more: object = {}) => ({
  parameters: { password: { type: 'string', hidden: true, default: CANARY } },
  resources: {
    a: { type: 'Lab::Thing', properties: { v: { get_param: 'password' }, ...more } },
    b: { type: 'Lab::Thing', properties: { v: { get_attr: ['a', 'v'] } } },
  },
})
/** The same database with an end of its own. */
const kept = (database: Database): Database => ({ ...database, close: async () => undefined })

onBothDatabases((home) => {
  async function withDatabase(story: (database: Database, lab: Lab) => Promise<void>): Promise<void> {
    const database = await home.open()
    try {
      await story(kept(database), new Lab())
    } finally {
      await database.close()
    }
  }

  test('without a key, a stack with secrets is refused, and nothing of it is stored', () =>
    withDatabase(async (database, lab) => {
      const isotherm = await open({ database, types: [lab.type], key: false })
      const refused = isotherm.up({ stack: 's', template: template() })
      await expect(refused).rejects.toThrow(/parameters\.password: .*never stored in clear.*--key-file/)
      await expect(refused).rejects.toBeInstanceOf(InvalidInput)
      expect(await leaks(database)).toEqual([])
      expect(await isotherm.stacks()).toEqual([])
      await isotherm.close()
    }))

  // Its text is known only when the property is: no command can look into it.
  test('without a key, what is secret inside a nested stack fails that stack, and nobody else is held up', () =>
    withDatabase(async (database, lab) => {
      const isotherm = await open({ database, types: [lab.type], key: false })
      const inner = {
        heat_template_version: '2018-08-31',
        parameters: { length: { type: 'number' } },
        resources: { word: { type: 'OS::Heat::RandomString', properties: { length: { get_param: 'length' } } } },
      }
      const template = {
        resources: {
          a: { type: 'OS::Heat::TestResource', properties: { value: '8' } },
          inside: { type: 'inner.yaml', properties: { length: { get_attr: ['a', 'output'] } } },
        },
      }
      const files = { 'inner.yaml': JSON.stringify(inner) }
      const run = await isotherm.up({ stack: 's', template, files, onFailure: 'stop' })
      const other = await isotherm.up({
        stack: 'other',
        template: { resources: { b: { type: 'OS::Heat::TestResource' } } },
      })
      expect((await other.settled()).status).toBe('CREATE_COMPLETE')
      const settled = await run.settled()
      expect(settled.status).toBe('CREATE_FAILED')
      expect(settled.reason).toMatch(/resources\.inside.*word.*never stored in clear/)
      await isotherm.close()
    }))

  test('with another key than that of the database, or without any, no engine is started', () =>
    withDatabase(async (database, lab) => {
      const isotherm = await open({ database, types: [lab.type], key: ONE })
      await (await isotherm.up({ stack: 's', template: template() })).settled()
      await isotherm.close()
      await expect(open({ database, key: TWO })).rejects.toThrow('sealed with another key')
      await expect(open({ database, key: 'short' })).rejects.toThrow('no key: expected 32 bytes')
      await expect(unlock(database, { where: undefined, works: true, keyFile: '/nowhere' })).rejects.toThrow('/nowhere')
    }))

  test('an engine that was started without a key gives up what is sealed with one that came later', () =>
    withDatabase(async (database, lab) => {
      const given = process.env.ISOTHERM_KEY
      delete process.env.ISOTHERM_KEY
      const keyless = await open({ database, types: [lab.type] })
      process.env.ISOTHERM_KEY = given
      const commander = await open({ database, types: [lab.type], key: ONE, engines: 0 })
      await commander.up({ stack: 's', template: template() })
      if (!keyless.lost.aborted) await once(keyless.lost, 'abort')
      expect(String(keyless.lost.reason)).toMatch(/DatabaseLost: .*secrets by now.*without a key: give the one/)
      expect((await commander.stack('s')).status).toBe('CREATE_IN_PROGRESS')
      expect(lab.calls).toEqual([])
      await keyless.close()
      await commander.close()
    }))

  test('an engine whose key has been replaced and forgotten gives up what it cannot read', () =>
    withDatabase(async (database, lab) => {
      const directory = await mkdtemp(join(tmpdir(), 'isotherm-'))
      const newKeyFile = join(directory, 'new.key')
      await writeFile(newKeyFile, TWO)
      const outdated = await open({ database, types: [lab.type], key: ONE })
      await rekey({ database, key: ONE, newKeyFile })
      await rekey({ database, keyFile: newKeyFile, forgetOtherKeys: true })
      const commander = await open({ database, types: [lab.type], key: TWO, engines: 0 })
      await commander.up({ stack: 's', template: template() })
      if (!outdated.lost.aborted) await once(outdated.lost, 'abort')
      expect(String(outdated.lost.reason)).toContain('in force no more')
      expect(lab.calls).toEqual([])
      await outdated.close()
      await commander.close()
      await rm(directory, { recursive: true })
    }))

  test('a sealed value that is put elsewhere is not believed, and only that resource fails', () =>
    withDatabase(async (database, lab) => {
      const isotherm = await open({ database, types: [lab.type], key: ONE, retry: { baseSeconds: 0.01 } })
      await (await isotherm.up({ stack: 's', template: template() })).settled()
      const calls = lab.calls.length
      await database.query(
        `update isotherm.resource_data x set attributes = y.attributes
         from isotherm.resources a, isotherm.resources b, isotherm.resource_data y
         where a.name = 'a' and b.name = 'b' and x.id = b.id and y.id = a.id`,
      )
      const run = await isotherm.up({ stack: 's', template: template({ z: 1 }), onFailure: 'continue' })
      const stack = await run.settled()
      expect(stack.status).toBe('UPDATE_FAILED')
      expect(stack.reason).toContain('was not sealed there')
      expect(lab.calls.slice(calls).filter((call) => call.endsWith(' b'))).toEqual([])
      await isotherm.close()
    }))

  test('nobody can try guesses at a secret on the hashes that are kept', () =>
    withDatabase(async (database, lab) => {
      const isotherm = await open({ database, types: [lab.type], key: ONE })
      await (await isotherm.up({ stack: 's', template: template() })).settled()
      const guess = {
        type: 'Lab::Thing',
        properties: { v: CANARY },
        requires: [],
        metadata: {},
        deletionPolicy: 'Delete',
      } as const
      const all = [...(await dump(database)).values()].join()
      expect(all).not.toContain(hashDefinition(guess))
      // It is the right guess: an open definition of the same text is kept under its plain hash.
      await (
        await isotherm.up({
          stack: 't',
          template: { resources: { c: { type: 'Lab::Thing', properties: { v: 'x' } } } },
        })
      ).settled()
      const [row] = await database.query<{ hash: string }>(`select hash from isotherm.definitions where name = 'c'`)
      expect(row?.hash).not.toBe(hashDefinition({ ...guess, properties: { v: 'x' } }))
      await isotherm.close()
    }))

  test('the key is changed while engines go on, and nothing is left that the old one sealed', () =>
    withDatabase(async (database, lab) => {
      const directory = await mkdtemp(join(tmpdir(), 'isotherm-'))
      const newKeyFile = join(directory, 'new.key')
      await writeFile(newKeyFile, TWO)
      const isotherm = await open({ database, types: [lab.type], key: ONE })
      await (await isotherm.up({ stack: 's', template: template() })).settled()
      const [old] = await database.query<{ id: string }>(`select id from isotherm.keys where purpose = 'seal'`)
      const held = lab.hold('update a')
      const run = await isotherm.up({
        stack: 's',
        template: { ...template(), parameters: { password: { type: 'string', hidden: true, default: `${CANARY}2` } } },
      })
      await held.began
      const done = await rekey({ database, key: ONE, newKeyFile })
      expect(done.resealed).toBeGreaterThan(3)
      expect(done.forgottenKeys).toBeGreaterThan(0)
      held.release()
      // The engine had never heard of the new key.
      expect((await run.settled()).status).toBe('UPDATE_COMPLETE')
      const everything = [...(await dump(database))].filter(([table]) => table !== 'keys')
      expect(everything.filter(([, text]) => text.includes(`${old?.id}.`))).toEqual([])
      expect(await leaks(database)).toEqual([])
      const fresh = await open({ database, types: [lab.type], keyFile: newKeyFile })
      expect((await fresh.preview({ stack: 's', template: template() })).summary.update).toBe(2)
      await fresh.close()
      await isotherm.close()
      await rekey({ database, keyFile: newKeyFile, forgetOtherKeys: true })
      await expect(open({ database, key: ONE })).rejects.toThrow('sealed with another key')
      await rm(directory, { recursive: true })
    }))

  test('a change of keys that was broken off is gone on with, under the same new key', () =>
    withDatabase(async (database, lab) => {
      const isotherm = await open({ database, types: [lab.type], key: ONE })
      await (await isotherm.up({ stack: 's', template: template() })).settled()
      const unlocked = await unlock(database, { where: undefined, works: true, key: ONE })
      await unlocked.keyring?.change(unlocked)
      const inForce = () => database.query(`select id from isotherm.keys where purpose = 'seal' and in_force`)
      const begun = await inForce()
      const done = await rekey({ database, key: ONE })
      expect(done.resealed).toBeGreaterThan(3)
      expect(await inForce()).toEqual(begun)
      await isotherm.close()
    }))

  test('secrets that lie in clear are found by the doctor and sealed by rekey', () =>
    withDatabase(async (database, lab) => {
      const open1 = await open({ database, types: [lab.type], key: ONE })
      await (
        await open1.up({ stack: 's', template: { resources: { a: { type: 'Lab::Thing', properties: {} } } } })
      ).settled()
      await open1.close()
      // As an older program had left it.
      await database.query(`update isotherm.templates set parameters = $1::text::jsonb`, [
        JSON.stringify({ password: { type: 'string', hidden: true, value: CANARY } }),
      ])
      await database.query(
        `update isotherm.definitions set body = '{"type": "Lab::Thing", "properties": {}, "metadata": {}, "deletionPolicy": "Delete"}'`,
      )
      await database.query(
        `update isotherm.resource_data set properties = '{"key": "x"}', attributes = '{}', metadata = '{}'`,
      )
      const found = await doctor({ database, types: [lab.type] })
      expect(found.findings.map(({ kind }) => kind)).toContain('clearSecrets')
      expect((await rekey({ database, key: ONE, types: [lab.type] })).sealedStacks).toEqual(['s'])
      expect(await leaks(database)).toEqual([])
      const after = await doctor({ database, types: [lab.type] })
      expect(after.findings.map(({ kind }) => kind)).not.toContain('clearSecrets')
      const isotherm = await open({ database, types: [lab.type], key: ONE })
      expect((await (await isotherm.down('s')).settled()).status).toBe('DELETE_COMPLETE')
      await isotherm.close()
    }))
})

test('an embedded database makes its key beside the data, for its owner only', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'isotherm-'))
  const keys = { key: process.env.ISOTHERM_KEY, file: process.env.ISOTHERM_KEY_FILE }
  delete process.env.ISOTHERM_KEY
  try {
    const lab = new Lab()
    const isotherm = await open({ database: directory, types: [lab.type] })
    await (await isotherm.up({ stack: 's', template: template() })).settled()
    await isotherm.close()
    expect((await stat(join(directory, 'key'))).mode & 0o777).toBe(0o600)
    expect((await readFile(join(directory, 'key'), 'utf8')).trim()).toMatch(/^[0-9a-f]{64}$/)
    const again = await open({ database: directory, types: [lab.type] })
    expect((await again.preview({ stack: 's', template: template() })).changed).toBe(false)
    await again.close()
    const bare = await connect(directory)
    expect(await leaks(bare)).toEqual([])
    await bare.close()
  } finally {
    process.env.ISOTHERM_KEY = keys.key
    await rm(directory, { recursive: true })
  }
})
