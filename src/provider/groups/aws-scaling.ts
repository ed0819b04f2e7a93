// AWS::AutoScaling and OS::Heat::InstanceGroup: groups of CloudFormation templates. Their members are what the environment says that
// OS::Heat::ScaledResource is, with the properties of the launch configuration.
import { isJsonObject, type Json, type JsonObject } from '../../lib/json.js'
import { type Around, defineComposite } from '../composite.js'
import { defineType, type PropertySchemas } from '../contract.js'
import { ProviderError } from '../error.js'
import { nothingOutside, physicalName } from '../physical-name.js'
import { composeScaling, type Limits, scaled } from './scaling-group.js'

const text = { type: 'string' } as const
const list = { type: 'list' } as const

/** Any change makes another one, whose name the group is given. */
export const LaunchConfiguration = defineType({
  name: 'AWS::AutoScaling::LaunchConfiguration',
  description: 'What the members of a group are made with.',
  properties: {
    ImageId: { ...text, description: 'The image that each member starts from.' },
    InstanceType: { ...text, description: 'How large each member is.' },
    InstanceId: { ...text, description: 'Accepted for compatibility.' },
    KeyName: { ...text, description: 'The key that lets one in.' },
    UserData: { ...text, description: 'What each member runs at first.' },
    SecurityGroups: { ...list, description: 'Who may reach the members.' },
    KernelId: { ...text, description: 'Accepted for compatibility.' },
    RamDiskId: { ...text, description: 'Accepted for compatibility.' },
    BlockDeviceMappings: { ...list, description: 'The volumes of each member.' },
    NovaSchedulerHints: { ...list, description: 'Hints for where the members are placed.' },
  },
  recoverBy: 'token',
  async create(call) {
    call.signal.throwIfAborted()
    return { physicalId: physicalName(call) }
  },
  find: nothingOutside,
  async delete() {},
})

/** Said by the environment: a template, or a type. */
const MEMBER = 'OS::Heat::ScaledResource'

/** The launch configuration that is referred to; or the name of a template's file. */
function memberOf(name: string, tags: readonly Json[], { peers = [], files }: Around): JsonObject {
  const found = peers.find(({ reference, type }) => reference === name && type === LaunchConfiguration.name)
  if (!found && files[name] !== undefined) return { type: name }
  if (!found) {
    const message = `no launch configuration ${name} is required, and no file of that name was given`
    throw new ProviderError('invalid', `properties.LaunchConfigurationName: ${message}`)
  }
  const given = Object.entries(found.properties).filter(([key, value]) => value !== null && key !== 'InstanceId')
  return { type: MEMBER, properties: { ...Object.fromEntries(given), ...(tags.length > 0 && { Tags: [...tags] }) } }
}

const size = { type: 'integer', onChange: 'update', schema: { minimum: 0 } } as const
const accepted = { onChange: 'update', description: 'Accepted for compatibility.' } as const

const properties = {
  AvailabilityZones: { type: 'list', ...accepted },
  LaunchConfigurationName: {
    type: 'string',
    onChange: 'update',
    required: true,
    description: 'Ref of a launch configuration, or a template that each member is.',
  },
  InstanceId: { type: 'string', ...accepted },
  MaxSize: { ...size, required: true, description: 'How many at most.' },
  MinSize: { ...size, required: true, description: 'How many at least.' },
  DesiredCapacity: { ...size, description: 'How many at first; signals of a policy change it.' },
  Cooldown: { type: 'number', onChange: 'update', description: 'Seconds of rest after it was scaled.' },
  HealthCheckGracePeriod: { type: 'integer', ...accepted },
  HealthCheckType: { type: 'string', ...accepted },
  VPCZoneIdentifier: { type: 'list', ...accepted },
  LoadBalancerNames: { type: 'list', ...accepted },
  Tags: { type: 'list', default: [], onChange: 'update', description: 'Given to each member.' },
} as const satisfies PropertySchemas

interface Sizes {
  readonly MinSize: number
  readonly MaxSize: number
  readonly DesiredCapacity?: number
}

const limitsOf = ({ MinSize: min, MaxSize: max, DesiredCapacity: desired }: Sizes): Limits => ({ min, max, desired })

/** `AutoScalingRollingUpdate`, in Heat's own words; pauses are written as ISO 8601 durations, `PT1M30S`. */
function rollingOf(policy: Json | undefined): JsonObject | undefined {
  if (!isJsonObject(policy)) return undefined
  return {
    max_batch_size: policy.MaxBatchSize ?? 1,
    min_in_service: policy.MinInstancesInService ?? 0,
    pause_time: durationSeconds(policy.PauseTime ?? 'PT0S'),
  }
}

function durationSeconds(written: Json): Json {
  const [, hours = 0, minutes = 0, seconds] = /^PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?$/.exec(String(written)) ?? []
  const known = /^PT(?=\d)/.test(String(written))
  if (!known)
    throw new ProviderError('invalid', `update_policy: PauseTime ${String(written)} is no duration such as PT1M30S`)
  return Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds ?? 0)
}

const instanceList = {
  InstanceList: { type: 'string', description: 'What get_resource gives of the members, with commas.' },
} as const
const instancesOf = (members: Around['members']) => members.map(({ reference }) => String(reference)).join()

export const AwsAutoScalingGroup = defineComposite({
  name: 'AWS::AutoScaling::AutoScalingGroup',
  description: 'Makes as many members of a launch configuration as it is told, between a least and a greatest number.',
  properties,
  attributes: instanceList,
  looksAtMembers: true,
  looksAtPeers: true,
  validate({ MinSize: min, MaxSize: max, DesiredCapacity: desired }) {
    if (typeof min !== 'number' || typeof max !== 'number') return []
    if (min > max) return [{ property: 'MinSize', message: `must not be greater than MaxSize, got ${min} and ${max}` }]
    const outside = typeof desired === 'number' && (desired < min || desired > max)
    return outside ? [{ property: 'DesiredCapacity', message: 'must be between MinSize and MaxSize' }] : []
  },
  signal: ({ properties: given, privateData }, body, nowSeconds) =>
    scaled({ limits: limitsOf(given), cooldown: given.Cooldown }, privateData, body, nowSeconds),
  compose(given, around) {
    const definition = memberOf(given.LaunchConfigurationName, given.Tags, around)
    return composeScaling(limitsOf(given), definition, rollingOf(around.updatePolicy.AutoScalingRollingUpdate), around)
  },
  attributesOf: ({ members }) => ({ InstanceList: instancesOf(members) }),
})

export const InstanceGroup = defineComposite({
  name: 'OS::Heat::InstanceGroup',
  description: 'Makes so many members of a launch configuration, or of a template.',
  properties: {
    AvailabilityZones: properties.AvailabilityZones,
    LaunchConfigurationName: properties.LaunchConfigurationName,
    Size: { ...size, required: true, description: 'How many.' },
    LoadBalancerNames: properties.LoadBalancerNames,
    Tags: properties.Tags,
  },
  attributes: instanceList,
  looksAtMembers: true,
  looksAtPeers: true,
  compose(given, around) {
    const { LaunchConfigurationName: name, Size: count, Tags } = given
    const rolling = rollingOf(around.updatePolicy.RollingUpdate)
    return composeScaling({ min: count, max: count, desired: count }, memberOf(name, Tags, around), rolling, around)
  },
  attributesOf: ({ members }) => ({ InstanceList: instancesOf(members) }),
})
