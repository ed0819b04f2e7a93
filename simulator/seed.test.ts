// Fixed worlds: each holds, and is the same world every time.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../src/store/database.js'
import { openDatabase } from '../src/store/open.js'
import { runSeed } from './seed.js'

let database: Database
beforeAll(async () => {
  database = await openDatabase('memory:')
})
afterAll(() => database.close())

describe('the engine holds in the world of', () => {
  // Beside some ordinary seeds: those that fell while the engine was being written.
  test.each([1, 2, 3, 6, 8, 51, 79, 87, 109, 127, 150, 178, 186, 190])(
    'seed %i',
    { timeout: 120_000 },
    async (seed) => {
      const { violations, story } = await runSeed(database, { seed })
      expect(violations, story.slice(-40).join('\n')).toEqual([])
    },
  )
})

test('a seed tells the same story every time', { timeout: 120_000 }, async () => {
  const one = await runSeed(database, { seed: 5, steps: 120 })
  const other = await runSeed(database, { seed: 5, steps: 120 })
  expect(other.story).toEqual(one.story)
})
