// Stacks that are abandoned and adopted, on both databases.
import { expect, test } from 'vitest'
import { Conflict } from '../../src/index.js'
import { isJsonObject, type Json } from '../../src/lib/json.js'
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

  test('what the template says has moved is adopted under its new name', () =>
    withLab(home, async (isotherm, lab) => {
      await (await isotherm.up({ stack: 'web', template })).settled()
      const { document, run } = await isotherm.abandon('web')
      await run.settled()
      const id = lab.idOf('a')
      const c = { type: 'Lab::Thing', properties: { v: 1 }, isotherm: { moved_from: 'a' } }
      const b = { type: 'Lab::Thing', properties: { v: { get_resource: 'c' } } }
      const stored = JSON.parse(JSON.stringify(document))
      const command = { stack: 'net', document: stored, template: { resources: { b, c } } }
      expect((await (await isotherm.adopt(command)).settled()).status).toBe('ADOPT_COMPLETE')
      expect((await isotherm.resource('net', 'c')).physicalId).toBe(id)
      expect(lab.calls.slice(2).sort()).toEqual(['read b', 'read c'])
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

  test('what is protected is abandoned like anything else, for nothing of it is deleted', () =>
    withLab(home, async (isotherm, lab) => {
      const a = { type: 'Lab::Thing', properties: { v: 1 }, isotherm: { protect: true } }
      await (await isotherm.up({ stack: 'web', template: { resources: { a } } })).settled()
      await expect(isotherm.down('web')).rejects.toThrow('a cannot be removed: it is protected')
      const { run } = await isotherm.abandon('web')
      expect((await run.settled()).status).toBe('DELETE_COMPLETE')
      expect(lab.calls).toEqual(['create a'])
      expect(lab.names()).toEqual(['a'])
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

  test('what a stack has is adopted by no other, or the one that goes would take it from both', () =>
    withLab(home, async (isotherm, lab) => {
      await (await isotherm.up({ stack: 'web', ...nested(1) })).settled()
      const { document, run } = await isotherm.abandon('web')
      await run.settled()
      const stored = JSON.parse(JSON.stringify(document))
      expect((await (await isotherm.adopt({ stack: 'net', document: stored })).settled()).status).toBe('ADOPT_COMPLETE')
      const again = isotherm.adopt({ stack: 'other', document: stored })
      await expect(again).rejects.toThrow(/belongs to a in the stack net-many-/)
      await expect(again).rejects.toMatchObject({
        problems: expect.arrayContaining([
          expect.objectContaining({ path: 'resources.last', message: expect.stringContaining('in the stack net') }),
          expect.objectContaining({ path: 'resources.many.resources.0.resources.a' }),
        ]),
      })
      expect((await isotherm.stacks()).map(({ name }) => name)).toEqual(['net'])
      // Whoever only refers to it does not own it, and what a stack is leaving behind is free at once.
      const last = { type: 'Lab::Thing', external_id: lab.idOf('last') ?? '' }
      const refers = { template: { resources: { last } }, resources: { last: { resource_id: last.external_id } } }
      expect((await (await isotherm.adopt({ stack: 'see', document: refers })).settled()).status).toBe('ADOPT_COMPLETE')
      await isotherm.abandon('net')
      expect((await (await isotherm.adopt({ stack: 'other', document: stored })).settled()).status).toBe(
        'ADOPT_COMPLETE',
      )
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

  const member =
    'heat_template_version: 2021-04-16\nparameters: { v: { type: string } }\nresources: { a: { type: Lab::Thing, properties: { v: { get_param: v } } } }\noutputs: { v: { value: { get_attr: [a, v] } } }\n'
  const nested = (count: number) => ({
    template: {
      resources: {
        many: {
          type: 'OS::Heat::ResourceGroup',
          properties: { count, resource_def: { type: 'member.yaml', properties: { v: 'm%index%' } } },
        },
        scaled: {
          type: 'OS::Heat::AutoScalingGroup',
          properties: { min_size: 2, max_size: 5, resource: { type: 'Lab::Thing', properties: { v: 's' } } },
        },
        one: { type: 'member.yaml', properties: { v: 'one' } },
        last: { type: 'Lab::Thing', properties: { v: { get_attr: ['one', 'v'] }, z: { get_resource: 'many' } } },
      },
    },
    files: { 'member.yaml': member },
  })

  test('nested stacks go into the document with their things, and come back under their ids with the same ones', () =>
    withLab(home, async (isotherm, lab) => {
      await (await isotherm.up({ stack: 'web', ...nested(2) })).settled()
      const idsInside = async () =>
        (await isotherm.nested('web', { nestedDepth: 9 })).map(({ stackId }) => stackId).sort()
      const ids = await idsInside()
      const things = JSON.stringify([...lab.things])
      const { document, run } = await isotherm.abandon('web')
      expect((await run.settled()).status).toBe('DELETE_COMPLETE')
      expect(await isotherm.stacks()).toEqual([])
      expect(JSON.stringify([...lab.things])).toBe(things)
      expect(document.resources.many).toMatchObject({
        type: 'OS::Heat::ResourceGroup',
        action: 'CREATE',
        template: { resources: { 0: { type: 'member.yaml' }, 1: { type: 'member.yaml' } } },
        resources: { 0: { type: 'member.yaml', resources: { a: { type: 'Lab::Thing' } } }, 1: {} },
      })

      lab.calls.length = 0
      const adopted = await (
        await isotherm.adopt({ stack: 'web', document: JSON.parse(JSON.stringify(document)) })
      ).settled()
      expect(adopted).toMatchObject({ status: 'ADOPT_COMPLETE' })
      expect(JSON.stringify([...lab.things])).toBe(things)
      expect(new Set(lab.calls.map((call) => call.split(' ')[0]))).toEqual(new Set(['read']))
      expect(await idsInside()).toEqual(ids)

      lab.calls.length = 0
      await (await isotherm.up({ stack: 'web', ...nested(2) })).settled()
      expect(lab.calls).toEqual([])
      await (await isotherm.up({ stack: 'web', ...nested(3) })).settled()
      expect(lab.calls).toEqual(['create a'])
      expect((await (await isotherm.down('web')).settled()).status).toBe('DELETE_COMPLETE')
      expect(lab.things.size).toBe(0)
    }))

  test('a nested document in the form of Heat is enough, and what its stack does not want stays where it is', () =>
    withLab(home, async (isotherm, lab) => {
      await (await isotherm.up({ stack: 'web', ...nested(2) })).settled()
      const { document, run } = await isotherm.abandon('web')
      await run.settled()
      const bare = (entry: Json): Json => {
        if (!isJsonObject(entry)) return entry
        const { isotherm: _, resource_data: __, resource_id, resources, ...rest } = entry
        if (!isJsonObject(resources)) return { ...rest, resource_id: resource_id ?? null }
        return { ...rest, resources: Object.fromEntries(Object.entries(resources).map(([k, v]) => [k, bare(v)])) }
      }
      const plain = bare(JSON.parse(JSON.stringify(document)))
      const before = [...lab.things.keys()].sort()
      lab.calls.length = 0
      const one = { ...(isJsonObject(plain) && plain), ...nested(1) }
      expect((await (await isotherm.adopt({ stack: 'net', document: one })).settled()).status).toBe('ADOPT_COMPLETE')
      expect([...lab.things.keys()].sort()).toEqual(before)
      expect(lab.calls.filter((call) => /^(create|delete)/.test(call))).toEqual([])
    }))

  test('what a group was made of stays behind when it was made of secrets', () =>
    withLab(home, async (isotherm, lab) => {
      const parameters = { word: { type: 'string', hidden: true } }
      const resource_def = { type: 'Lab::Thing', properties: { v: { get_param: 'word' } } }
      const update_policy = { rolling_update: { max_batch_size: 1 }, batch_create: { max_batch_size: 1 } }
      const g = { type: 'OS::Heat::ResourceGroup', properties: { count: 2, resource_def }, update_policy }
      const resources = { g }
      const template = { parameters, resources }
      await (await isotherm.up({ stack: 'web', template, parameters: { word: 'hush' } })).settled()
      const things = JSON.stringify([...lab.things])
      const { document, run } = await isotherm.abandon('web')
      await run.settled()
      const text = JSON.stringify(document)
      expect(text).not.toContain('hush')
      const adopt = { stack: 'web', document: JSON.parse(text), parameters: { word: 'hush' } }
      expect((await (await isotherm.adopt(adopt)).settled()).status).toBe('ADOPT_COMPLETE')
      expect(JSON.stringify([...lab.things])).toBe(things)
    }))
})
