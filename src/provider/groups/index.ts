// Types that stand for many resources, or for a whole stack.
import type { ResourceType } from '../contract.js'
import { AwsAutoScalingGroup, InstanceGroup, LaunchConfiguration } from './aws-scaling.js'
import { ResourceChain } from './resource-chain.js'
import { ResourceGroup } from './resource-group.js'
import { AutoScalingGroup } from './scaling-group.js'
import { AwsScalingPolicy, ScalingPolicy } from './scaling-policy.js'
import { CloudFormationStack, HeatStack } from './stacks.js'

export const groupTypes: readonly ResourceType[] = [
  AutoScalingGroup,
  AwsAutoScalingGroup,
  AwsScalingPolicy,
  CloudFormationStack,
  HeatStack,
  InstanceGroup,
  LaunchConfiguration,
  ResourceChain,
  ResourceGroup,
  ScalingPolicy,
]
