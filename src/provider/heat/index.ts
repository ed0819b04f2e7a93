// Heat's resource types that need no cloud.
import type { ResourceType } from '../contract.js'
import { Delay } from './delay.js'
import { None } from './none.js'
import { RandomString } from './random-string.js'
import { TestResource } from './test-resource.js'
import { Value } from './value.js'
import { WaitCondition, WaitConditionHandle } from './wait-condition.js'

export const heatTypes: readonly ResourceType[] = [
  Delay,
  None,
  RandomString,
  TestResource,
  Value,
  WaitCondition,
  WaitConditionHandle,
]
