// Planning, over rows written by hand.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hashOf } from '../lib/json.js'
import { planTraversal, type VersionSummary } from './plan.js'
import { WantedGraph, type WantedNode } from './wanted.js'

const node = (hash: string, ...requires: string[]): WantedNode => ({ hash: hashOf(hash), requires })
const wanted = (nodes: { [name: string]: WantedNode }) => WantedGraph.of(Object.entries(nodes))
const version = (id: number, name: string, hash: string, over: Partial<VersionSummary> = {}): VersionSummary => ({
  id,
  name,
  current: true,
  action: 'CREATE',
  status: 'COMPLETE',
  state: 'idle',
  phase: null,
  definitionHash: hashOf(hash),
  ...over,
})

test('everything new is armed, each node awaiting its predecessors', () => {
  const plan = planTraversal(wanted({ a: node('1'), b: node('1', 'a'), c: node('1', 'a', 'b') }), [])
  expect([...plan.cone].map(([name, { awaiting, dependants }]) => [name, awaiting, dependants])).toEqual([
    ['a', 0, ['b', 'c']],
    ['b', 1, ['c']],
    ['c', 2, []],
  ])
  expect(plan.retired).toEqual([])
})

test('what has not changed is outside the cone, what is downstream of a change is inside', () => {
  const rows = [version(1, 'a', '1'), version(2, 'b', '1'), version(3, 'c', '1'), version(4, 'd', '1')]
  const plan = planTraversal(wanted({ a: node('1'), b: node('2', 'a'), c: node('1', 'b'), d: node('1', 'a') }), rows)
  expect([...plan.cone].map(([name, { cause }]) => [name, cause])).toEqual([
    ['b', { kind: 'definition' }],
    ['c', { kind: 'dependency', on: 'b' }],
  ])
  // a is outside, so nobody will tell b of it.
  expect(plan.cone.get('b')?.awaiting).toBe(0)
})

test.each([
  ['failed', { status: 'FAILED' }, 'failed'],
  ['under way', { status: 'IN_PROGRESS', state: 'running' }, 'unfinished'],
  ['pending', { state: 'parked' }, 'unfinished'],
  ['left stale by a superseded traversal', { phase: 'update' }, 'stale'],
  ['suspended', { phase: 'update', action: 'SUSPEND' }, 'suspended'],
  ['never begun', { action: 'INIT' }, 'new'],
] as const)('a version that is %s is visited although its definition is the same', (_, over, kind) => {
  const plan = planTraversal(wanted({ a: node('1') }), [version(1, 'a', '1', over)])
  expect(plan.cone.get('a')?.cause).toEqual({ kind })
})

test('a name that goes retires its version; when it comes back the newest usable version carries it', () => {
  const rows = [
    version(1, 'a', '1', { current: false }),
    version(2, 'a', '2', { current: false }),
    version(3, 'b', '1'),
  ]
  const plan = planTraversal(wanted({ a: node('1') }), rows)
  expect(plan.retired).toEqual([3])
  expect(plan.restored).toEqual([2])
  expect(plan.cone.get('a')).toMatchObject({ id: 2, cause: { kind: 'restored' } })
})

test('a version whose deletion has begun never comes back', () => {
  const plan = planTraversal(wanted({ a: node('1') }), [version(1, 'a', '1', { current: false, action: 'DELETE' })])
  expect(plan.restored).toEqual([])
  expect(plan.cone.get('a')?.id).toBeUndefined()
})

/** Random layered templates over a few names, with rows of which some equal what is wanted. */
const worlds = fc.array(
  fc.record({ changed: fc.boolean(), exists: fc.boolean(), needs: fc.array(fc.nat(20), { maxLength: 3 }) }),
  {
    maxLength: 20,
  },
)

test('for any template: arrivals balance, the cone is closed downstream, and nothing outside it changed', () => {
  fc.assert(
    fc.property(worlds, (items) => {
      const nodes = new Map<string, WantedNode>()
      const rows: VersionSummary[] = []
      items.forEach(({ changed, exists, needs }, i) => {
        const requires = [...new Set(needs.filter((needed) => needed < i).map((needed) => `r${needed}`))]
        nodes.set(`r${i}`, node(changed ? 'new' : 'old', ...requires))
        if (exists) rows.push(version(i + 1, `r${i}`, 'old'))
      })
      const { cone } = planTraversal(WantedGraph.of(nodes), rows)
      const told = [...cone.values()].reduce((sum, armed) => sum + armed.dependants.length, 0)
      const awaited = [...cone.values()].reduce((sum, armed) => sum + armed.awaiting, 0)
      expect(told).toBe(awaited)
      for (const [name, { requires, hash }] of nodes) {
        const mustBeIn =
          hash === hashOf('new') ||
          !rows.some((row) => row.name === name) ||
          requires.some((required) => cone.has(required))
        expect(cone.has(name)).toBe(mustBeIn)
      }
    }),
  )
})

/** A version in any of the ways in which it may be left. */
const versionsLeft = fc.constantFrom<Partial<VersionSummary>>(
  {},
  {},
  {},
  { status: 'FAILED' },
  { status: 'IN_PROGRESS', state: 'running', phase: 'update' },
  { state: 'parked' },
  { phase: 'update' },
  { action: 'INIT', phase: 'update', state: 'ready' },
  { current: false },
  { current: false, action: 'DELETE' },
)
const isRestless = ({ status, state, phase }: VersionSummary) =>
  status === 'FAILED' || state === 'running' || state === 'parked' || phase !== null

test('planning from the changed outward gives the same plan as planning from the whole', () => {
  const items = fc.array(
    fc.record({
      wanted: fc.boolean(),
      hash: fc.constantFrom('old', 'old', 'new'),
      left: fc.option(versionsLeft),
      needs: fc.array(fc.nat(20), { maxLength: 3 }),
    }),
    { maxLength: 20 },
  )
  fc.assert(
    fc.property(items, (resources) => {
      const nodes = new Map<string, WantedNode>()
      const rows: VersionSummary[] = []
      resources.forEach(({ wanted: isWanted, hash, left, needs }, i) => {
        const requires = [...new Set(needs.filter((needed) => needed < i).map((needed) => `r${needed}`))]
        if (isWanted) nodes.set(`r${i}`, node(hash, ...requires))
        if (left) rows.push(version(i + 1, `r${i}`, 'old', left))
      })
      const whole = WantedGraph.of(nodes)
      const expected = planTraversal(whole, rows)

      // What a command reads: what differs from the definitions in force, what is not at rest, and whatever follows.
      const inForce = new Set(rows.filter(({ current }) => current).map(({ name }) => name))
      const changed = [...nodes.keys()].filter((name) => !inForce.has(name) || nodes.get(name)?.hash === hashOf('new'))
      const restless = rows.filter((row) => row.current && isRestless(row)).map(({ name }) => name)
      const part = whole.downstreamOf([...changed, ...restless])
      const read = rows.filter(({ name }) => part.numberOf(name) !== undefined || !nodes.has(name))
      const plan = planTraversal(part, read)

      expect(new Map(plan.cone)).toEqual(new Map(expected.cone))
      expect([...plan.retired].sort()).toEqual([...expected.retired].sort())
      expect([...plan.restored].sort()).toEqual([...expected.restored].sort())
    }),
    { numRuns: 1_000 },
  )
})
