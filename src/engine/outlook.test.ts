// Whose turn it is: outermost stacks after one another, and nested ones with those that they are nested in.
import { expect, test } from 'vitest'
import { realWorld } from '../lib/world.js'
import type { StackWork } from '../store/claim.js'
import type { Sql } from '../store/database.js'
import { Outlook } from './outlook.js'

const due = (id: number, rootId: number | null = null) => ({ id, rootId, due: true })

async function outlookOn(stacks: readonly Pick<StackWork, 'id' | 'rootId' | 'due'>[]): Promise<Outlook> {
  // What else a look tells of a stack is nothing to turns.
  const answer: unknown = stacks
  const sql: Sql = { query: async <R extends object>() => answer as R[] }
  const outlook = new Outlook(sql, realWorld)
  await outlook.look()
  return outlook
}

const many = (first: number, count: number, rootId: number | null = null) =>
  Array.from({ length: count }, (_, nth) => due(first + nth, rootId))
const each = (ids: readonly number[], rows: number) => new Map(ids.map((id) => [id, rows]))

test('outermost stacks take turns, and each is served once before any is served again', async () => {
  const outlook = await outlookOn(many(1, 5))
  expect([outlook.inTurn(2), outlook.inTurn(2), outlook.inTurn(2)]).toEqual([
    [1, 2],
    [3, 4],
    [5, 1],
  ])
})

test('of nested stacks no more are asked than fill a turn, and the next turn begins after the last that was served', async () => {
  const outlook = await outlookOn(many(10, 100, 1))
  expect(outlook.inTurn(40)).toEqual(many(10, 40).map(({ id }) => id))
  // Four of them filled the turn with ten rows each.
  outlook.served(each([10, 11, 12, 13], 10), 40)
  expect(outlook.inTurn(40)).toEqual([14, 15, 16, 17, 18, 19])
  // With a row each, all that were asked have had their turn.
  outlook.served(each([14, 15, 16, 17, 18, 19], 1), 40)
  expect(outlook.inTurn(4)).toEqual([20, 21, 22, 23])
})

test('a stack nested in one outermost stack does not wait for the many that are nested in another', async () => {
  const outlook = await outlookOn([...many(10, 1_000, 1), due(5_000, 2)])
  expect(outlook.inTurn(8)).toContain(5_000)
  outlook.served(each([10, 11], 4), 8)
  expect(outlook.inTurn(8).slice(0, 2).sort()).toEqual([12, 5_000])
})

test('a look is taken for granted for a moment by the clock, and not at all once something has changed', async () => {
  let now = 100
  let announced = false
  const sql: Sql = {
    query: async () => {
      if (announced) outlook.spoil()
      return []
    },
  }
  const outlook = new Outlook(sql, { ...realWorld, elapsedSeconds: () => now })
  expect(outlook.isGood).toBe(false)
  await outlook.look()
  expect(outlook.isGood).toBe(true)
  now += 1
  expect(outlook.isGood).toBe(false)
  await outlook.look()
  outlook.spoil()
  expect(outlook.isGood).toBe(false)
  // What is announced while the question is under way may not be in the answer.
  announced = true
  await outlook.look()
  expect(outlook.isGood).toBe(false)
})

test('a look that took long is not taken for granted for longer than some seconds', async () => {
  let now = 100
  const sql: Sql = {
    query: async () => {
      now += 14
      return []
    },
  }
  const outlook = new Outlook(sql, { ...realWorld, elapsedSeconds: () => now })
  await outlook.look()
  expect(outlook.isGood).toBe(true)
  now += 5
  expect(outlook.isGood).toBe(false)
})

test('what is left is not seen again before the next look', async () => {
  const outlook = await outlookOn(many(1, 3))
  outlook.leave(({ id }) => id === 2)
  expect(outlook.work.map(({ id }) => id)).toEqual([1, 3])
  expect(outlook.inTurn(3)).toEqual([1, 3])
})
