// Heat's resource types that need no cloud.
import type { ResourceType } from '../contract.js'
import { AccessPolicy } from './access-policy.js'
import { AwsWaitCondition, AwsWaitConditionHandle, UpdateWaitConditionHandle } from './cloud-formation-wait.js'
import { Delay } from './delay.js'
import { None } from './none.js'
import { RandomString } from './random-string.js'
import { CloudConfig, SoftwareComponent, SoftwareConfig, StructuredConfig } from './software/config.js'
import {
  SoftwareDeployment,
  SoftwareDeploymentGroup,
  StructuredDeployment,
  StructuredDeploymentGroup,
} from './software/deployment-types.js'
import { MultipartMime } from './software/multipart.js'
import { TestResource } from './test-resource.js'
import { Value } from './value.js'
import { WaitCondition, WaitConditionHandle } from './wait-condition.js'

/** By name, for the compiler. */
export interface HeatTypes {
  'AWS::CloudFormation::WaitCondition': typeof AwsWaitCondition
  'AWS::CloudFormation::WaitConditionHandle': typeof AwsWaitConditionHandle
  'OS::Heat::AccessPolicy': typeof AccessPolicy
  'OS::Heat::CloudConfig': typeof CloudConfig
  'OS::Heat::MultipartMime': typeof MultipartMime
  'OS::Heat::SoftwareComponent': typeof SoftwareComponent
  'OS::Heat::SoftwareConfig': typeof SoftwareConfig
  'OS::Heat::SoftwareDeployment': typeof SoftwareDeployment
  'OS::Heat::SoftwareDeploymentGroup': typeof SoftwareDeploymentGroup
  'OS::Heat::StructuredConfig': typeof StructuredConfig
  'OS::Heat::StructuredDeployment': typeof StructuredDeployment
  'OS::Heat::StructuredDeploymentGroup': typeof StructuredDeploymentGroup
  'OS::Heat::Delay': typeof Delay
  'OS::Heat::None': typeof None
  'OS::Heat::RandomString': typeof RandomString
  'OS::Heat::TestResource': typeof TestResource
  'OS::Heat::UpdateWaitConditionHandle': typeof UpdateWaitConditionHandle
  'OS::Heat::Value': typeof Value
  'OS::Heat::WaitCondition': typeof WaitCondition
  'OS::Heat::WaitConditionHandle': typeof WaitConditionHandle
}

export const heatTypes: readonly ResourceType[] = [
  AwsWaitCondition,
  AwsWaitConditionHandle,
  UpdateWaitConditionHandle,
  AccessPolicy,
  CloudConfig,
  MultipartMime,
  SoftwareComponent,
  SoftwareConfig,
  SoftwareDeployment,
  SoftwareDeploymentGroup,
  StructuredConfig,
  StructuredDeployment,
  StructuredDeploymentGroup,
  Delay,
  None,
  RandomString,
  TestResource,
  Value,
  WaitCondition,
  WaitConditionHandle,
]
