// The types that Isotherm brings along, by name, for the compiler: a stack names them as a template does. A test compares
// the names with the types that there are.
import type { PropertySchemas, TypedResourceType } from '../../provider/contract.js'
import type { AwsAutoScalingGroup, InstanceGroup, LaunchConfiguration } from '../../provider/groups/aws-scaling.js'
import type { ResourceChain } from '../../provider/groups/resource-chain.js'
import type { ResourceGroup } from '../../provider/groups/resource-group.js'
import type { AutoScalingGroup } from '../../provider/groups/scaling-group.js'
import type { AwsScalingPolicy, ScalingPolicy } from '../../provider/groups/scaling-policy.js'
import type { CloudFormationStack, HeatStack } from '../../provider/groups/stacks.js'
import type { HeatTypes } from '../../provider/heat/index.js'
import type { HttpCheck } from '../../provider/http/check.js'
import type { HttpResource } from '../../provider/http/resource.js'
import type { commandType } from '../../provider/local/command.js'
import type { directoryType } from '../../provider/local/directory.js'
import type { fileType } from '../../provider/local/file.js'
import type { processType } from '../../provider/local/process.js'

export interface BuiltInTypes extends HeatTypes {
  'AWS::AutoScaling::AutoScalingGroup': typeof AwsAutoScalingGroup
  'AWS::AutoScaling::LaunchConfiguration': typeof LaunchConfiguration
  'AWS::AutoScaling::ScalingPolicy': typeof AwsScalingPolicy
  'AWS::CloudFormation::Stack': typeof CloudFormationStack
  'OS::Heat::AutoScalingGroup': typeof AutoScalingGroup
  'OS::Heat::InstanceGroup': typeof InstanceGroup
  'OS::Heat::ResourceChain': typeof ResourceChain
  'OS::Heat::ResourceGroup': typeof ResourceGroup
  'OS::Heat::ScalingPolicy': typeof ScalingPolicy
  'OS::Heat::Stack': typeof HeatStack
  'Isotherm::Http::Check': typeof HttpCheck
  'Isotherm::Http::Resource': typeof HttpResource
  'Isotherm::Local::Command': ReturnType<typeof commandType>
  'Isotherm::Local::Directory': ReturnType<typeof directoryType>
  'Isotherm::Local::File': ReturnType<typeof fileType>
  'Isotherm::Local::Process': ReturnType<typeof processType>
}

/** A type that is known by its name only: its properties are checked when the stack is brought about. */
export interface NamedType {
  readonly named: string
}

/** For types that an engine or an environment knows and this program does not. */
export const anyType = (name: string): NamedType => ({ named: name })

type None = { readonly [name in never]: never }

/** The declarations of a type's properties and attributes; none where the compiler does not know them. */
export type PropertiesIn<T> = T extends keyof BuiltInTypes
  ? BuiltInTypes[T]['properties']
  : T extends TypedResourceType<infer P, infer _>
    ? P
    : None
export type AttributesIn<T> = T extends keyof BuiltInTypes
  ? NonNullable<BuiltInTypes[T]['attributes']>
  : T extends TypedResourceType<infer _, infer A>
    ? A
    : None

export type TypeInput = keyof BuiltInTypes | NamedType | TypedResourceType<PropertySchemas>
