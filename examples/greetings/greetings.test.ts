// The example as its README tells it, through the program: up, a preview that names the lines, a mistake, down.
import { cp, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Desk } from '../../src/cli/testing.js'

let desk: Desk
beforeAll(async () => {
  desk = await Desk.open('greetings')
  const here = fileURLToPath(new URL('.', import.meta.url))
  for (const name of ['stack.ts', 'note.ts']) await cp(`${here}/${name}`, desk.path(name))
})
afterAll(() => desk.close())

it('comes up, is previewed with the lines of its source, and goes', async () => {
  const up = await desk.run('up', '-P', 'loud=true', '--json')
  expect(up.err).toBe('')
  expect(JSON.parse(up.out).stack).toMatchObject({ name: 'greetings', status: 'CREATE_COMPLETE' })
  const index: { file: string }[] = JSON.parse(await readFile(desk.path('greetings-root/index.json'), 'utf8'))
  expect(await Promise.all(index.map(({ file }) => readFile(file, 'utf8')))).toEqual([
    'Hello, world!\n',
    'Guten Tag, world!\n',
    'Bonjour, world!\n',
  ])
  const line = (await desk.run('outputs', 'greetings', 'note')).out
  expect(line).toBe(`high: see ${desk.path('greetings-root/index.json')}\n`)
  const preview = await desk.run('preview', '-P', 'name=you', '-P', 'loud=true', '--exit-code')
  expect([preview.code, preview.err]).toEqual([3, ''])
  expect(preview.out).toContain('because content changes  stack.ts:18')
  expect(preview.out).toContain('the definition of page_fr changed  stack.ts:16')
  expect(await desk.run('down', '-y', '--json', '--types', 'note.ts')).toMatchObject({ code: 0 })
}, 120_000)

it('tells a mistake with the line of the source, and what a program throws as well', async () => {
  const source = await readFile(desk.path('stack.ts'), 'utf8')
  await desk.write({
    'wrong.ts': source.replace("priority: 'high'", "priority: 'hgh'"),
    'cut.ts': source.replace('content: `', 'content: `').replace('}\\n`,', '}\\n`.slice(0, 20),'),
    'throws.mjs': "\nimport { fn } from 'isotherm'\n\nexport default () => {\n  return fn.nothing()\n}\n",
    'broken.ts': 'const a: string = 1\nexport default { a: : 2 }\n',
    'empty.js': 'export const a = 1\n',
  })
  const { out } = await desk.run('validate', '--json', '-P', 'loud=true', 'wrong.ts')
  expect(JSON.parse(out).files[0].problems).toMatchObject([
    {
      file: 'wrong.ts',
      line: 31,
      path: 'resources.note.properties.priority',
      message: 'must be one of low, high, got "hgh"',
    },
  ])
  const others = await desk.run('validate', '--json', 'cut.ts', 'throws.mjs', 'broken.ts', 'empty.js')
  const { files }: { files: { problems: unknown[] }[] } = JSON.parse(others.out)
  expect(files.map(({ problems }) => problems[0])).toMatchObject([
    { file: 'cut.ts', line: 18, message: 'a reference inside this text was cut or changed' },
    { file: 'throws.mjs', line: 5, message: expect.stringContaining('nothing') },
    { file: 'broken.ts', line: 2, column: 20 },
    { file: 'empty.js', message: 'its default export is neither a stack nor a function that makes one' },
  ])
}, 120_000)
