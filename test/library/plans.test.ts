// Saved plans: carried out exactly as they were shown, or refused with what has moved.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Parts } from '../../src/api/desk.js'
import { openParts } from '../../src/api/open.js'
import { retain } from '../../src/engine/retention.js'
import { Conflict, InvalidInput, Isotherm, NotFound, PlanOutdated } from '../../src/index.js'
import { onBothDatabases } from '../databases.js'
import { Lab, labTemplate } from '../lab.js'

onBothDatabases((home) => {
  describe('a saved plan', { timeout: 120_000 }, () => {
    const lab = new Lab()
    let parts: Parts
    let isotherm: Isotherm
    beforeAll(async () => {
      parts = await openParts({
        database: await home.open(),
        key: '5e'.repeat(32),
        types: [lab.type],
        retry: { baseSeconds: 0.01 },
      })
      isotherm = new Isotherm(parts)
    })
    afterAll(() => isotherm.close())

    const two = labTemplate({ a: {}, b: { v: { get_resource: 'a' } } })
    const changed = labTemplate({ a: { v: 'new' }, b: { v: { get_resource: 'a' } } })
    const made = async (stack: string) => (await isotherm.up({ stack, template: two })).settled()

    test('makes a stack that is not there yet, once', async () => {
      const plan = await isotherm.savePlan({ stack: 'fresh', template: two, about: { tags: ['planned'] } })
      expect(plan).toMatchObject({ stack: 'fresh', traversal: 0, carriedOut: null, preview: { isNew: true } })
      expect(await isotherm.stacks()).toEqual([])
      const run = await isotherm.carryOut(plan.id)
      expect([run.id, (await run.settled()).status]).toEqual([plan.stackId, 'CREATE_COMPLETE'])
      expect((await isotherm.stack('fresh')).tags).toEqual(['planned'])
      expect((await isotherm.plan(plan.id)).carriedOut).toBe(1)
      await expect(isotherm.carryOut(plan.id)).rejects.toThrow('carried out already, as traversal 1')
    })

    test('does what it foretold', async () => {
      await made('web')
      const plan = await isotherm.savePlan({ stack: 'web', template: changed, onFailure: 'stop' })
      expect(plan.preview.summary).toMatchObject({ update: 1 })
      expect((await isotherm.stack('web')).traversal).toBe(1)
      const { status, traversal } = await (await isotherm.carryOut(plan.id)).settled()
      expect([status, traversal]).toEqual(['UPDATE_COMPLETE', 2])
      expect((await isotherm.resource('web', 'a')).properties).toMatchObject({ v: 'new' })
    })

    test('refuses when another command came in between, and says which', async () => {
      await made('moved')
      const plan = await isotherm.savePlan({ stack: 'moved', template: changed })
      await (await isotherm.up({ stack: 'moved', template: two })).settled()
      const refused = isotherm.carryOut(plan.id)
      await expect(refused).rejects.toBeInstanceOf(PlanOutdated)
      await expect(refused).rejects.toThrow('made at its traversal 1, it is at 2 (UPDATE_COMPLETE)')
    })

    test('refuses when a resource was marked without a command', async () => {
      await made('marked')
      const plan = await isotherm.savePlan({ stack: 'marked', template: changed })
      await isotherm.markUnhealthy('marked', 'b', { reason: 'smokes' })
      const refused = isotherm.carryOut(plan.id)
      await expect(refused).rejects.toBeInstanceOf(PlanOutdated)
      await expect(refused).rejects.toThrow(/b: keep planned, (update|replace) now/)
      await isotherm.markUnhealthy('marked', 'b', { healthy: true })
      expect((await isotherm.stack('marked')).traversal).toBe(1)
    })

    test('refuses when its stack was deleted, or another has its name', async () => {
      await made('gone')
      const plan = await isotherm.savePlan({ stack: 'gone', template: changed })
      await (await isotherm.down('gone')).settled()
      await expect(isotherm.carryOut(plan.id)).rejects.toThrow('it is gone')
      const fresh = await isotherm.savePlan({ stack: 'gone', template: two })
      await made('gone')
      await expect(isotherm.carryOut(plan.id)).rejects.toThrow('another stack gone than there is now')
      await expect(isotherm.carryOut(fresh.id)).rejects.toThrow('there is one of that name now')
    })

    test('of two who carry it out at once, one does', async () => {
      await made('race')
      const plan = await isotherm.savePlan({ stack: 'race', template: changed })
      const both = await Promise.allSettled([isotherm.carryOut(plan.id), isotherm.carryOut(plan.id)])
      expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
      const refused = both.find((one) => one.status === 'rejected')
      expect(refused?.status === 'rejected' && refused.reason).toBeInstanceOf(Conflict)
      expect((await isotherm.stack('race')).traversal).toBe(2)
    })

    test('keeps what was declared sealed', async () => {
      const template = {
        heat_template_version: '2018-08-31',
        parameters: { key: { type: 'string', hidden: true } },
        resources: { a: { type: 'OS::Heat::Value', properties: { value: { get_param: 'key' } } } },
      }
      const plan = await isotherm.savePlan({ stack: 'secret', template, parameters: { key: 'open-sesame' } })
      expect(JSON.stringify(plan)).not.toContain('open-sesame')
      const rows = await parts.database.query<{ text: string }>('select l::text as text from isotherm.plans l')
      expect(rows.length).toBeGreaterThan(0)
      for (const { text } of rows) expect(text).not.toContain('open-sesame')
      await (await isotherm.carryOut(plan.id)).settled()
      expect((await isotherm.stack('secret')).status).toBe('CREATE_COMPLETE')
    })

    test('expires, can be forgotten, and belongs to its project', async () => {
      const { id } = await isotherm.savePlan({ stack: 'late', template: two })
      await expect(isotherm.forProject('other').plan(id)).rejects.toBeInstanceOf(NotFound)
      await expect(isotherm.forProject('other').forgetPlan(id)).rejects.toBeInstanceOf(NotFound)
      await parts.database.query(`update isotherm.plans set expires_at = isotherm.clock() where id = $1`, [id])
      await expect(isotherm.carryOut(id)).rejects.toBeInstanceOf(NotFound)
      await parts.database.query(`update isotherm.duties set due_at = isotherm.clock(), position = 0`)
      await retain(parts.database, parts.world)
      expect(await parts.database.query('select from isotherm.plans where id = $1', [id])).toEqual([])
      const other = await isotherm.savePlan({ stack: 'late', template: two, keepSeconds: 60 })
      await isotherm.forgetPlan(other.id)
      await expect(isotherm.plan(other.id)).rejects.toBeInstanceOf(NotFound)
      await expect(isotherm.savePlan({ stack: 'late', template: two, keepSeconds: 0 })).rejects.toBeInstanceOf(
        InvalidInput,
      )
      await expect(isotherm.plan('nonsense')).rejects.toBeInstanceOf(NotFound)
    })
  })
})
