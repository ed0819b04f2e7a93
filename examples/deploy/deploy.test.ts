// The examples for running engines are true: manifests can be read, use options, ports, probes and metrics that there are,
// and the partitioned tables behave like the whole ones.
import { readdir, readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { Metrics } from '../../src/api/metrics.js'
import { ENVIRONMENT, makeProgram } from '../../src/cli/program.js'
import { doctor, open } from '../../src/index.js'
import { openDatabase } from '../../src/store/open.js'
import { Lab, labTemplate, refer } from '../../test/lab.js'
import { freshDatabase } from '../../test/postgres.js'

const read = (name: string) => readFile(new URL(name, import.meta.url), 'utf8')
const yamlFiles = (await readdir(new URL('.', import.meta.url))).filter((name) => name.endsWith('.yaml'))

function optionsOf(command: string): string[] {
  const found = makeProgram().commands.find((one) => one.name() === command)
  return found?.options.flatMap(({ long }) => long ?? []) ?? []
}

test.each(yamlFiles)('%s can be read', async (name) => {
  for (const document of parseAllDocuments(await read(name))) {
    expect('errors' in document ? document.errors : []).toEqual([])
  }
})

test('the engines are started with options that there are', async () => {
  const words = [
    ...(await read('kubernetes.yaml')).split(/[\s,[\]']+/),
    ...(await read('isotherm-engine@.service')).split(/\s+/),
  ]
  const used = new Set(words.filter((word) => /^--[a-z]/.test(word)))
  expect(used.size).toBeGreaterThan(2)
  // --json is everybody's; --now is systemctl's.
  const known = [...optionsOf('engine'), ...optionsOf('doctor'), '--json', '--now']
  const isKnown = (word: string) => known.includes(word) || process.allowedNodeEnvironmentFlags.has(word)
  expect([...used].filter((word) => !isKnown(word))).toEqual([])
})

test('whatever runs is given the database and the key, by variables that there are', async () => {
  const files = ['isotherm-engine@.service', 'isotherm-engine.env', 'kubernetes.yaml']
  const texts = await Promise.all(files.map(read))
  const used = texts.flatMap((text) => text.match(/\bISOTHERM_[A-Z_]+/g) ?? [])
  const known = ENVIRONMENT.map(([name]) => name)
  expect(used.filter((name) => !known.includes(name))).toEqual([])
  const [service = '', settings = '', kubernetes = ''] = texts
  expect(service + settings).toMatch(/^Environment=ISOTHERM_KEY_FILE=/m)
  expect(kubernetes.match(/name: ISOTHERM_KEY$/gm)).toHaveLength(
    kubernetes.match(/name: ISOTHERM_DATABASE_URL$/gm)?.length ?? 0,
  )
})

test('autoscaling and alerts ask for metrics that there are', async () => {
  const metrics = new Metrics()
  metrics.observe({ health: () => [], backlog: async () => ({ due: 0, stacksInProgress: 0 }) })
  const known = (await metrics.registry.getMetricsAsJSON()).map(({ name }) => name)
  const texts = await Promise.all(yamlFiles.map(read))
  const used = new Set(texts.flatMap((text) => text.match(/\bisotherm_[a-z_]+/g) ?? []))
  expect(used.size).toBeGreaterThan(3)
  expect([...used].filter((name) => !known.includes(name))).toEqual([])
})

test('partition.sql spreads what is there, and everything goes on as before', async () => {
  const { url, drop } = await freshDatabase()
  const lab = new Lab()
  const template = labTemplate({ a: { z: 1 }, b: { v: refer('a') } })
  const before = await open({ database: url, types: [lab.type] })
  await (await before.up({ stack: 'web', template })).settled()
  const history = await before.events('web')
  await before.close()

  const database = await openDatabase(url)
  await database.script(await read('partition.sql'))
  await expect(database.script(await read('partition.sql'))).rejects.toThrow('is partitioned already')
  await database.script('rollback')
  await database.close()

  const after = await open({ database: url, types: [lab.type] })
  expect(await after.events('web')).toEqual(history)
  const replacing = labTemplate({ a: { z: 2 }, b: { v: refer('a') }, c: {} })
  expect((await (await after.up({ stack: 'web', template: replacing })).settled()).status).toBe('UPDATE_COMPLETE')
  expect((await (await after.up({ stack: 'other', template })).settled()).status).toBe('CREATE_COMPLETE')
  expect((await after.events('web')).length).toBeGreaterThan(history.length)
  expect(await doctor({ database: url })).toEqual({ healthy: true, findings: [] })
  await (await after.down('web')).settled()
  expect(lab.names()).toEqual(['a', 'b'])
  await after.close()
  await drop()
})
