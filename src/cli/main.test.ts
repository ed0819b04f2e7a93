// The program as its users meet it: a process with words, two streams and an exit code.
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { formatProblem, open, type Problem } from '../index.js'
import { Desk } from './testing.js'

let desk: Desk
// One folder for all: the first start of an embedded database takes most of the time.
beforeAll(async () => {
  desk = await Desk.open('hello')
})
afterAll(() => desk.close())

const TEMPLATE = `heat_template_version: 2021-04-16
parameters:
  name: { type: string, default: world }
  path: { type: string, default: greeting.txt }
resources:
  greeting:
    type: Isotherm::Local::File
    properties:
      path: { get_param: path }
      content:
        str_replace: { template: { get_file: texts/hello.txt }, params: { NAME: { get_param: name } } }
  copy:
    type: Isotherm::Local::File
    properties:
      path: copy.txt
      content: { get_attr: [greeting, sha256] }
outputs:
  path: { value: { get_attr: [greeting, path] } }
`

/** Times and places differ from run to run. */
const steady = (text: string): string =>
  text
    .replaceAll(desk.directory, 'HERE')
    .replace(/\d\d:\d\d:\d\d\.\d{3}/g, 'TIME')
    .replace(/ +\d+\.\d s/g, ' SPAN')

const file = (name: string) => readFile(desk.path(name), 'utf8')

describe('a stack of files', { timeout: 120_000 }, () => {
  it('that exists is left alone where nobody is at work, and says how to go on', async () => {
    await desk.write({ 'left.yaml': 'heat_template_version: 2021-04-16\nresources: { a: { type: OS::Heat::None } }\n' })
    expect((await desk.run('up', 'left.yaml')).code).toBe(0)
    const down = await desk.run('down', 'left', '-y', '--detach')
    const said = 'Nobody is at work on this database: what was told is stored.\nGo on with: isotherm attach left\n'
    expect([down.code, down.err]).toEqual([0, said])
    expect((await desk.run('attach', 'left')).out).toContain('DELETE_COMPLETE')
  })

  it('comes up, is previewed, changed and taken down', async () => {
    await desk.write({ 'stack.yaml': TEMPLATE, 'texts/hello.txt': 'Hello, NAME!\n' })

    const up = await desk.run('up')
    expect(up.err).toBe('')
    expect(steady(up.out)).toBe(`hello (new): 2 to create

    + create  greeting  Isotherm::Local::File
    + create  copy      Isotherm::Local::File

TIME  hello                 CREATE_IN_PROGRESS  Stack CREATE started
TIME  greeting              CREATE_IN_PROGRESS  Isotherm::Local::File
TIME  greeting              CREATE_COMPLETE     Isotherm::Local::File
TIME  copy                  CREATE_IN_PROGRESS  Isotherm::Local::File
TIME  copy                  CREATE_COMPLETE     Isotherm::Local::File
TIME  hello                 CREATE_COMPLETE     Stack CREATE completed successfully

✔ greeting  Isotherm::Local::File  created SPAN
└─ ✔ copy   Isotherm::Local::File  created SPAN

✔ hello: CREATE_COMPLETE after SPAN

  path  HERE/greeting.txt
`)
    expect(up.code).toBe(0)
    expect(await file('greeting.txt')).toBe('Hello, world!\n')

    const preview = await desk.run('preview', '-P', 'path=other.txt', '--exit-code')
    expect(preview.code).toBe(3)
    expect(preview.err).toBe('')
    expect(steady(preview.out)).toBe(`hello: 1 to replace, 1 to update (1 perhaps)

  -/+ replace  greeting  Isotherm::Local::File
        path: "greeting.txt" -> "other.txt"
        because path changes  stack.yaml:9
                the definition of greeting changed  stack.yaml:6

    ~ update, replace or keep  copy  Isotherm::Local::File
        content: "d9014c4624844aa5bac314773d6b689ad467fa4e1d1a50a1b8a99d5a95… -> (known after apply)
        because content depends on greeting, known only after apply  stack.yaml:16
                copy depends on greeting  stack.yaml:12
                the definition of greeting changed  stack.yaml:6
`)

    const refused = await desk.run('up', '-P', 'path=other.txt')
    expect(refused.code).toBe(2)
    expect(refused.err).toBe(`error: not done: it would replace greeting; perhaps replace copy, and nobody can be asked
  hint: add -y to go on without asking
`)
    expect(existsSync(desk.path('other.txt'))).toBe(false)

    await desk.write({
      'one.yaml': 'parameters: { name: one, path: one.txt }',
      'two.yaml': 'parameters: { name: two }',
    })
    const changed = await desk.run('up', '-e', 'one.yaml', '-e', 'two.yaml', '-y', '--json')
    expect(changed.code).toBe(0)
    const document = JSON.parse(changed.out)
    expect(document).toMatchObject({
      preview: { stack: 'hello', isNew: false, changed: true, summary: { replace: 1, update: 1 } },
      stack: { name: 'hello', status: 'UPDATE_COMPLETE', outputs: { path: { value: desk.path('one.txt') } } },
    })
    expect(document.resources.map(({ name, status }: { name: string; status: string }) => `${name} ${status}`)).toEqual(
      ['copy UPDATE_COMPLETE', 'greeting CREATE_COMPLETE'],
    )
    expect(await file('one.txt')).toBe('Hello, two!\n')
    expect(existsSync(desk.path('greeting.txt'))).toBe(false)

    expect(await desk.run('outputs', 'hello', 'path')).toEqual({ code: 0, out: `${desk.path('one.txt')}\n`, err: '' })
    const events = await desk.run('events', '--json')
    const lines = events.out.trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line).status).at(-1)).toBe('UPDATE_COMPLETE')
    const newest = await desk.run('events', '--json', '--last', '2')
    expect(newest.out.trimEnd().split('\n')).toEqual(lines.slice(-2))
    expect((await desk.run('events', '--last', 'two')).err).toContain(
      '--last two: expected a whole number of at least 1',
    )

    const down = await desk.run('down', 'hello', '-y')
    expect(down.code).toBe(0)
    expect(down.out).toMatch(/^hello: 2 to delete\n[\s\S]*✔ hello: DELETE_COMPLETE after \d+\.\d s\n$/)
    expect(existsSync(desk.path('one.txt'))).toBe(false)
  })
})

const head = 'heat_template_version: 2021-04-16\n'
const BAD = {
  'function.yaml': `${head}resources:\n  a: { type: OS::Heat::Value, properties: { value: { get_parm: x } } }\n`,
  'missing.yaml': `${head}parameters:\n  size: { type: number }\n`,
  'type.yaml': `${head}parameters:\n  size: { type: number, default: big }\n`,
  'cycle.yaml': `${head}resources:\n  a: { type: OS::Heat::None, depends_on: b }\n  b: { type: OS::Heat::None, depends_on: a }\n`,
  'unknown.yaml': `${head}resources:\n  a: { type: OS::Heat::Nine }\n`,
  'truncated.yaml': `${head}resources:\n  a: { type: OS::Heat::No`,
  'file.yaml': `${head}resources:\n  a: { type: OS::Heat::Value, properties: { value: { get_file: gone.txt } } }\n`,
  'huge.yaml': `${head}description: ${'x'.repeat(17 * 1024 * 1024)}\n`,
}

describe('bad input', { timeout: 240_000 }, () => {
  it('is told with place, cause and hint, and leaves the stack as it was', async () => {
    await desk.write({
      'good.yaml': `${head}resources:\n  a: { type: OS::Heat::Value, properties: { value: 1 } }\n`,
      'env.yaml': 'parameter: { size: 1 }\n',
      ...BAD,
    })
    expect((await desk.run('up', 'good.yaml')).code).toBe(0)
    const before = await desk.run('show', 'good', '--json')

    const validated = await desk.run('validate', '--json', ...Object.keys(BAD), '.')
    expect(validated.code).toBe(2)
    expect(toldBy(validated.out)).toMatchInlineSnapshot(`
      {
        ".": [
          ". the template cannot be read: it is a directory, not a file (name the template in it)",
        ],
        "cycle.yaml": [
          "cycle.yaml:3:30 resources.a.depends_on: dependency cycle: a -> b (line 3: depends_on) -> a (line 4: depends_on) (remove one of these references)",
        ],
        "file.yaml": [
          "file.yaml:3:54 resources.a.properties.value.get_file: gone.txt: the file cannot be read: there is no such file (get_file names are relative to the template)",
        ],
        "function.yaml": [
          "function.yaml:3:54 resources.a.properties.value.get_parm: unknown function get_parm (did you mean get_param?)",
        ],
        "huge.yaml": [
          "huge.yaml the text is 17825840 characters long; at most 16777216 are read (move large contents to files and use get_file)",
        ],
        "missing.yaml": [
          "missing.yaml:3:3 parameters.size: no value was given for size: what depends on that was not checked (give values with -P, or in an environment)",
        ],
        "truncated.yaml": [
          "truncated.yaml:3:26 a bracket is not closed: expected } (the text may be cut off)",
        ],
        "type.yaml": [
          "type.yaml:3:25 parameters.size.default: "big" is not a number (the parameter's type is number)",
        ],
        "unknown.yaml": [
          "unknown.yaml:3:8 resources.a.type: there is no type OS::Heat::Nine (did you mean OS::Heat::None?)",
        ],
      }
    `)

    const refused = await desk.run('up', 'function.yaml', '-s', 'good')
    expect(refused).toEqual({
      code: 2,
      out: '',
      err: `error: function.yaml:3:54: resources.a.properties.value.get_parm: unknown function get_parm
    3 |   a: { type: OS::Heat::Value, properties: { value: { get_parm: x } } }
      |                                                      ^^^^^^^^
  hint: did you mean get_param?
`,
    })
    expect(await desk.run('up', '.', '-s', 'good')).toEqual({
      code: 2,
      out: '',
      err: 'error: .: the template cannot be read: it is a directory, not a file\n  hint: name the template in it\n',
    })
    const environment = await desk.run('up', 'missing.yaml', '-s', 'good', '-e', 'env.yaml', '--json')
    expect(environment.code).toBe(2)
    expect(JSON.parse(environment.out)).toEqual({
      error: {
        kind: 'InvalidInput',
        message: 'env.yaml:1:1 parameter: unknown section parameter in an environment (did you mean parameters?)',
        problems: [
          {
            file: 'env.yaml',
            line: 1,
            column: 1,
            path: 'parameter',
            message: 'unknown section parameter in an environment',
            hint: 'did you mean parameters?',
          },
        ],
      },
    })
    expect(await desk.run('show', 'good', '--json')).toEqual(before)
  })

  it('of a place for the data is told as well', async () => {
    await desk.write({ 'a-file': '' })
    expect(await desk.run('list', '--database', 'a-file/below')).toEqual({
      code: 1,
      out: '',
      err: `error: cannot write to ${desk.path('a-file/below')}: ENOTDIR: not a directory, mkdir '${desk.path('a-file/below')}'; choose another place with --database\n`,
    })
    const owner = await open({ database: desk.path('.isotherm'), engines: 0 })
    expect(await desk.run('list')).toEqual({
      code: 1,
      out: '',
      err: `error: the database in ${desk.path('.isotherm')} is in use by process ${process.pid}: wait for it, end it (nothing is lost), or choose another with --database
  hint: the embedded database serves one process at a time; a PostgreSQL serves many: --database postgres://…
`,
    })
    await owner.close()
  })
})

/** Problems by file, in the words of the library. */
function toldBy(out: string): { [file: string]: string[] } {
  const document: { files: { file: string; problems: Problem[] }[] } = JSON.parse(out)
  return Object.fromEntries(document.files.map(({ file: name, problems }) => [name, problems.map(formatProblem)]))
}

const SLOW = `${head}resources:
  first: { type: OS::Heat::TestResource, properties: { value: x, action_wait_secs: { create: 0 } } }
  slow: { type: OS::Heat::TestResource, properties: { value: x, action_wait_secs: { create: 3 } }, depends_on: first }
  last: { type: OS::Heat::TestResource, properties: { value: x }, depends_on: slow }
`

describe('work that is interrupted', { timeout: 120_000 }, () => {
  it('goes on after Ctrl-C with the command that is named', async () => {
    await desk.write({ 'web.yaml': SLOW })
    const up = desk.start(['up', 'web.yaml'])
    await up.says(/slow +CREATE_IN_PROGRESS/)
    up.kill('SIGINT')
    const detached = await up.ended
    expect(detached.code).toBe(130)
    expect(
      detached.err,
    ).toBe(`Detached from web, 1 of 3 done. Running calls get 5 s to finish; Ctrl-C again leaves at once.
Nothing is lost. Come back with: isotherm attach web
`)
    const attached = await desk.run('attach', 'web')
    expect(attached.code).toBe(0)
    expect(attached.out).toMatch(/✔ web: CREATE_COMPLETE after \d+\.\d s\n$/)
  })

  it('goes on after kill -9 with the same command', async () => {
    await desk.write({ 'shop.yaml': SLOW })
    const up = desk.start(['up', 'shop.yaml'])
    await up.says(/slow +CREATE_IN_PROGRESS/)
    up.kill('SIGKILL')
    await up.ended
    const again = await desk.run('up', 'shop.yaml', '-y', '--json')
    expect(again.code).toBe(0)
    const { stack, resources } = JSON.parse(again.out)
    expect(stack).toMatchObject({ name: 'shop', status: 'UPDATE_COMPLETE' })
    expect(resources).toHaveLength(3)
  })
})
