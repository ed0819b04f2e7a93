// A disk that is full when a command writes: a clear message, and the stack as it was.
import { expect, test } from 'vitest'
import { DatabaseUnavailable, open } from '../../src/index.js'
import type { Database, Transaction } from '../../src/store/database.js'
import { onBothDatabases } from '../databases.js'
import { Lab, labTemplate } from '../lab.js'

/** Fails like a full disk from the `nth` statement of each transaction on. */
function filling(database: Database, disk: { fullAfter: number }): Database {
  const full = () =>
    Object.assign(new Error('could not extend file "base/5/16384": No space left on device'), { code: '53100' })
  return {
    description: database.description,
    query: (text, values) => database.query(text, values),
    script: (text) => database.script(text),
    copy: (statement, chunks) => database.copy(statement, chunks),
    close: () => database.close(),
    transaction: (work) =>
      database.transaction((sql: Transaction) => {
        let statements = 0
        return work({
          script: (text) => sql.script(text),
          copy: (statement, chunks) =>
            ++statements > disk.fullAfter ? Promise.reject(full()) : sql.copy(statement, chunks),
          query: (text, values) => (++statements > disk.fullAfter ? Promise.reject(full()) : sql.query(text, values)),
        })
      }),
  }
}

onBothDatabases((home) => {
  test('a command on a full disk is refused wherever it strikes, and changes nothing', async () => {
    const lab = new Lab()
    const disk = { fullAfter: Number.POSITIVE_INFINITY }
    const database = filling(await home.open(), disk)
    const isotherm = await open({ database, types: [lab.type], engines: 0 })
    const template = labTemplate({ a: { v: 1 } })
    await isotherm.up({ stack: 'web', template })
    const before = await isotherm.stack('web')
    let refused = 0
    for (disk.fullAfter = 0; ; disk.fullAfter++) {
      const outcome = await isotherm
        .up({ stack: 'web', template: labTemplate({ a: { v: 2 }, b: {} }) })
        .catch((error: unknown) => error)
      if (!(outcome instanceof Error)) break
      refused++
      expect(outcome).toBeInstanceOf(DatabaseUnavailable)
      expect(outcome.message).toContain('the disk is full: make room, then run the command again')
      expect(await isotherm.stack('web')).toEqual(before)
      expect((await isotherm.resources('web')).map(({ name }) => name)).toEqual(['a'])
    }
    expect(refused).toBeGreaterThan(8)
    await isotherm.close()
  })

  test('engines wait out a full disk and then go on', async () => {
    const lab = new Lab()
    const disk = { fullAfter: Number.POSITIVE_INFINITY }
    const database = filling(await home.open(), disk)
    const isotherm = await open({ database, types: [lab.type], idleSeconds: 0.05 })
    const held = lab.hold('create a')
    const run = await isotherm.up({ stack: 'web', template: labTemplate({ a: {} }) })
    await held.began
    disk.fullAfter = 2
    held.release()
    const during = isotherm.stack('web')
    expect((await during).status).toBe('CREATE_IN_PROGRESS')
    disk.fullAfter = Number.POSITIVE_INFINITY
    expect((await run.settled()).status).toBe('CREATE_COMPLETE')
    expect(lab.calls).toEqual(['create a'])
    await isotherm.close()
  })
})
