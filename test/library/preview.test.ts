// The preview keeps its word: for random changes of random templates, what it calls certain is what `up` then does, and what
// depends on values not known yet turns out as one of the named alternatives.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Isotherm, type Preview, ProviderError } from '../../src/index.js'
import { onBothDatabases } from '../databases.js'
import { attribute, type Lab, labTemplate, refer, withLab } from '../lab.js'

const value = (i: number) =>
  fc.oneof(
    fc.integer({ min: 0, max: 2 }),
    ...(i === 0 ? [] : [fc.nat(i - 1).map((j) => refer(`r${j}`)), fc.nat(i - 1).map((j) => attribute(`r${j}`))]),
  )

/** Up to five things; each refers only to earlier ones. */
const templates = fc
  .tuple(
    ...[0, 1, 2, 3, 4].map((i) =>
      fc.record({ there: fc.boolean(), v: value(i), z: fc.option(value(i), { nil: undefined }) }),
    ),
  )
  .map((things) => {
    const names = new Set(things.flatMap(({ there }, i) => (there ? [`r${i}`] : [])))
    const known = (of: unknown) =>
      !/"r\d"/.test(JSON.stringify(of)) || [...names].some((name) => JSON.stringify(of).includes(name))
    const entries = things.flatMap(({ there, v, z }, i) =>
      there ? [[`r${i}`, { v: known(v) ? v : 0, ...(z !== undefined && { z: known(z) ? z : 0 }) }] as const] : [],
    )
    return labTemplate(Object.fromEntries(entries))
  })

/** What was done to each name, told by the calls. */
function done(calls: readonly string[], before: readonly string[]): Map<string, string> {
  const actions = new Map<string, string>()
  for (const call of calls) {
    const [kind = '', name = ''] = call.split(' ')
    if (kind === 'create') actions.set(name, before.includes(name) ? 'replace' : 'create')
    else if (kind === 'update') actions.set(name, 'update')
    else if (!actions.has(name)) actions.set(name, 'delete')
  }
  return actions
}

function compare(preview: Preview, actual: ReadonlyMap<string, string>): void {
  const foretold = new Map(preview.changes.map((change) => [change.name, change]))
  for (const [name, change] of foretold) {
    const happened = actual.get(name) ?? 'keep'
    const allowed = [change.action, ...change.possibly]
    expect(allowed, `${name}: foretold ${allowed.join(' or ')}, happened ${happened}`).toContain(happened)
    expect(change.certain).toBe(change.possibly.length === 0)
  }
  for (const [name, happened] of actual) expect(foretold.has(name), `${name}: ${happened} was not foretold`).toBe(true)
}

async function check(isotherm: Isotherm, lab: Lab, steps: readonly ReturnType<typeof labTemplate>[], stack: string) {
  for (const template of steps) {
    const preview = await isotherm.preview({ stack, template })
    const [before, calls] = [lab.names(), lab.calls.length]
    const view = await (await isotherm.up({ stack, template })).settled()
    expect(view.status).toMatch(/_COMPLETE$/)
    compare(preview, done(lab.calls.slice(calls), before))
    expect(preview.changed).toBe(lab.calls.length > calls || preview.changes.some(({ certain }) => !certain))
  }
  await (await isotherm.down(stack)).settled()
  expect(lab.things.size).toBe(0)
}

onBothDatabases((home) => {
  test(
    'what is foretold is what happens',
    () =>
      withLab(home, async (isotherm, lab) => {
        let runs = 0
        await fc.assert(
          fc.asyncProperty(fc.array(templates, { minLength: 2, maxLength: 3 }), (steps) =>
            check(isotherm, lab, steps, `web${++runs}`),
          ),
          { endOnFailure: true, numRuns: home.name === 'embedded' ? 10 : 30 },
        )
      }),
    120_000,
  )

  test('a replacement tells its reasons, down to the line that was changed', () =>
    withLab(home, async (isotherm) => {
      const text = (zone: string) => `heat_template_version: 2018-08-31
resources:
  a:
    type: Lab::Thing
    properties:
      z: ${zone}
  b:
    type: Lab::Thing
    properties: { z: { get_resource: a } }
`
      await (await isotherm.up({ stack: 'web', template: text('north') })).settled()
      const preview = await isotherm.preview({ stack: 'web', template: text('south'), templateFile: 'web.yaml' })
      expect(preview.summary).toMatchObject({ replace: 1, update: 1 })
      const [a] = preview.changes.filter(({ name }) => name === 'a')
      expect(a).toMatchObject({
        action: 'replace',
        certain: true,
        differences: [{ name: 'z', before: 'north', after: 'south' }],
      })
      expect(a?.reasons[0]).toMatchObject({ text: 'z changes', place: { file: 'web.yaml', line: 6 } })
      const [b] = preview.changes.filter(({ name }) => name === 'b')
      expect(b).toMatchObject({ certain: false, possibly: ['replace', 'keep'] })
      expect(b?.reasons.map(({ text: reason }) => reason)).toEqual([
        'z depends on a, known only after apply',
        'b depends on a',
        'the definition of a changed',
      ])
    }))

  test('what failed before it was made is still to be made, and differs from nothing', () =>
    withLab(home, async (isotherm, lab) => {
      lab.fail('create a', new ProviderError('invalid', 'no'))
      const options = { stack: 'web', template: labTemplate({ a: { v: 1 }, b: { v: refer('a') } }) }
      await (await isotherm.up({ ...options, onFailure: 'stop' })).settled()
      const { summary, changes } = await isotherm.preview(options)
      expect(summary).toMatchObject({ create: 2, replace: 0, delete: 0 })
      expect(changes[0]).toMatchObject({ name: 'a', action: 'create', certain: true, differences: [] })
      expect(changes[0]?.reasons.map(({ text }) => text)).toEqual(['a failed before'])
    }))

  test('a patch is told beforehand, as it then is, or with its problems', () =>
    withLab(home, async (isotherm, lab) => {
      const { resources } = labTemplate({ a: { v: 1 }, b: { v: refer('a') }, c: { v: 1 } })
      await (await isotherm.up({ stack: 'web', template: { resources } })).settled()
      const before = lab.names()
      const patch = { c: null, ...labTemplate({ a: { v: 1, z: 2 }, d: { v: attribute('b') } }).resources }
      const foretold = await isotherm.previewPatch('web', { resources: patch })
      expect(foretold.summary).toMatchObject({ delete: 1, create: 1 })
      const calls = lab.calls.length
      expect((await (await isotherm.patch('web', { resources: patch })).settled()).status).toBe('UPDATE_COMPLETE')
      compare(foretold, done(lab.calls.slice(calls), before))
      const broken = isotherm.previewPatch('web', { resources: { a: null } })
      await expect(broken).rejects.toThrow('b still needs a, which is to be removed')
      await expect(isotherm.previewPatch('none', { resources: {} })).rejects.toThrow('there is no stack none')
    }))

  test('the ways back are told beforehand: to the last complete template, to a snapshot, to nothing', () =>
    withLab(home, async (isotherm, lab) => {
      const up = async (things: Parameters<typeof labTemplate>[0]) =>
        (await isotherm.up({ stack: 'web', template: labTemplate(things), onFailure: 'stop' })).settled()
      const told = ({ changes }: Preview) =>
        changes.filter(({ action }) => action !== 'keep').map(({ name, action }) => `${action} ${name}`)
      await up({ a: { v: 1 }, b: { v: refer('a') } })
      await (await isotherm.snapshot('web', { name: 'first' })).run.settled()
      await up({ a: { v: 2 }, c: { v: 1 } })
      expect(told(await isotherm.previewRollback('web'))).toEqual([])

      lab.fail('create d', new ProviderError('invalid', 'no'))
      expect((await up({ a: { v: 3 }, c: { v: 1 }, d: { v: refer('a') } })).status).toBe('UPDATE_FAILED')
      const foretold = await isotherm.previewRollback('web')
      expect(told(foretold)).toEqual(['delete d', 'update a'])
      expect(foretold.changes[1]?.differences).toMatchObject([{ name: 'v', before: 3, after: 2 }])
      const calls = lab.calls.length
      await (await isotherm.rollback('web')).settled()
      expect(lab.calls.slice(calls)).toEqual(['update a'])

      expect(told(await isotherm.previewRestore('web', 'first'))).toEqual(['delete c', 'update a', 'create b'])
      await (await isotherm.restore('web', 'first')).settled()
      expect(lab.names()).toEqual(['a', 'b'])
      await expect(isotherm.previewRestore('web', 'none')).rejects.toThrow('has no snapshot none; there are: first')
      expect(told(await isotherm.previewDown('web'))).toEqual(['delete b', 'delete a'])
    }))
})
