// Waiting for signals: what counts for whom, and handles that are made anew with each update, on both databases.
import { expect, test } from 'vitest'
import type { Isotherm, Json, Run, StackView } from '../../src/index.js'
import { onBothDatabases } from '../databases.js'
import { withLab } from '../lab.js'

const HOT = 'heat_template_version: 2021-04-16\n'

/** The stack at rest, once `signal` was sent to what waits in this run. */
async function signalled(
  isotherm: Isotherm,
  begin: () => Promise<Run>,
  signal: { readonly [key: string]: Json },
  path = '',
): Promise<StackView> {
  const after = await isotherm.lastEvent('web').catch(() => undefined)
  const run = await begin()
  for await (const { resource, status } of isotherm.watch('web', { nestedDepth: 1, ...(after && { after }) })) {
    if (resource === 'wait' && status === 'CREATE_IN_PROGRESS') break
  }
  await isotherm.signal('web', `${path}handle`, signal)
  return run.settled()
}

onBothDatabases((home) => {
  test('what waits on a handle after another has gone waits for what is signalled from then on', () =>
    withLab(home, async (isotherm) => {
      const handle = `${HOT}resources:\n  handle: { type: OS::Heat::WaitConditionHandle }\n`
      const waiting = `${handle}  wait: { type: OS::Heat::WaitCondition, properties: { handle: { get_resource: handle }, timeout: 600 } }
outputs: { data: { value: { get_attr: [wait, data] } } }
`
      const first = await signalled(isotherm, () => isotherm.up({ stack: 'web', template: waiting }), {
        id: 'a',
        data: 1,
      })
      expect(first.outputs.data?.value).toBe('{"a":1}')
      await (await isotherm.up({ stack: 'web', template: handle })).settled()
      const second = await signalled(isotherm, () => isotherm.up({ stack: 'web', template: waiting }), {
        id: 'b',
        data: 2,
      })
      expect(second).toMatchObject({ status: 'UPDATE_COMPLETE', outputs: { data: { value: '{"b":2}' } } })
    }))

  const WAITING = `resources:
  thing: { type: Lab::Thing, properties: { v: 1 } }
  handle: { type: OS::Heat::UpdateWaitConditionHandle }
  wait:
    type: AWS::CloudFormation::WaitCondition
    properties: { Handle: { get_resource: handle }, Timeout: 600 }
outputs: { data: { value: { get_attr: [wait, Data] } } }
`

  test('each update makes a new one of a handle for updates, waits on it anew, and touches nothing else', () =>
    withLab(home, async (isotherm, lab) => {
      const template = `${HOT}${WAITING}`
      await signalled(isotherm, () => isotherm.up({ stack: 'web', template }), { UniqueId: 'a', Data: 1 })
      const { physicalId } = await isotherm.resource('web', 'handle')
      const foreseen = await isotherm.preview({ stack: 'web', template })
      expect(foreseen.changes.map(({ name, action }) => [name, action])).toEqual([
        ['handle', 'replace'],
        ['wait', 'update'],
      ])
      expect(foreseen.changes[1]?.possibly).toContain('replace')
      const plan = await isotherm.savePlan({ stack: 'web', template })
      const again = await signalled(isotherm, () => isotherm.carryOut(plan.id), { UniqueId: 'b', Data: 2 })
      expect(again).toMatchObject({ status: 'UPDATE_COMPLETE', outputs: { data: { value: '{"b":2}' } } })
      expect((await isotherm.resource('web', 'handle')).physicalId).not.toBe(physicalId)
      expect(lab.calls).toEqual(['create thing'])
    }))

  test('a nested stack with a handle for updates is updated with the stack around it', () =>
    withLab(home, async (isotherm, lab) => {
      const template = `${HOT}resources:
  nested: { type: site.yaml }
  other: { type: other.yaml }
outputs: { data: { value: { get_attr: [nested, data] } } }
`
      const files = {
        'site.yaml': `${HOT}${WAITING}`,
        'other.yaml': `${HOT}resources: { x: { type: Lab::Thing } }\n`,
      }
      await signalled(isotherm, () => isotherm.up({ stack: 'web', template, files }), { UniqueId: 'a' }, 'nested/')
      const again = await signalled(
        isotherm,
        () => isotherm.up({ stack: 'web', template, files }),
        { UniqueId: 'b' },
        'nested/',
      )
      expect(again).toMatchObject({ status: 'UPDATE_COMPLETE', outputs: { data: { value: '{"b":null}' } } })
      const preview = await isotherm.preview({ stack: 'web', template, files })
      expect(preview.changes.map(({ name, action }) => `${action} ${name}`)).toEqual(['update nested'])
      expect(preview.changes[0]?.nested?.changes.map(({ name }) => name)).toEqual(['handle', 'wait'])
      expect(lab.calls.sort()).toEqual(['create thing', 'create x'])
    }))
})
