// A resource type of one's own: it only remembers what it was told.
import { defineType } from 'isotherm'

export const Note = defineType({
  name: 'Example::Note',
  description: 'A line to remember.',
  properties: {
    text: { type: 'string', required: true, onChange: 'update' },
    priority: { type: 'string', default: 'low', onChange: 'update', schema: { enum: ['low', 'high'] } },
  },
  attributes: { line: { type: 'string', description: 'The text with its priority' } },
  async create(call, { text, priority }) {
    return { physicalId: call.token, attributes: { line: `${priority}: ${text}` } }
  },
  async update(_call, _thing, { text, priority }) {
    return { attributes: { line: `${priority}: ${text}` } }
  },
  async delete() {},
})
