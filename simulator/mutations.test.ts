// The simulator can fail: each fault that is built into the engine is caught by a seed.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../src/store/database.js'
import { openDatabase } from '../src/store/open.js'
import { allScenarios } from './all-scenarios.js'
import { mutations } from './mutations.js'
import { tell } from './scenario.js'
import { runSeed } from './seed.js'

const scenarios = await allScenarios()
let database: Database
beforeAll(async () => {
  database = await openDatabase('memory:')
})
afterAll(() => database.close())

describe('the simulator sees when', () => {
  test.each(mutations)('$about', { timeout: 180_000 }, async ({ falls, apply }) => {
    const { rewrite, farSide, matched } = apply()
    const fault = { ...(rewrite && { rewrite }), ...(farSide && { farSide }) }
    const violations: string[] = []
    if ('scenario' in falls) {
      const scenario = scenarios.get(falls.scenario)
      if (scenario)
        violations.push(...(await tell(database, scenario, { ...fault, variation: falls.variation })).violations)
    } else {
      for (const seed of falls) {
        violations.push(...(await runSeed(database, { ...fault, seed, steps: 150 })).violations)
        if (violations.length > 0) break
      }
    }
    expect(matched(), 'the mutation must meet its statement').toBe(true)
    expect(violations).not.toEqual([])
  })
})
