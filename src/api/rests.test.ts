// Waiting for stacks to come to rest.
import { expect, test } from 'vitest'
import { realWorld } from '../lib/world.js'
import type { Sql } from '../store/database.js'
import { Rests } from './rests.js'

/** A database that knows which stacks are at rest, and what it was asked. */
function books(resting: Set<number>) {
  const asked: unknown[] = []
  const sql: Sql = {
    query: async <R extends object>(_: string, values: readonly unknown[] = []) => {
      asked.push(values[0])
      return [...resting].map((id) => ({ id })) as R[]
    },
  }
  return { sql, asked }
}

/** A world in which a wait is over as soon as all that is ready has gone on. */
const hurried = { ...realWorld, sleep: () => new Promise<void>((resolve) => setImmediate(resolve)) }

test('all who wait are answered by one question, each when its own stack is at rest', async () => {
  const resting = new Set<number>()
  const { sql, asked } = books(resting)
  const rests = new Rests(sql, hurried)
  const ended: number[] = []
  const waits = [1, 2, 3].map((id) => rests.of(id).then(() => ended.push(id)))
  resting.add(2)
  await waits[1]
  expect(ended).toEqual([2])
  expect(asked[0]).toEqual([1, 2, 3])
  resting.add(1).add(3)
  await Promise.all(waits)
  expect(asked.at(-1)).toEqual([1, 3])
})

test('who comes later is waited for too, and who looks away is not', async () => {
  const resting = new Set([1])
  const { sql, asked } = books(resting)
  const rests = new Rests(sql, hurried)
  await rests.of(1)
  const away = new AbortController()
  const wait = rests.of(2, away.signal)
  away.abort(new Error('enough'))
  await expect(wait).rejects.toThrow('enough')
  await expect(rests.of(2, away.signal)).rejects.toThrow('enough')
  await rests.of(1)
  expect(asked.at(-1)).toEqual([1])
})

test('who comes while others are looked for less and less often is looked for soon', async () => {
  const { sql, asked } = books(new Set())
  const sleeps: { seconds: number; end: () => void }[] = []
  const sleep = (seconds: number, signal?: AbortSignal) =>
    new Promise<void>((end) => {
      sleeps.push({ seconds, end })
      signal?.addEventListener('abort', () => end())
    })
  const rests = new Rests(sql, { ...realWorld, sleep })
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  void rests.of(1)
  const [first = 0] = sleeps.map(({ seconds }) => seconds)
  for (let looks = 1; looks <= 5; looks++) {
    sleeps.at(-1)?.end()
    await turn()
  }
  expect(sleeps.at(-1)?.seconds).toBeGreaterThan(first)
  void rests.of(2)
  await turn()
  expect(sleeps.at(-1)?.seconds).toBe(first)
  sleeps.at(-1)?.end()
  await turn()
  expect(asked.at(-1)).toEqual([1, 2])
})

test('a look that fails is told to all who wait', async () => {
  const rests = new Rests({ query: () => Promise.reject(new Error('away')) }, hurried)
  await expect(Promise.allSettled([rests.of(1), rests.of(2)])).resolves.toMatchObject([
    { reason: { message: 'away' } },
    { reason: { message: 'away' } },
  ])
})
