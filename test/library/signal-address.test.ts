// The address by which a version of a resource is signalled: what a type is told of it, whoever asks and however often.
import { expect, test } from 'vitest'
import { defineType, open, ProviderError } from '../../src/index.js'
import { onBothDatabases } from '../databases.js'

/** Asks for its address at every attempt, the first of which is lost. */
function asking() {
  const told: (string | null)[] = []
  const type = defineType({
    name: 'Test::Asking',
    properties: { word: { type: 'string' } },
    attributes: { address: { type: 'string', secret: true } },
    async create(call) {
      const address = await call.signalUrl()
      told.push(address)
      if (call.attempt === 1) throw new ProviderError('retry', 'the line was busy')
      return { physicalId: call.token, attributes: { address } }
    },
    find: async () => null,
    async delete() {},
  })
  return { type, told }
}

const template = (word: string) => ({ resources: { a: { type: 'Test::Asking', properties: { word } } } })

onBothDatabases((home) => {
  test('a call that is made again is told the same address, and another version another one', async () => {
    const database = await home.open()
    const { type, told } = asking()
    const publicUrl = 'https://heat.example.com'
    const isotherm = await open({
      database,
      types: [type],
      publicUrl,
      key: 'ab'.repeat(32),
      retry: { baseSeconds: 0.01 },
    })
    await (await isotherm.up({ stack: 'web', template: template('one') })).settled()
    expect(told).toHaveLength(2)
    expect(told[0]).toMatch(/^https:\/\/heat\.example\.com\/v1\/signal\/[\w-]{43}$/)
    expect(told[1]).toBe(told[0])
    await (await isotherm.up({ stack: 'web', template: template('two') })).settled()
    await (await isotherm.up({ stack: 'web', template: template('three') })).settled()
    expect(new Set(told).size).toBe(3)
    // Those of versions that are no more went when the next one came.
    const kept = await database.query('select resource from isotherm.signal_urls')
    expect(kept.length).toBeLessThan(3)
    await isotherm.close()
  })

  test('an engine that knows of no server tells no address', async () => {
    const database = await home.open()
    const { type, told } = asking()
    const isotherm = await open({ database, types: [type], key: 'ab'.repeat(32), retry: { baseSeconds: 0.01 } })
    const view = await (await isotherm.up({ stack: 'web', template: template('one') })).settled()
    expect([view.status, told]).toEqual(['CREATE_COMPLETE', [null, null]])
    await isotherm.close()
  })
})
