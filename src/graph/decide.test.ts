// The decision table, case by case.
import { expect, test } from 'vitest'
import { type Change, decide, type TypeRules, type VersionState, type WantedState } from './decide.js'

const wanted: WantedState = { type: 'T', propertiesHash: 'new', properties: { v: 2 } }
const rules = (change: Change, whenFailed: 'replace' | 'update' = 'replace'): TypeRules => ({
  change: () => change,
  whenFailed,
})
const version = (over: Partial<VersionState> = {}): VersionState => ({
  id: 1,
  type: 'T',
  action: 'CREATE',
  status: 'COMPLETE',
  state: 'ready',
  physicalId: 'p1',
  propertiesHash: 'old',
  properties: { v: 1 },
  ...over,
})
const fresh = version({ action: 'INIT', physicalId: null, propertiesHash: null, properties: null })
const interruptedCreate = version({ status: 'IN_PROGRESS', physicalId: null, propertiesHash: 'new', properties: null })

test.each<[string, VersionState[], TypeRules, object]>([
  ['equal properties are kept', [version({ propertiesHash: 'new' })], rules('none'), { kind: 'keep', version: 1 }],
  ['a gentle change is made in place', [version()], rules('update'), { kind: 'update', version: 1 }],
  ['a hard change replaces', [version()], rules('replace'), { kind: 'replace' }],
  ['an immutable property refuses', [version()], rules('immutable'), { kind: 'refuse', reason: expect.any(String) }],
  ['a version never begun is created', [fresh], rules('none'), { kind: 'create', version: 1, resume: false }],
  ['another type replaces', [version({ type: 'U' })], rules('update'), { kind: 'replace' }],
  ['another type replaces even what was never begun', [{ ...fresh, type: 'U' }], rules('update'), { kind: 'replace' }],
  [
    'an interrupted create of the same thing is resumed',
    [interruptedCreate],
    rules('none'),
    { kind: 'create', version: 1, resume: true },
  ],
  [
    'an interrupted create of something else makes way',
    [{ ...interruptedCreate, propertiesHash: 'other' }],
    rules('update'),
    { kind: 'replace' },
  ],
  [
    'an interrupted update to the same properties is resumed',
    [version({ action: 'UPDATE', status: 'IN_PROGRESS', propertiesHash: 'new' })],
    rules('update'),
    { kind: 'update', version: 1 },
  ],
  [
    'a failed version is replaced',
    [version({ status: 'FAILED', propertiesHash: 'new' })],
    rules('none'),
    { kind: 'replace' },
  ],
  [
    'a failed version is mended in place where its type says so',
    [version({ status: 'FAILED', propertiesHash: 'new' })],
    rules('none', 'update'),
    { kind: 'update', version: 1 },
  ],
  [
    'a create that failed without an id is tried again on the same version where its type says so',
    [version({ status: 'FAILED', physicalId: null })],
    rules('update', 'update'),
    { kind: 'create', version: 1, resume: true },
  ],
  [
    'an earlier version that fits is taken back',
    [version(), version({ id: 7, state: 'idle', propertiesHash: 'new', physicalId: 'p7' })],
    rules('update'),
    { kind: 'keep', version: 7 },
  ],
  [
    'an earlier version that an engine is working on cannot be taken',
    [version(), version({ id: 7, state: 'running', propertiesHash: 'new', physicalId: 'p7' })],
    rules('update'),
    { kind: 'update', version: 1 },
  ],
  [
    'an earlier version whose deletion has begun is never taken back',
    [version(), version({ id: 7, state: 'idle', action: 'DELETE', propertiesHash: 'new' })],
    rules('replace'),
    { kind: 'replace' },
  ],
])('%s', (_, versions, typeRules, step) => {
  const [first, ...others] = versions
  if (!first) throw new Error('a case needs a version')
  expect(decide([first, ...others], wanted, typeRules)).toEqual(step)
})
