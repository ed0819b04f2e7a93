// Many templates judged in one run: as people read it, as programs read it, and how it ends.
import { Ajv } from 'ajv'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Desk } from './testing.js'

let desk: Desk
beforeAll(async () => {
  desk = await Desk.open()
  await desk.write({
    'good.yaml':
      'heat_template_version: 2021-04-16\nparameters: { n: { type: number } }\nresources: { a: { type: OS::Heat::Value, properties: { value: { get_param: n } } } }\n',
    'bad.yaml':
      'heat_template_version: 2021-04-16\nresources:\n  a: { type: OS::Heat::RandomString, properties: { lenght: 8 } }\n  b: { type: "OS::Heat::Valu" }\n',
    'cloud.yaml':
      'heat_template_version: 2021-04-16\nresources:\n  server: { type: OS::Nova::Server, properties: { flavor: m1 } }\noutputs:\n  address: { value: { get_attr: [server, first_address] } }\n',
    'double.yaml': `heat_template_version: 2021-04-16\nresources:\n  a: { type: OS::Heat::None }\n  a: { type: OS::Heat::Value, properties: { value: 1 } }\n`,
    'env.yaml': 'parameter_defaults: { n: 5 }\n',
  })
})
afterAll(() => desk.close())

describe('isotherm validate', { timeout: 60_000 }, () => {
  it('shows the line of each problem, and counts', async () => {
    expect(await desk.run('validate', 'good.yaml', 'bad.yaml', 'good.yaml', '-e', 'env.yaml')).toEqual({
      code: 2,
      err: '',
      out: `good.yaml: valid
error: bad.yaml:3:52: resources.a.properties.lenght: OS::Heat::RandomString has no such property
    3 |   a: { type: OS::Heat::RandomString, properties: { lenght: 8 } }
      |                                                    ^^^^^^
  hint: did you mean length?
error: bad.yaml:4:8: resources.b.type: there is no type OS::Heat::Valu
    4 |   b: { type: "OS::Heat::Valu" }
      |        ^^^^
  hint: did you mean OS::Heat::Value?

2 errors in 1 of 2 files
`,
    })
  })

  it('answers programs in one document of a fixed shape', async () => {
    const { code, out } = await desk.run('validate', '--json', 'bad.yaml', 'cloud.yaml', 'missing.yaml')
    expect(code).toBe(2)
    const document: { files: unknown[] } = JSON.parse(out)
    expect(document).toMatchObject({ valid: false, errors: 4, warnings: 0 })
    expect(document.files[0]).toMatchObject({
      file: 'bad.yaml',
      valid: false,
      problems: [
        {
          severity: 'error',
          file: 'bad.yaml',
          line: 3,
          column: 52,
          path: 'resources.a.properties.lenght',
          message: 'OS::Heat::RandomString has no such property',
          hint: 'did you mean length?',
        },
        { severity: 'error', line: 4 },
      ],
    })
  })

  it('warns of unknown types where they are allowed, and ends well', async () => {
    expect((await desk.run('validate', 'cloud.yaml')).code).toBe(2)
    expect(await desk.run('validate', '--allow-unknown-types', 'cloud.yaml')).toEqual({
      code: 0,
      err: '',
      out: `warning: cloud.yaml:3:13: resources.server.type: the type OS::Nova::Server is not registered here: its properties were not checked
    3 |   server: { type: OS::Nova::Server, properties: { flavor: m1 } }
      |             ^^^^
cloud.yaml: valid

1 warning
`,
    })
  })

  it('warns of missing values and of keys that stand twice, and ends well', async () => {
    const { code, out } = await desk.run('validate', 'good.yaml', 'double.yaml')
    expect(code).toBe(0)
    expect(out).toContain('warning: good.yaml:2:15: parameters.n: no value was given for n')
    expect(out).toContain('warning: double.yaml:4:3: resources.a: the key a stands here twice')
    expect(out).toContain('2 warnings in 2 of 2 files')
    const preview = await desk.run('preview', 'double.yaml')
    expect(preview).toMatchObject({ code: 0, err: expect.stringContaining('the key a stands here twice') })
    expect((await desk.run('preview', 'good.yaml')).code).toBe(2)
  })

  it('tells of a file that is not there once, and of what is wrong besides', async () => {
    const template = `heat_template_version: 2021-04-16
resources:
  a: { type: gone.yaml, properties: { x: 1 } }
  b: { type: gone.yaml, properties: { y: { get_attr: [a, thing] } } }
  c: { type: OS::Heat::Value, properties: { value: { get_file: lost.txt }, tpye: string } }
  d: { type: "file://elsewhere/d.yaml" }
  e: { type: OS::Heat::Value, properties: { value: { get_file: "https://example.com/e.txt" } } }
`
    await desk.write({ 'astray.yaml': template })
    const { out } = await desk.run('validate', '--json', 'astray.yaml')
    const document: { files: { problems: { line: number; message: string }[] }[] } = JSON.parse(out)
    expect(document.files[0]?.problems.map(({ line, message }) => `${line}: ${message}`)).toEqual([
      '3: gone.yaml: the file cannot be read: there is no such file',
      '5: lost.txt: the file cannot be read: there is no such file',
      '6: file://elsewhere/d.yaml: it is no file of this machine: their addresses begin with file:/// and a path',
      '7: https://example.com/e.txt: an address is not fetched: save it as a file, and name that',
      '5: OS::Heat::Value has no such property',
    ])
  })

  it('takes parameters and environments', async () => {
    expect(await desk.run('validate', 'good.yaml', '-e', 'env.yaml')).toMatchObject({
      code: 0,
      out: 'good.yaml: valid\n',
    })
    expect(await desk.run('validate', 'good.yaml', '-P', 'n=x')).toMatchObject({ code: 2 })
  })
})

it('isotherm schema writes a schema that accepts what is right', async () => {
  expect(await desk.run('schema', '-o', 'schema.json')).toMatchObject({ code: 0, err: '' })
  const { out, code } = await desk.run('schema')
  expect(code).toBe(0)
  const accepts = new Ajv({ strict: false }).compile(JSON.parse(out))
  const template = (type: string) => ({ heat_template_version: '2021-04-16', resources: { a: { type } } })
  expect([accepts(template('OS::Heat::None')), accepts(template('OS::Heat::Nothing'))]).toEqual([true, false])
}, 60_000)
