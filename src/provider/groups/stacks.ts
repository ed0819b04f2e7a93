// Stacks as resources: the template is a property.
import { isJsonObject, type Json } from '../../lib/json.js'
import { defineComposite } from '../composite.js'
import type { PropertySchemas } from '../contract.js'
import { ProviderError } from '../error.js'

const properties = {
  template: { type: 'any', required: true, onChange: 'update', description: 'The template: text, or a map.' },
  parameters: { type: 'map', default: {}, onChange: 'update', description: 'Values for its parameters.' },
  timeout: {
    type: 'integer',
    onChange: 'update',
    schema: { minimum: 1 },
    description: 'Minutes that bringing the stack about may take.',
  },
  context: {
    type: 'map',
    onChange: 'update',
    description: 'Accepted when it is empty: a stack is made in the project of the stack around it.',
  },
} as const satisfies PropertySchemas

export const HeatStack = defineComposite({
  name: 'OS::Heat::Stack',
  description: 'A stack of its own, brought about with the stack around it.',
  properties,
  attributes: {
    stack_name: { type: 'string', description: 'The name of the stack.' },
    outputs: { type: 'map', description: 'Its outputs by name.' },
  },
  validate({ context, template }) {
    const problems: { property: string; message: string }[] = []
    const elsewhere = isJsonObject(context) ? Object.keys(context).filter((key) => context[key] !== null) : []
    if (elsewhere.length > 0)
      problems.push({
        property: 'context',
        message: `there are no other regions: ${elsewhere.join(', ')} cannot be used`,
      })
    if (template !== undefined && typeof template !== 'string' && !isJsonObject(template))
      problems.push({ property: 'template', message: 'must be text or a map' })
    return problems
  },
  compose: ({ template, parameters, timeout }) => ({
    template: templateOf(template),
    parameters,
    ...(timeout !== undefined && { timeoutSeconds: timeout * 60 }),
  }),
  attributesOf: ({ name, outputs }) => ({ stack_name: name, outputs }),
})

function templateOf(template: Json) {
  if (typeof template === 'string' || isJsonObject(template)) return template
  throw new ProviderError('invalid', 'properties.template: must be text or a map')
}

export const CloudFormationStack = defineComposite({
  name: 'AWS::CloudFormation::Stack',
  description: 'A nested stack whose template is one of the files that came with the template.',
  properties: {
    TemplateURL: {
      type: 'string',
      required: true,
      onChange: 'update',
      description: 'The name of the template’s file.',
    },
    TimeoutInMinutes: { type: 'integer', onChange: 'update', schema: { minimum: 1 } },
    Parameters: { type: 'map', default: {}, onChange: 'update', description: 'Values for its parameters.' },
  },
  // `Outputs.<name>`, whichever there are.
  anyAttributes: true,
  compose({ TemplateURL: file, TimeoutInMinutes: minutes, Parameters: parameters }, { files }) {
    const template = files[file]
    if (template === undefined)
      throw new ProviderError('invalid', `properties.TemplateURL: no file named ${file} was given with the template`)
    return { template, file, parameters, ...(minutes !== undefined && { timeoutSeconds: minutes * 60 }) }
  },
  attributesOf: ({ outputs }) =>
    Object.fromEntries(Object.entries(outputs).map(([name, value]) => [`Outputs.${name}`, value])),
})
