// Types that stand for many resources, or for a whole stack.
import type { ResourceType } from '../contract.js'
import { ResourceChain } from './resource-chain.js'
import { ResourceGroup } from './resource-group.js'
import { AutoScalingGroup, InstanceGroup } from './scaling-group.js'
import { CloudFormationStack, HeatStack } from './stacks.js'

export const groupTypes: readonly ResourceType[] = [
  AutoScalingGroup,
  CloudFormationStack,
  HeatStack,
  InstanceGroup,
  ResourceChain,
  ResourceGroup,
]
