// A bounded walk through every small world; `npm run simulate -- --exhaustive` walks them to the end.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../src/store/database.js'
import { openDatabase } from '../src/store/open.js'
import { walk } from './exhaustive.js'
import { smallWorlds } from './small-worlds.js'

let database: Database
beforeAll(async () => {
  database = await openDatabase('memory:')
})
afterAll(() => database.close())

describe('every interleaving that was walked holds:', () => {
  test.each(smallWorlds)('$name', { timeout: 120_000 }, async (world) => {
    const { violations, story, states } = await walk(database, world, { limit: 15 })
    expect(violations, story.join('\n')).toEqual([])
    expect(states).toBeGreaterThan(10)
  })
})
