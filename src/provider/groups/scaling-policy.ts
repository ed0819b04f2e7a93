// Scaling policies: what a signal, of an alarm for example, does to a group.
import { isJsonObject, type Json, type JsonObject } from '../../lib/json.js'
import {
  type CallContext,
  defineType,
  type Made,
  type PropertySchemas,
  type Signalled,
  type Thing,
} from '../contract.js'
import { nothingOutside, physicalName } from '../physical-name.js'
import {
  ADJUSTMENTS,
  type Adjustment,
  type AdjustmentType,
  alarmOf,
  bodyOf,
  ignored,
  restFrom,
  restOf,
  stillRests,
} from './scaling.js'

/** What a policy of either dialect says. */
interface Policy extends Adjustment {
  readonly group: string
  readonly cooldown: number | undefined
}

/** The group decides; the policy rests only when the group acts. */
function signalled(policy: Policy, notes: Json, body: Json, nowSeconds: number): Signalled {
  const alarm = alarmOf(body)
  if (alarm !== 'alarm') return ignored(notes, `the alarm says ${alarm}`)
  if (restOf(notes) > nowSeconds) return ignored(notes, stillRests(nowSeconds, restOf(notes)))
  const privateData = { ...(isJsonObject(notes) ? notes : {}), ...restFrom(nowSeconds, policy.cooldown) }
  return {
    privateData,
    message: `${policy.type} : ${policy.adjustment}`,
    passOn: { to: policy.group, body: bodyOf(policy) },
  }
}

/** The same address under each of the names. One that was told once stays: it may have been revoked since. */
const told = async (call: CallContext, names: readonly string[], known: JsonObject = {}): Promise<JsonObject> => {
  call.signal.throwIfAborted()
  const missing = names.filter((name) => (known[name] ?? null) === null)
  const address = missing.length > 0 ? await call.signalUrl() : null
  return { ...known, ...Object.fromEntries(missing.map((name) => [name, address])) }
}

/** What a policy does but for what it says. */
const telling = (...names: string[]) => ({
  create: async (call: CallContext): Promise<Made> => {
    const attributes = await told(call, names)
    return { physicalId: physicalName(call), attributes, privateData: {} }
  },
  update: async (call: CallContext, { attributes, privateData }: Pick<Thing, 'attributes' | 'privateData'>) => ({
    attributes: await told(call, names, attributes),
    privateData,
  }),
})

const address = {
  type: 'string',
  secret: true,
  description: 'The address that makes it act, by POST. Null where the engine knows of no server.',
} as const

const stepOnlyInPercent =
  (key: string, typeKey: string, percent: string) => (given: { [name: string]: Json | undefined }) =>
    typeof given[key] === 'number' && given[typeKey] !== undefined && given[typeKey] !== percent
      ? [{ property: key, message: `is for ${typeKey}: ${percent} only` }]
      : []

const properties = {
  auto_scaling_group_id: { type: 'string', required: true, description: 'The group: get_resource of it.' },
  scaling_adjustment: {
    type: 'integer',
    required: true,
    onChange: 'update',
    description: 'By how many, to how many, or by how many percent.',
  },
  adjustment_type: {
    type: 'string',
    required: true,
    onChange: 'update',
    schema: { enum: [...ADJUSTMENTS] },
    description: 'What the adjustment means.',
  },
  cooldown: {
    type: 'number',
    onChange: 'update',
    schema: { minimum: 0 },
    description: 'Seconds for which further signals are ignored.',
  },
  min_adjustment_step: {
    type: 'integer',
    onChange: 'update',
    schema: { minimum: 0 },
    description: 'Of a change in percent: at least so many.',
  },
} as const satisfies PropertySchemas

export const ScalingPolicy = defineType({
  name: 'OS::Heat::ScalingPolicy',
  description: 'Scales a group when it is signalled.',
  properties,
  attributes: {
    alarm_url: address,
    signal_url: { ...address, description: 'The same.' },
  },
  recoverBy: 'token',
  validate: stepOnlyInPercent('min_adjustment_step', 'adjustment_type', 'percent_change_in_capacity'),
  ...telling('alarm_url', 'signal_url'),
  find: nothingOutside,
  async delete() {},
  signal(thing, body, nowSeconds) {
    const { auto_scaling_group_id: group, scaling_adjustment: adjustment, adjustment_type: written } = thing.properties
    const { cooldown, min_adjustment_step: stepMin } = thing.properties
    const type = ADJUSTMENTS.find((known) => known === written) ?? 'change_in_capacity'
    return signalled({ group, adjustment, type, stepMin, cooldown }, thing.privateData, body, nowSeconds)
  },
})

const AWS_TYPES = {
  ChangeInCapacity: 'change_in_capacity',
  ExactCapacity: 'exact_capacity',
  PercentChangeInCapacity: 'percent_change_in_capacity',
} as const satisfies { readonly [name: string]: AdjustmentType }

const isAwsType = (name: string): name is keyof typeof AWS_TYPES => Object.hasOwn(AWS_TYPES, name)

const awsProperties = {
  AutoScalingGroupName: { type: 'string', required: true, description: 'The group: Ref of it.' },
  ScalingAdjustment: { ...properties.scaling_adjustment },
  AdjustmentType: {
    type: 'string',
    required: true,
    onChange: 'update',
    schema: { enum: Object.keys(AWS_TYPES) },
    description: 'What the adjustment means.',
  },
  Cooldown: { ...properties.cooldown },
  MinAdjustmentStep: { ...properties.min_adjustment_step },
} as const satisfies PropertySchemas

export const AwsScalingPolicy = defineType({
  name: 'AWS::AutoScaling::ScalingPolicy',
  description: 'Scales a group when it is signalled.',
  properties: awsProperties,
  attributes: { AlarmUrl: address },
  recoverBy: 'token',
  validate: stepOnlyInPercent('MinAdjustmentStep', 'AdjustmentType', 'PercentChangeInCapacity'),
  ...telling('AlarmUrl'),
  find: nothingOutside,
  async delete() {},
  signal({ properties: given, privateData }: Thing<AwsGiven>, body, nowSeconds) {
    const { AutoScalingGroupName: group, ScalingAdjustment: adjustment, AdjustmentType: written } = given
    const { Cooldown: cooldown, MinAdjustmentStep: stepMin } = given
    const type = isAwsType(written) ? AWS_TYPES[written] : 'change_in_capacity'
    return signalled({ group, adjustment, type, stepMin, cooldown }, privateData, body, nowSeconds)
  },
})

interface AwsGiven {
  readonly AutoScalingGroupName: string
  readonly ScalingAdjustment: number
  readonly AdjustmentType: string
  readonly Cooldown?: number
  readonly MinAdjustmentStep?: number
}
