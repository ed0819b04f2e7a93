// The resource that costs nothing: what is measured is the engine and the database.
import { defineType } from '../src/index.js'

export const Thing = defineType({
  name: 'Bench::Thing',
  properties: {
    size: { type: 'integer', default: 0, onChange: 'update' },
    inputs: { type: 'list', default: [], onChange: 'update' },
  },
  attributes: { value: { type: 'string' } },
  recoverBy: 'token',
  create: async ({ token, name }) => ({ physicalId: token, attributes: { value: name } }),
  update: async (_call, thing) => ({ attributes: thing.attributes }),
  delete: async () => undefined,
})
