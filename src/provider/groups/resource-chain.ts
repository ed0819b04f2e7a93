// OS::Heat::ResourceChain: one resource of each of several types, one after the other.
import { isJsonObject, type Json, type JsonObject } from '../../lib/json.js'
import { defineComposite } from '../composite.js'
import { groupAttributes, inOrder, plainData } from './members.js'

export const ResourceChain = defineComposite({
  name: 'OS::Heat::ResourceChain',
  description: 'Makes one resource of each type in a list, each after the one before it.',
  properties: {
    resources: {
      type: 'list',
      required: true,
      onChange: 'update',
      schema: { items: { type: 'string' } },
      description: 'Their types, in order.',
    },
    concurrent: { type: 'boolean', default: false, onChange: 'update', description: 'All at once instead.' },
    resource_properties: {
      type: 'map',
      onChange: 'update',
      description: 'The properties that each of them gets.',
    },
  },
  attributes: {
    refs: { type: 'list', description: 'What get_resource gives of each.' },
    attributes: { type: 'map', description: 'Of an attribute, the values by the resources’ names.' },
  },
  anyAttributes: true,
  looksAtMembers: true,
  compose({ resources, concurrent, resource_properties: given = {} }) {
    const properties = plainData(given, 'properties.resource_properties')
    const members: JsonObject = {}
    resources.forEach((type, index) => {
      members[String(index)] = memberOf(type, properties, concurrent || index === 0 ? undefined : String(index - 1))
    })
    return { template: { resources: members } }
  },
  attributesOf: (child, asked) => groupAttributes(inOrder(child), asked),
})

const memberOf = (type: Json, properties: Json, after: string | undefined): JsonObject => ({
  type,
  ...(isJsonObject(properties) && Object.keys(properties).length > 0 && { properties }),
  ...(after !== undefined && { depends_on: [after] }),
})
