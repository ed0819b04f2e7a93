// What the pictures of a stack at work say, word by word, from values made by hand.
import { createColors } from 'picocolors'
import { describe, expect, it } from 'vitest'
import type { EventView, GraphResource, ProgressResource, ProgressView, StackView } from '../../index.js'
import { count, type Line, plain, render, span, tame } from './line.js'
import { drawEnd, drawFinal, drawLive, drawOutputs, type Scene } from './live.js'
import { drawError, drawProblems } from './problems.js'
import { type Story, tell } from './story.js'
import { drawStack, drawStacks } from './tables.js'
import { branches, drawTree } from './tree.js'

const text = (lines: readonly Line[]): string => `\n${lines.map(plain).join('\n')}\n`

const resource = (name: string, fields: Partial<ProgressResource> = {}): ProgressResource => ({
  name,
  type: 'Acme::Thing',
  physicalId: null,
  status: 'INIT_COMPLETE',
  reason: null,
  version: 1,
  current: true,
  state: 'waiting',
  requires: [],
  awaiting: 0,
  attempt: 0,
  hook: null,
  elapsedSeconds: null,
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
  waitsFor: [],
  nextAttemptSeconds: null,
  ...fields,
})

const node = (name: string, ...requires: string[]): GraphResource => ({ name, type: 'Acme::Thing', requires })

function viewOf(resources: readonly ProgressResource[], fields: Partial<ProgressView> = {}): ProgressView {
  const inState = (state: string) => resources.filter((one) => one.state === state).length
  return {
    stack: 'web',
    status: 'CREATE_IN_PROGRESS',
    reason: '',
    traversal: 1,
    total: resources.length,
    visited: resources.length,
    counts: {
      done: inState('idle'),
      failed: 0,
      running: inState('running'),
      parked: inState('parked'),
      ready: inState('ready'),
      waiting: inState('waiting'),
    },
    resources,
    complete: true,
    ...fields,
  }
}

const REST: StackView = {
  id: '1',
  name: 'web',
  project: 'default',
  status: 'ROLLBACK_COMPLETE',
  reason: 'rolled back because: no room',
  description: '',
  traversal: 2,
  parameters: {},
  tags: [],
  madeBy: null,
  timeoutMinutes: null,
  rollbackDisabled: null,
  outputs: {},
  createdAt: '',
  updatedAt: null,
  deletedAt: null,
  parent: null,
  watch: null,
  failing: null,
}

const event = (name: string, status: string, at: string): EventView => ({
  id: '1-1',
  at: `2026-01-01T00:00:${at}Z`,
  traversal: 1,
  stack: 'web',
  resource: name,
  type: 'Acme::Thing',
  status,
})

const scene = (view: ProgressView, graph: readonly GraphResource[], story: Story = new Map()): Scene => ({
  view,
  graph: { resources: graph },
  story,
  elapsedSeconds: 12.34,
  initially: view.total,
  tick: 0,
})

const diamond = [node('base'), node('left', 'base'), node('right', 'base'), node('top', 'left', 'right')]
const atWork = [
  resource('base', { state: 'idle', status: 'CREATE_COMPLETE' }),
  resource('left', { state: 'running', status: 'CREATE_IN_PROGRESS', elapsedSeconds: 2.2, attempt: 1 }),
  resource('right', {
    state: 'parked',
    status: 'CREATE_IN_PROGRESS',
    elapsedSeconds: 61,
    attempt: 2,
    reason: 'the far side is busy',
    nextAttemptSeconds: 4,
  }),
  resource('top', { awaiting: 2, waitsFor: ['left', 'right'] }),
]
const begun = tell(new Map(), [
  event('base', 'CREATE_IN_PROGRESS', '01.000'),
  event('base', 'CREATE_COMPLETE', '02.500'),
  event('left', 'CREATE_IN_PROGRESS', '02.600'),
])

describe('the live picture', () => {
  it('says what engines fail for, since when, and when they try again', () => {
    const failing = { stack: 'web', why: 'cursed', since: '', failingSeconds: 70, nextAttemptSeconds: 14.2 }
    const last = (view: Partial<ProgressView>) =>
      plain(drawLive(scene(viewOf(atWork, view), diamond, begun), { rows: 20, columns: 100 }).at(-1) ?? [])
    expect(last({ failing })).toBe('engines fail to go on with web (for 1 min 10 s, tried again in 15 s): cursed')
    expect(last({ failing: { ...failing, nextAttemptSeconds: null } })).toContain(
      '(for 1 min 10 s, no engine is there)',
    )
  })

  it('is the whole tree when it fits, and says what everything waits for', () => {
    expect(text(drawLive(scene(viewOf(atWork), diamond, begun), { rows: 20, columns: 100 }))).toBe(`
web is being created 12.3 s

✔ base       Acme::Thing  created        1.5 s
├─ ◐ left    Acme::Thing  creating       2.2 s
│  └─ · top  Acme::Thing  waiting               waits for left, right
└─ ◷ right   Acme::Thing  creating  1 min 01 s  the far side is busy; attempt 3, again in 4.0 s

waiting for right (1 min 01 s) and 1 other · Ctrl-C detaches
`)
  })

  it('never leaves the screen: what does not fit is counted', () => {
    const many = Array.from({ length: 50 }, (_, index) =>
      index < 3
        ? resource(`r${index}`, { state: 'running', status: 'CREATE_IN_PROGRESS', elapsedSeconds: 9 - index })
        : resource(`r${index}`, { awaiting: 1, waitsFor: ['r0'] }),
    )
    const counts = { done: 2_500, failed: 0, running: 3, parked: 0, ready: 0, waiting: 7_497 }
    const view = viewOf(many, { total: 10_000, visited: 10_000, complete: false, counts })
    const lines = drawLive(scene(view, []), { rows: 13, columns: 80 })
    expect(text(lines)).toBe(`
web is being created 12.3 s

  ━━━━━━━───────────────────────  2,500 of 10,000
  ◐ 3 at work   ○ 0 next   · 7,497 waiting

  ◐ r0  Acme::Thing  creating   9.0 s
  ◐ r1  Acme::Thing  creating   8.0 s
  ◐ r2  Acme::Thing  creating   7.0 s
  · r3  Acme::Thing  waiting           waits for r0

waiting for r0 (9.0 s) and 2 others · Ctrl-C detaches
`)
    for (let rows = 8; rows < 40; rows++) {
      expect(drawLive(scene(view, []), { rows, columns: 80 }).length).toBeLessThan(rows)
      expect(drawLive(scene(viewOf(atWork), diamond), { rows, columns: 80 }).length).toBeLessThan(rows)
    }
  })

  it('cuts a line that is longer than the screen is wide', () => {
    const paint = createColors(false)
    expect(render(['a long ', { text: 'line of words', tone: 'bad' }], paint, 12)).toBe('a long line…')
    expect(render(['a long ', { text: 'line', tone: 'bad' }], paint, 11)).toBe('a long line')
  })
})

describe('the tree', () => {
  it('shows each resource once, below the last one it comes after', () => {
    expect(
      branches([
        { key: 'a', after: [] },
        { key: 'b', after: ['a'] },
        { key: 'c', after: ['a', 'b'] },
        { key: 'd', after: ['nobody'] },
      ]),
    ).toEqual([
      { key: 'a', prefix: '' },
      { key: 'b', prefix: '└─ ' },
      { key: 'c', prefix: '   └─ ' },
      { key: 'd', prefix: '' },
    ])
  })

  it('keeps its shape while a stack is taken down, and tells what went', () => {
    const story = tell(new Map(), [
      event('top', 'DELETE_IN_PROGRESS', '01.000'),
      event('top', 'DELETE_COMPLETE', '01.400'),
    ])
    const base = resource('base', { state: 'running', status: 'DELETE_IN_PROGRESS', elapsedSeconds: 0.5 })
    const view = viewOf([base], { status: 'DELETE_IN_PROGRESS' })
    expect(text(drawTree(view, { resources: [node('base'), node('top', 'base')] }, story))).toBe(`
◐ base    Acme::Thing  deleting   0.5 s
└─ ✔ top  Acme::Thing  deleted    0.4 s
`)
  })

  it('shows an old version below the new one that takes its place', () => {
    const view = viewOf([
      resource('web', { state: 'idle', status: 'CREATE_COMPLETE', version: 2 }),
      resource('web', { state: 'idle', status: 'CREATE_COMPLETE', current: false, version: 1 }),
    ])
    const story = tell(new Map(), [
      event('web', 'CREATE_IN_PROGRESS', '01.000'),
      event('web', 'CREATE_COMPLETE', '02.000'),
    ])
    expect(text(drawTree(view, { resources: [node('web')] }, story))).toBe(`
✔ web           Acme::Thing  created     1.0 s
└─ · web (old)  Acme::Thing  goes last
`)
  })

  it('says what was not reached when the stack has stopped', () => {
    const view = viewOf(
      [
        resource('bad', { state: 'idle', status: 'CREATE_FAILED', reason: 'no room' }),
        resource('next', { awaiting: 1 }),
      ],
      { status: 'CREATE_FAILED' },
    )
    expect(text(drawFinal(scene(view, [node('bad'), node('next', 'bad')])))).toBe(`
✖ bad      Acme::Thing  failed       no room
└─ · next  Acme::Thing  not reached
`)
  })

  it('of a chain of a thousand stays on the screen', () => {
    const chain = Array.from({ length: 60 }, (_, index) => ({
      key: `r${index}`,
      after: index === 0 ? [] : [`r${index - 1}`],
    }))
    const prefixes = branches(chain).map(({ prefix }) => prefix.length)
    expect(prefixes).toHaveLength(60)
    expect(Math.max(...prefixes)).toBeLessThan(40)
  })
})

it('outputs stand in the order of their names', () => {
  const outputs = { url: { value: 'here' }, a: { value: 1 }, code: { value: 7 } }
  expect(text(drawOutputs(outputs)).trim().split(/\s+/)).toEqual(['a', '1', 'code', '7', 'url', 'here'])
})

it('lists and shows say of a stack that is put aside why it does not go on', () => {
  const failing = { stack: 'web', why: 'cursed', since: '', failingSeconds: 70, nextAttemptSeconds: 14.2 }
  const stack = { ...REST, status: 'UPDATE_IN_PROGRESS', reason: '', failing }
  expect(text(drawStacks([stack]))).toContain('web    UPDATE_IN_PROGRESS, put aside')
  expect(text(drawStack(stack))).toContain(
    'engines fail to go on with web (for 1 min 10 s, tried again in 15 s): cursed',
  )
})

it('the end says what became of the stack, and why', () => {
  const stack = REST
  expect(text(drawEnd(stack, false, 75))).toBe(`
✖ web: ROLLBACK_COMPLETE after 1 min 15 s
  rolled back because: no room
`)
  expect(text(drawEnd({ ...stack, status: 'UPDATE_COMPLETE' }, true, 0.25))).toBe(`
✔ web: UPDATE_COMPLETE after 0.3 s
`)
})

describe('problems', () => {
  it('say place, cause and hint, and show the line', () => {
    const source = 'resources:\n  a: {type: Acme::Thin}\n'
    const problem = {
      file: 'web.yaml',
      line: 2,
      column: 7,
      path: 'resources.a.type',
      message: 'there is no type Acme::Thin',
      hint: 'did you mean Acme::Thing?',
    }
    expect(text(drawProblems([problem], () => source))).toBe(`
error: web.yaml:2:7: resources.a.type: there is no type Acme::Thin
    2 |   a: {type: Acme::Thin}
      |       ^^^^
  hint: did you mean Acme::Thing?
`)
  })

  it('without a place are told all the same', () => {
    expect(text(drawError('no template', 'name one'))).toBe('\nerror: no template\n  hint: name one\n')
  })
})

it('spans and counts are written for people', () => {
  expect([0, 59.94, 59.96, 3_599, 3_600, 7_384].map(span)).toEqual([
    '0.0 s',
    '59.9 s',
    '1 min 00 s',
    '59 min 59 s',
    '1 h 00 min',
    '2 h 03 min',
  ])
  expect([0, 999, 1_000, 1_234_567].map(count)).toEqual(['0', '999', '1,000', '1,234,567'])
})

it('what others say cannot move the cursor', () => {
  expect(tame('a\u001b[2Jb\nc')).toBe('a\ufffd[2Jb⏎c')
})
