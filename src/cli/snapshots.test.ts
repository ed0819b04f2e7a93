// Snapshots, marks and documents as users of the command line meet them.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Desk } from './testing.js'

let desk: Desk
beforeAll(async () => {
  desk = await Desk.open('kept')
})
afterAll(() => desk.close())

const TEMPLATE = `heat_template_version: 2021-04-16
parameters: { text: { type: string, default: one } }
resources:
  note: { type: Isotherm::Local::File, properties: { path: note.txt, content: { get_param: text } } }
  many: { type: OS::Heat::ResourceGroup, properties: { count: 1, resource_def: { type: OS::Heat::None } } }
`

test('a snapshot is told by its name, listed, shown, gone back to and forgotten', { timeout: 120_000 }, async () => {
  await desk.write({ 'stack.yaml': TEMPLATE })
  expect((await desk.run('up')).code).toBe(0)

  const nameless = await desk.run('snapshot', 'create', 'kept')
  expect(nameless.out).toContain('kept')
  expect(nameless.err).toBe('kept is kept as kept-2. Come back to it with: isotherm snapshot restore kept kept-2\n')
  const { snapshot } = JSON.parse((await desk.run('snapshot', 'create', 'kept', 'first\u001b[2J', '--json')).out)

  const list = (await desk.run('snapshot', 'list', 'kept')).out.split('\n')
  expect(list[0]).toMatch(/^SNAPSHOT +STATUS +TAKEN \(UTC\) +ID$/)
  expect(list[2]).toMatch(new RegExp(`^first\ufffd\\[2J +COMPLETE +[0-9: -]{19}  ${snapshot}$`))
  const shown = (await desk.run('snapshot', 'show', 'kept', 'kept-2')).out
  expect(shown).toContain('What is kept\n')
  expect(shown).toMatch(/ {2}note +Isotherm::Local::File +\S+note\.txt +\{"content":"one"\}/)

  expect((await desk.run('up', '-P', 'text=two')).code).toBe(0)
  const back = await desk.run('snapshot', 'restore', 'kept', 'kept-2')
  expect(back.code).toBe(2)
  expect(back.out).toContain('~ update  note  Isotherm::Local::File\n        content: "two" -> "one"')
  expect(back.out).toContain('Reality is looked at, too')
  expect(back.err).toMatch(/it would bring kept back to kept-2, taken [0-9: -]{19}, and nobody can be asked/)
  expect((await desk.run('snapshot', 'restore', 'kept', 'kept-2', '-y')).out).toContain('RESTORE_COMPLETE')
  expect((await desk.run('snapshot', 'delete', 'kept', snapshot)).out).toMatch(
    /^snapshot first\ufffd\[2J of kept, taken [0-9: -]{19}, is forgotten\n$/,
  )
})

test('what is wrong with a snapshot, a mark or a document is said with its place and a way out', {
  timeout: 120_000,
}, async () => {
  const said = async (...words: string[]) => {
    const { code, err } = await desk.run(...words)
    return [code, ...err.trim().split('\n')]
  }
  expect(await said('snapshot', 'create', 'kept', ' ')).toEqual([
    2,
    'error: name: a snapshot is named with 1 to 255 characters, not all of them blanks',
    '  hint: leave the name out: it is then named after its stack',
  ])
  expect(await said('snapshot', 'restore', 'kept')).toEqual([
    2,
    'error: which snapshot?',
    '  hint: isotherm snapshot list kept names them',
  ])
  await desk.write({ 'cut.json': '{"name": "x",\n "template": }', 'none.json': '{"name": "x"}' })
  expect((await said('adopt', 'cut.json'))[1]).toMatch(/^error: cut\.json:2: this is not JSON: /)
  expect((await said('adopt', 'none.json'))[1]).toBe('error: none.json: template: the document holds no template')

  const marked = await desk.run('mark-unhealthy', 'kept', 'note', 'the disk is failing')
  expect(marked.out).toBe('note is CHECK_FAILED; the next isotherm up mends it\n')
  expect((await desk.run('preview')).out).toContain('because note: the disk is failing')

  expect((await desk.run('abandon', 'kept', '-y', '-o', 'kept.json')).code).toBe(0)
  expect((await desk.run('adopt', 'kept.json')).out).toContain('adopted')
  const [code, problem, hint] = await said('adopt', 'kept.json', '-s', 'other')
  expect([code, hint]).toEqual([
    2,
    '  hint: isotherm abandon lets a stack go without its things; then adopt what that prints',
  ])
  expect(problem).toMatch(/^error: kept\.json: resources\.\S+: \S+ belongs to \S+ in the stack kept/)
})
