// The shortest cycle, on graphs written by hand and on random ones.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { shortestCycle } from './cycle.js'

const find = (graph: { [name: string]: string[] }) => shortestCycle(Object.keys(graph), (name) => graph[name] ?? [])

test('a graph without a cycle has none', () => {
  expect(find({ a: ['b', 'c'], b: ['c'], c: [] })).toBeUndefined()
})

test('a name that leads to itself is a cycle of one', () => {
  expect(find({ a: ['b'], b: ['b'] })).toEqual(['b'])
})

test('the shortest cycle of a component is found', () => {
  expect(find({ a: ['b'], b: ['c'], c: ['d'], d: ['a', 'c'] })).toEqual(['c', 'd'])
})

test('successors that are not in the graph are ignored', () => {
  expect(find({ a: ['nowhere'], b: ['a'] })).toBeUndefined()
})

test('a chain and a ring of 100,000 overflow no stack', () => {
  const size = 100_000
  const names = Array.from({ length: size }, (_, index) => `n${index}`)
  expect(shortestCycle(names, (name) => [`n${Number(name.slice(1)) + 1}`])).toBeUndefined()
  expect(shortestCycle(names, (name) => [`n${(Number(name.slice(1)) + 1) % size}`])).toHaveLength(size)
})

test('what is found is a cycle, and something is found exactly when there is one', () => {
  const graphs = fc.array(fc.uniqueArray(fc.nat(9), { maxLength: 3 }), { minLength: 1, maxLength: 10 })
  fc.assert(
    fc.property(graphs, (edges) => {
      const graph = Object.fromEntries(edges.map((nexts, index) => [`n${index}`, nexts.map((next) => `n${next}`)]))
      const cycle = find(graph)
      if (cycle) {
        const follows = cycle.every((name, index) => graph[name]?.includes(cycle[(index + 1) % cycle.length] ?? ''))
        expect(follows).toBe(true)
      } else {
        expect(Object.keys(graph).some((name) => reaches(graph, name, name))).toBe(false)
      }
    }),
  )
})

function reaches(graph: { [name: string]: string[] }, from: string, to: string): boolean {
  const seen = new Set<string>()
  const open = [...(graph[from] ?? [])]
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (name === to) return true
    if (seen.has(name)) continue
    seen.add(name)
    open.push(...(graph[name] ?? []))
  }
  return false
}
