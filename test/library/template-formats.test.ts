// What the template language gives reaches the world: mapped types, CloudFormation, and YAQL over attributes.
import { expect, test } from 'vitest'
import { onBothDatabases } from '../databases.js'
import { withLab } from '../lab.js'

onBothDatabases((home) => {
  test('a type that the environment maps is what is made, also by a patch later on', () =>
    withLab(home, async (isotherm) => {
      const environment = { resource_registry: { 'My::*': 'OS::Heat::None' } }
      const template = { resources: { a: { type: 'My::Thing', properties: { any: 1 } } } }
      await (await isotherm.up({ stack: 'web', template, environment })).settled()
      const patched = await (await isotherm.patch('web', { resources: { b: { type: 'My::Other' } } })).settled()
      expect(patched.status).toBe('UPDATE_COMPLETE')
      const types = (await isotherm.resources('web')).map(({ name, type }) => [name, type]).sort()
      expect(types).toEqual([
        ['a', 'OS::Heat::None'],
        ['b', 'OS::Heat::None'],
      ])
    }))

  test('a CloudFormation template is brought about, with a query over what a resource says', () =>
    withLab(home, async (isotherm) => {
      const template = `AWSTemplateFormatVersion: 2010-09-09
Parameters: { Env: { Type: String, Default: test } }
Conditions: { Prod: { "Fn::Equals": [{ Ref: Env }, prod] } }
Resources:
  Names: { Type: "OS::Heat::Value", Properties: { value: [x, y] } }
  Spare: { Type: "OS::Heat::None", Condition: Prod }
Outputs:
  first: { Value: { "Fn::Select": [0, { "Fn::GetAtt": [Names, value] }] } }
`
      await (await isotherm.up({ stack: 'cfn', template })).settled()
      expect((await isotherm.outputs('cfn')).first?.value).toBe('x')

      const query = `heat_template_version: 2021-04-16
resources:
  names: { type: OS::Heat::Value, properties: { value: [x, y] } }
outputs:
  loud: { value: { yaql: { expression: "$.data.select($.toUpper()).join('-')", data: { get_attr: [names, value] } } } }
  wrong: { value: { yaql: { expression: "$.data.nowhere.first()", data: { get_attr: [names, value] } } } }
`
      await (await isotherm.up({ stack: 'query', template: query })).settled()
      const { loud, wrong } = await isotherm.outputs('query')
      expect(loud?.value).toBe('X-Y')
      expect(JSON.stringify(wrong)).toContain('a text has no key nowhere')
    }))
})
