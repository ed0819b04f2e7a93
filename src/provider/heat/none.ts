// OS::Heat::None: takes any properties, has any attribute (null) and does nothing; switches off other types in environments.
import { hashOf } from '../../lib/json.js'
import { defineType } from '../contract.js'
import { nothingOutside } from '../physical-name.js'

export const None = defineType({
  name: 'OS::Heat::None',
  description: 'Accepts any properties and does nothing; each of its attributes is null.',
  properties: {},
  anyProperties: true,
  anyAttributes: true,
  recoverBy: 'token',
  async create(call) {
    call.signal.throwIfAborted()
    return { physicalId: hashOf(call.token) }
  },
  // Whatever changes, there is nothing to do, and nothing to replace.
  async update() {
    return {}
  },
  find: nothingOutside,
  async delete() {},
})
