// OS::Heat::AccessPolicy: names the resources that a user of the stack may read. Nobody asks it here; it is kept for those
// templates that have one.
import { defineType } from '../contract.js'
import { nothingOutside, physicalName } from '../physical-name.js'

export const AccessPolicy = defineType({
  name: 'OS::Heat::AccessPolicy',
  description: 'Names resources that may be read. Kept, and asked by nobody.',
  properties: {
    AllowedResources: {
      type: 'list',
      required: true,
      schema: { items: { type: 'string' } },
      description: 'Names of resources of the stack.',
    },
  },
  recoverBy: 'token',
  async create(call) {
    call.signal.throwIfAborted()
    return { physicalId: physicalName(call) }
  },
  find: nothingOutside,
  async delete() {},
})
