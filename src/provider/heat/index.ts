// Heat's resource types that need no cloud.
import type { ResourceType } from '../contract.js'
import { Delay } from './delay.js'
import { None } from './none.js'
import { RandomString } from './random-string.js'
import { TestResource } from './test-resource.js'
import { Value } from './value.js'
import { WaitCondition, WaitConditionHandle } from './wait-condition.js'

/** By name, for the compiler. */
export interface HeatTypes {
  'OS::Heat::Delay': typeof Delay
  'OS::Heat::None': typeof None
  'OS::Heat::RandomString': typeof RandomString
  'OS::Heat::TestResource': typeof TestResource
  'OS::Heat::Value': typeof Value
  'OS::Heat::WaitCondition': typeof WaitCondition
  'OS::Heat::WaitConditionHandle': typeof WaitConditionHandle
}

export const heatTypes: readonly ResourceType[] = [
  Delay,
  None,
  RandomString,
  TestResource,
  Value,
  WaitCondition,
  WaitConditionHandle,
]
