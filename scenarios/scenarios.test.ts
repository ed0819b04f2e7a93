// Every scenario, as written and varied: other numbers of steps between two commands, other types, an engine killed.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { allScenarios } from '../simulator/all-scenarios.js'
import { tell } from '../simulator/scenario.js'
import type { Database } from '../src/store/database.js'
import { openDatabase } from '../src/store/open.js'

const scenarios = await allScenarios()
let database: Database
beforeAll(async () => {
  database = await openDatabase('memory:')
})
afterAll(() => database.close())

test('there is a scenario for every story', () => {
  expect(scenarios.size).toBeGreaterThanOrEqual(40)
})

describe.each([...scenarios])('%s', (_name, scenario) => {
  test.each([0, 2])('holds in variation %i', { timeout: 120_000 }, async (variation) => {
    const { violations, story } = await tell(database, scenario, { variation })
    expect(violations, story.slice(-40).join('\n')).toEqual([])
  })
})
