// What a preview says, word by word.
import { describe, expect, it } from 'vitest'
import type { ChangeView, Preview } from '../../index.js'
import { drawDifference } from './differences.js'
import { type Line, plain } from './line.js'
import { drawLosses, drawPreview } from './preview.js'

const text = (lines: readonly Line[]): string => `\n${lines.map(plain).join('\n')}\n`

const change = (name: string, action: ChangeView['action'], fields: Partial<ChangeView> = {}): ChangeView => ({
  name,
  type: 'Acme::Thing',
  action,
  certain: true,
  possibly: [],
  differences: [],
  reasons: [],
  ...fields,
})

const none = { create: 0, update: 0, replace: 0, keep: 0, delete: 0, retain: 0, fail: 0 }
const preview: Preview = {
  stack: 'web',
  isNew: false,
  changed: true,
  summary: { ...none, create: 1, update: 1, replace: 1, delete: 1, keep: 3 },
  changes: [
    change('new', 'create', { reasons: [{ text: 'new does not exist yet' }] }),
    change('front', 'update', {
      certain: false,
      possibly: ['replace', 'keep'],
      differences: [{ name: 'env', before: { A: 1 }, known: false, onChange: 'replace' }],
      reasons: [{ text: 'env depends on server, known only after apply' }],
    }),
    change('server', 'replace', {
      differences: [
        { name: 'size', before: 1, after: 2, known: true, onChange: 'update' },
        {
          name: 'zone',
          before: { name: 'a', tags: ['x'] },
          after: { name: 'b', tags: ['x'] },
          known: true,
          onChange: 'replace',
        },
        { name: 'password', before: '******', after: '******', known: true, onChange: 'update' },
      ],
      reasons: [
        { text: 'zone changes', place: { file: 'web.yaml', line: 12, column: 7 } },
        { text: 'the definition of server changed', place: { file: 'web.yaml', line: 9, column: 3 } },
      ],
    }),
    change('old', 'delete', { reasons: [{ text: 'no longer in the template' }] }),
  ],
}

describe('a preview', () => {
  it('begins with the summary, then what is lost, with reasons and places', () => {
    expect(text(drawPreview(preview))).toBe(`
web: 1 to replace, 1 to delete, 1 to update (1 perhaps), 1 to create, 3 stay

  -/+ replace  server  Acme::Thing
        size: 1 -> 2
        zone.name: "a" -> "b"  (needs a new one)
        password: ****** -> ******
        because zone changes  web.yaml:12
                the definition of server changed  web.yaml:9

    - delete  old  Acme::Thing
        because no longer in the template

    ~ update, replace or keep  front  Acme::Thing
        env: {"A":1} -> (known after apply)  (may need a new one)
        because env depends on server, known only after apply

    + create  new  Acme::Thing
`)
  })

  it('names what is only called otherwise', () => {
    const moved = change('new', 'keep', {
      movedFrom: 'old',
      reasons: [{ text: 'it was called old and keeps its thing' }],
    })
    const renaming = { ...preview, summary: { ...none, keep: 3 }, changes: [moved] }
    expect(text(drawPreview(renaming))).toBe(`
web: 1 to rename, 2 stay

    > rename  old -> new  Acme::Thing
`)
  })

  it('names what may be lost in the question', () => {
    expect(drawLosses(preview)).toBe('delete old; replace server; perhaps replace front')
    const also = [...preview.changes, change('db', 'fail', { problem: 'it is protected' })]
    expect(drawLosses({ ...preview, changes: also })).toContain('; perhaps replace front; fail to change db')
    expect(drawLosses({ ...preview, changes: [change('new', 'create')] })).toBeUndefined()
  })

  it('of nothing says so', () => {
    const empty = { ...preview, changed: false, summary: { ...none, keep: 1 }, changes: [] }
    expect(text(drawPreview(empty))).toBe('\nweb: nothing to change, 1 stays\n')
    expect(text(drawPreview({ ...empty, isNew: true, summary: none }))).toBe('\nweb (new): no resources\n')
  })

  it('of ten thousand is short', () => {
    const changes = Array.from({ length: 10_000 }, (_, index) => change(`r${index}`, 'create'))
    const lines = drawPreview({ ...preview, summary: { ...none, create: 10_000 }, changes })
    expect(lines.length).toBeLessThan(40)
    expect(plain(lines.at(-1) ?? [])).toBe('      … and 9,970 more to create (--json shows all)')
  })
})

describe('a difference', () => {
  const draw = (before: string, after: string) =>
    text(drawDifference({ name: 'content', before, after, known: true, onChange: 'update' }, 'update'))

  it('of texts shows the lines that differ', () => {
    expect(draw('a\nb\nc\n', 'a\nB\nBB\nc\n')).toBe('\ncontent:\n  - b\n  + B\n  + BB\n')
  })

  it('of long values is shortened', () => {
    expect(draw('x'.repeat(500), 'y'.repeat(500)).length).toBeLessThan(200)
  })
})
