// Stacks that are abandoned and adopted, on both databases.
import { expect, test } from 'vitest'
import { Conflict } from '../../src/index.js'
import { onBothDatabases } from '../databases.js'
import { labTemplate, refer, withLab } from '../lab.js'

const template = labTemplate({ a: { v: 1 }, b: { v: refer('a') } })

onBothDatabases((home) => {
  test('an abandoned stack is forgotten, its things stay, and another stack adopts them as they are', () =>
    withLab(home, async (isotherm, lab) => {
      await (await isotherm.up({ stack: 'web', template })).settled()
      const things = JSON.stringify([...lab.things])
      const { document, run } = await isotherm.abandon('web')
      expect((await run.settled()).status).toBe('DELETE_COMPLETE')
      expect(document).toMatchObject({ name: 'web', action: 'CREATE', status: 'COMPLETE', template })
      expect(document.resources.a).toMatchObject({ resource_id: lab.idOf('a'), type: 'Lab::Thing', status: 'COMPLETE' })
      expect(await isotherm.stacks()).toEqual([])
      expect(JSON.stringify([...lab.things])).toBe(things)

      const stored = JSON.parse(JSON.stringify(document))
      const adopted = await (await isotherm.adopt({ stack: 'net', document: stored })).settled()
      expect(adopted.status).toBe('ADOPT_COMPLETE')
      expect(JSON.stringify([...lab.things])).toBe(things)
      expect(lab.calls.slice(2).sort()).toEqual(['read a', 'read b'])
      expect((await isotherm.resources('net')).map(({ status }) => status)).toEqual([
        'ADOPT_COMPLETE',
        'ADOPT_COMPLETE',
      ])

      await (await isotherm.up({ stack: 'net', template })).settled()
      expect(lab.calls).toHaveLength(4)
      await (await isotherm.down('net')).settled()
      expect(lab.things.size).toBe(0)
    }))

  test("a document in Heat's own form is enough: what differs is mended, what is gone or not named is made", () =>
    withLab(home, async (isotherm, lab) => {
      await (await isotherm.up({ stack: 'web', template })).settled()
      const { run } = await isotherm.abandon('web')
      await run.settled()
      const [a, b] = [lab.idOf('a') ?? '', lab.idOf('b') ?? '']
      const wanted = labTemplate({ a: { v: 2 }, b: { v: refer('a') }, c: { v: 3 }, d: { v: 4 } })
      const document = {
        template: wanted,
        resources: { a: { resource_id: a }, b: { resource_id: b, resource_data: {} }, c: { resource_id: 'gone' } },
      }
      const adopted = await (await isotherm.adopt({ stack: 'net', document })).settled()
      expect(adopted.status).toBe('ADOPT_COMPLETE')
      expect([lab.idOf('a'), lab.idOf('b')]).toEqual([a, b])
      expect(lab.names()).toEqual(['a', 'b', 'c', 'd'])
      expect(lab.things.get(a)?.properties).toEqual({ v: 2 })
    }))

  test('a stack that exists adopts nothing, and one under way is not abandoned', () =>
    withLab(home, async (isotherm, lab) => {
      const held = lab.hold('create a')
      const run = await isotherm.up({ stack: 'web', template })
      await held.began
      await expect(isotherm.abandon('web')).rejects.toThrow('what it is making now would be missing')
      held.release()
      await run.settled()
      await expect(isotherm.adopt({ stack: 'web', document: { template } })).rejects.toThrow(Conflict)
      await expect(
        isotherm.adopt({ stack: 'new', document: { resources: { a: { resource_id: 7 } } } }),
      ).rejects.toThrow('expected a text, or null')
      await expect(isotherm.adopt({ stack: 'new', document: {} })).rejects.toThrow('the document holds no template')
    }))

  test('secrets stay behind when a stack is abandoned', () =>
    withLab(home, async (isotherm) => {
      const secretive = {
        parameters: { word: { type: 'string', hidden: true } },
        resources: { a: { type: 'Lab::Thing', properties: { key: { get_param: 'word' } } } },
      }
      await (await isotherm.up({ stack: 'web', template: secretive, parameters: { word: 'hush' } })).settled()
      const { document } = await isotherm.abandon('web')
      expect(JSON.stringify(document)).not.toContain('hush')
    }))
})
