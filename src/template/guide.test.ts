// The guide to templates is true: what it says behind an arrow is what comes out.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Json } from '../lib/json.js'
import { evaluate, type Inputs } from './evaluate.js'
import { parseTemplate } from './parse.js'
import { resolveTemplate } from './resolve.js'

const page = readFileSync(new URL('../../docs/guide/templates.md', import.meta.url), 'utf8')
const inputs: Inputs = {
  reference: (name) => `id of ${name}`,
  attribute: (name, attribute) => `${attribute} of ${name}`,
}

const blocks = [...page.matchAll(/^```yaml\n(.*?)^```$/gms)]
  .map(([, text = '']) => text)
  .filter((text) => text.includes('# →'))
const pseudo = { stackId: 'id', stackName: 'web', projectId: 'p' }

describe.each(blocks.map((text, index) => [`example ${index + 1}`, text]))('%s', (_, text) => {
  const { template, problems } = resolveTemplate(parseTemplate({ text }), { pseudo })
  const examples = [...text.matchAll(/^ {2}(\w+): .* # → (.*)$/gm)].map(([, name = '', json = '']): [string, Json] => {
    const expected: Json = JSON.parse(json)
    return [name, expected]
  })

  test('is a template in which every arrow belongs to an output', () => {
    expect(problems).toEqual([])
    expect(examples).toHaveLength(text.split('# →').length - 1)
  })

  test.each(examples)('%s', (name, expected) => {
    const output = template?.outputs[name]
    expect(output && evaluate(output.value, inputs)).toEqual(expected)
  })
})
