// Scaling: signals that change how many members a group has, in Heat's and in CloudFormation's words, on both databases.
import { expect, test } from 'vitest'
import type { Isotherm } from '../../src/index.js'
import { onBothDatabases } from '../databases.js'
import { withLab } from '../lab.js'

type Fields = { readonly [name: string]: unknown }

const group = (more: Fields = {}) => ({
  type: 'OS::Heat::AutoScalingGroup',
  properties: {
    resource: { type: 'Lab::Thing', properties: { v: 'm' } },
    min_size: 1,
    max_size: 4,
    desired_capacity: 2,
    ...more,
  },
})

const policy = (adjustment: number, more: Fields = {}) => ({
  type: 'OS::Heat::ScalingPolicy',
  properties: {
    auto_scaling_group_id: { get_resource: 'g' },
    scaling_adjustment: adjustment,
    adjustment_type: 'change_in_capacity',
    ...more,
  },
})

const outputs = { size: { value: { get_attr: ['g', 'current_size'] } } }

const up = async (isotherm: Isotherm, resources: Fields, more: Fields = {}) =>
  (await isotherm.up({ stack: 's', template: { resources, outputs, ...more }, onFailure: 'stop' })).settled()

const settled = async (isotherm: Isotherm) => (await isotherm.attach('s')).settled()

onBothDatabases((home) => {
  test('a signal makes a group grow by one, which touches one member, and who depends on the group hears of it', () =>
    withLab(home, async (isotherm, lab) => {
      const watcher = { type: 'Lab::Thing', properties: { v: { get_attr: ['g', 'current_size'] } } }
      const made = await up(isotherm, { g: group(), more: policy(1), watcher })
      expect(made.status).toBe('CREATE_COMPLETE')
      expect(made.outputs.size?.value).toBe(2)
      lab.calls.length = 0
      expect(await isotherm.signal('s', 'more', { alarm_id: 'x', previous: 'ok', current: 'alarm' })).toBe(
        'change_in_capacity : 1, g from 2 to 3',
      )
      const grown = await settled(isotherm)
      expect(grown).toMatchObject({ status: 'UPDATE_COMPLETE' })
      expect(grown.outputs.size?.value).toBe(3)
      const [create, ...others] = lab.calls
      expect(create).toMatch(/^create [a-z2-7]{12}$/)
      expect(others).toEqual(['update watcher'])
      const told = (await isotherm.events('s')).filter(({ status }) => status.startsWith('SIGNAL'))
      expect(told.map(({ resource, reason }) => `${resource} ${reason}`)).toEqual([
        'more Signal: change_in_capacity : 1',
        'g Signal: from 2 to 3',
      ])
      // The template given again changes nothing of what the signal said.
      lab.calls.length = 0
      expect((await up(isotherm, { g: group(), more: policy(1), watcher })).outputs.size?.value).toBe(3)
      expect(lab.calls).toEqual([])
      expect((await up(isotherm, { g: group({ desired_capacity: 1 }), more: policy(1) })).outputs.size?.value).toBe(1)
    }))

  test('bounds hold, and what changes nothing is told and leaves everything as it is', () =>
    withLab(home, async (isotherm) => {
      const exact = policy(99, { adjustment_type: 'exact_capacity' })
      const half = policy(-50, { adjustment_type: 'percent_change_in_capacity', min_adjustment_step: 3 })
      await up(isotherm, { g: group(), all: exact, half })
      expect(await isotherm.signal('s', 'all')).toBe('exact_capacity : 99, g from 2 to 4')
      expect((await settled(isotherm)).outputs.size?.value).toBe(4)
      const { traversal } = await isotherm.stack('s')
      expect(await isotherm.signal('s', 'all')).toBe('no action: it stays at 4, between 1 and 4')
      expect(await isotherm.signal('s', 'half', { current: 'OK' })).toBe('no action: the alarm says ok')
      expect((await isotherm.stack('s')).traversal).toBe(traversal)
      expect(await isotherm.signal('s', 'half')).toBe('percent_change_in_capacity : -50, g from 4 to 1')
      expect((await settled(isotherm)).outputs.size?.value).toBe(1)
      expect(await isotherm.signal('s', 'g', { adjustment: 2 })).toBe('from 1 to 3')
      expect((await settled(isotherm)).outputs.size?.value).toBe(3)
    }))

  test('a group and a policy rest after they have acted, and no signal disturbs a stack that is being changed', () =>
    withLab(home, async (isotherm, lab) => {
      const tired = policy(1, { cooldown: 600 })
      await up(isotherm, { g: group({ cooldown: 300 }), tired, eager: policy(-1) })
      await isotherm.signal('s', 'tired')
      await settled(isotherm)
      expect(await isotherm.signal('s', 'tired')).toMatch(/^no action: it rests for (600|59\d) s more$/)
      expect(await isotherm.signal('s', 'eager')).toMatch(/^no action: it rests for (300|29\d) s more$/)
      const held = lab.hold('create late')
      const late = { type: 'Lab::Thing', properties: {} }
      const run = await isotherm.up({
        stack: 's',
        template: { resources: { g: group(), tired, eager: policy(-1), late } },
        onFailure: 'stop',
      })
      await held.began
      expect(await isotherm.signal('s', 'eager')).toMatch(/^no action: /)
      held.release()
      expect((await run.settled()).status).toBe('UPDATE_COMPLETE')
    }))

  test('groups of CloudFormation have the properties of their launch configuration', () =>
    withLab(home, async (isotherm, lab) => {
      const files = {
        'server.yaml': JSON.stringify({
          heat_template_version: '2018-08-31',
          parameters: { ImageId: { type: 'string' }, InstanceType: { type: 'string' } },
          resources: { it: { type: 'Lab::Thing', properties: { v: { get_param: 'ImageId' } } } },
        }),
      }
      const environment = { resource_registry: { 'OS::Heat::ScaledResource': 'server.yaml' } }
      const template = (image: string) => ({
        AWSTemplateFormatVersion: '2010-09-09',
        Resources: {
          Config: {
            Type: 'AWS::AutoScaling::LaunchConfiguration',
            Properties: { ImageId: image, InstanceType: 'small' },
          },
          Group: {
            Type: 'AWS::AutoScaling::AutoScalingGroup',
            Properties: {
              AvailabilityZones: ['nova'],
              LaunchConfigurationName: { Ref: 'Config' },
              MinSize: '1',
              MaxSize: '3',
            },
            UpdatePolicy: { AutoScalingRollingUpdate: { MaxBatchSize: '1', PauseTime: 'PT0S' } },
          },
          More: {
            Type: 'AWS::AutoScaling::ScalingPolicy',
            Properties: {
              AutoScalingGroupName: { Ref: 'Group' },
              ScalingAdjustment: '1',
              AdjustmentType: 'ChangeInCapacity',
            },
          },
        },
        Outputs: { all: { Value: { 'Fn::GetAtt': ['Group', 'InstanceList'] } } },
      })
      const end = async (image: string) =>
        (await isotherm.up({ stack: 's', template: template(image), files, environment, onFailure: 'stop' })).settled()
      const made = await end('one')
      expect(made).toMatchObject({ status: 'CREATE_COMPLETE' })
      expect([...lab.things.values()].map(({ properties }) => properties.v)).toEqual(['one'])
      expect(await isotherm.signal('s', 'More')).toBe('change_in_capacity : 1, Group from 1 to 2')
      expect(String((await settled(isotherm)).outputs.all?.value).split(',')).toHaveLength(2)
      expect(lab.calls).toEqual(['create it', 'create it'])
      expect((await end('two')).status).toBe('UPDATE_COMPLETE')
      expect([...lab.things.values()].map(({ properties }) => properties.v)).toEqual(['two', 'two'])
      expect(lab.calls).toEqual(['create it', 'create it', 'update it', 'update it'])
    }))

  test('an instance group is made of a launch configuration, too, and renewed in batches when that changes', () =>
    withLab(home, async (isotherm, lab) => {
      const member = {
        heat_template_version: '2018-08-31',
        parameters: { ImageId: { type: 'string' }, Tags: { type: 'json' } },
        resources: { it: { type: 'Lab::Thing', properties: { v: [{ get_param: 'ImageId' }, { get_param: 'Tags' }] } } },
      }
      const environment = { resource_registry: { 'OS::Heat::ScaledResource': 'server.yaml' } }
      const template = (ImageId: string) => ({
        HeatTemplateFormatVersion: '2012-12-12',
        Resources: {
          Config: { Type: 'AWS::AutoScaling::LaunchConfiguration', Properties: { ImageId, InstanceType: null } },
          Group: {
            Type: 'OS::Heat::InstanceGroup',
            Properties: {
              AvailabilityZones: ['nova'],
              LaunchConfigurationName: { Ref: 'Config' },
              Size: '2',
              LoadBalancerNames: ['balancer'],
              Tags: [{ Key: 'team', Value: 'north' }],
            },
            UpdatePolicy: { RollingUpdate: { MaxBatchSize: '1', PauseTime: 'PT0S' } },
          },
        },
        Outputs: { all: { Value: { 'Fn::GetAtt': ['Group', 'InstanceList'] } } },
      })
      const files = { 'server.yaml': JSON.stringify(member) }
      const end = async (image: string) =>
        (await isotherm.up({ stack: 's', template: template(image), files, environment, onFailure: 'stop' })).settled()
      const values = () => [...lab.things.values()].map(({ properties }) => properties.v)
      const tags = [{ Key: 'team', Value: 'north' }]
      const made = await end('one')
      expect(String(made.outputs.all?.value).split(',')).toHaveLength(2)
      expect(values()).toEqual([
        ['one', tags],
        ['one', tags],
      ])
      expect((await end('two')).status).toBe('UPDATE_COMPLETE')
      expect(values()).toEqual([
        ['two', tags],
        ['two', tags],
      ])
      expect(lab.calls).toEqual(['create it', 'create it', 'update it', 'update it'])
    }))
})
