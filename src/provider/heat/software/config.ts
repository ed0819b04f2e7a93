// Software configurations: what is to be run on servers, kept as it is. Any change makes a new one, so whoever runs it can
// tell that it has changed.
import { stringify } from 'yaml'
import { hashOf, type Json, type JsonObject } from '../../../lib/json.js'
import { type CallContext, defineType, type PropertySchema, type PropertySchemas } from '../../contract.js'
import { nothingOutside } from '../../physical-name.js'

/** What an input and an output of a configuration have in common. */
const told = {
  name: { type: 'string', minLength: 1 },
  description: { type: 'string' },
  type: { type: 'string', enum: ['String', 'Number', 'CommaDelimitedList', 'Json', 'Boolean'], default: 'String' },
} satisfies JsonObject
const inputs = {
  type: 'list',
  default: [],
  description: 'What the configuration is given: a list of { name, type, default, description }.',
  schema: {
    items: {
      type: 'object',
      properties: {
        ...told,
        default: {},
        replace_on_change: { type: 'boolean', default: false },
      },
      required: ['name'],
      additionalProperties: false,
    },
  },
} as const satisfies PropertySchema
const outputs = {
  type: 'list',
  default: [],
  description: 'What the configuration tells: a list of { name, type, description, error_output }.',
  schema: {
    items: {
      type: 'object',
      properties: {
        ...told,
        error_output: { type: 'boolean', default: false },
      },
      required: ['name'],
      additionalProperties: false,
    },
  },
} as const satisfies PropertySchema
const options = {
  type: 'map',
  default: {},
  description: 'For the tool that runs the configuration.',
} as const satisfies PropertySchema
const group = {
  type: 'string',
  default: 'Heat::Ungrouped',
  description: 'Which tool runs it, for example script, ansible or puppet.',
} as const satisfies PropertySchema

const softwareProperties = {
  group,
  config: { type: 'string', default: '', description: 'The text that is run.' },
  inputs,
  outputs,
  options,
} as const satisfies PropertySchemas

const structuredProperties = {
  group,
  config: { type: 'map', default: {}, description: 'The data that is handed over.' },
  inputs,
  outputs,
  options,
} as const satisfies PropertySchemas

const configured = (call: CallContext, config: Json) => {
  call.signal.throwIfAborted()
  return { physicalId: hashOf(call.token), attributes: { config } }
}

const attributes = { config: { type: 'any', description: 'The configuration.' } } as const

export const SoftwareConfig = defineType({
  name: 'OS::Heat::SoftwareConfig',
  description: 'Text for a tool to run on servers, with inputs and outputs.',
  properties: softwareProperties,
  attributes,
  recoverBy: 'token',
  create: async (call, { config }) => configured(call, config),
  find: nothingOutside,
  async delete() {},
})

export const StructuredConfig = defineType({
  name: 'OS::Heat::StructuredConfig',
  description: 'As SoftwareConfig, but the configuration is data.',
  properties: structuredProperties,
  attributes,
  recoverBy: 'token',
  create: async (call, { config }) => configured(call, config),
  find: nothingOutside,
  async delete() {},
})

export const CloudConfig = defineType({
  name: 'OS::Heat::CloudConfig',
  description: 'A configuration for cloud-init, as its YAML.',
  properties: { cloud_config: { type: 'map', default: {}, description: 'What cloud-init is told.' } },
  attributes: { config: { type: 'string', description: 'The YAML text.' } },
  recoverBy: 'token',
  create: async (call, { cloud_config: config }) => configured(call, `#cloud-config\n${stringify(config)}`),
  find: nothingOutside,
  async delete() {},
})

const ACTIONS = ['CREATE', 'UPDATE', 'SUSPEND', 'RESUME', 'DELETE']

export const SoftwareComponent = defineType({
  name: 'OS::Heat::SoftwareComponent',
  description: 'Several configurations as one, each for some actions.',
  properties: {
    configs: {
      type: 'list',
      required: true,
      description: 'A list of { actions, config, tool }; no action stands in two of them.',
      schema: {
        minItems: 1,
        items: {
          type: 'object',
          properties: {
            actions: {
              type: 'array',
              minItems: 1,
              items: { type: 'string', enum: ACTIONS },
              default: ['CREATE', 'UPDATE'],
            },
            config: { type: 'string', minLength: 1 },
            tool: { type: 'string', minLength: 1 },
          },
          required: ['config', 'tool'],
          additionalProperties: false,
        },
      },
    },
    inputs,
    outputs,
    options,
  },
  attributes,
  recoverBy: 'token',
  create: async (call, wanted) => configured(call, wanted.configs),
  find: nothingOutside,
  async delete() {},
  validate({ configs }) {
    if (!Array.isArray(configs)) return []
    const named = configs.flatMap((one) => actionsOf(one))
    const twice = named.find((action, index) => named.indexOf(action) !== index)
    return twice === undefined
      ? []
      : [{ property: 'configs', message: `${twice} stands in more than one configuration` }]
  },
})

function actionsOf(one: Json): string[] {
  const { actions = [] }: JsonObject = Object(one)
  return Array.isArray(actions) ? actions.map(String) : []
}
