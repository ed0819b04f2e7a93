// Questions to a database that comes and goes.
import { expect, test } from 'vitest'
import { realWorld, type World } from '../lib/world.js'
import { DatabaseUnavailable } from '../store/database.js'
import { patiently } from './patience.js'

/** A world in which waiting costs nothing but is counted. */
function hurried(): World {
  let elapsed = 0
  return {
    ...realWorld,
    elapsedSeconds: () => elapsed,
    sleep: async (seconds) => {
      elapsed += seconds
    },
  }
}

const away = () => Promise.reject(new DatabaseUnavailable('away'))

test('an answer is waited for while the database is away', async () => {
  let tries = 0
  expect(await patiently(hurried(), undefined, () => (++tries < 5 ? away() : Promise.resolve('here')))).toBe('here')
  expect(tries).toBe(5)
})

test('the wait has an end', async () => {
  const world = hurried()
  await expect(patiently(world, undefined, away)).rejects.toThrow('away')
  expect(world.elapsedSeconds()).toBeGreaterThan(120)
})

test('nobody waits who has looked away, or whose question is wrong', async () => {
  await expect(patiently(hurried(), AbortSignal.abort(), away)).rejects.toThrow('away')
  await expect(patiently(hurried(), undefined, () => Promise.reject(new Error('wrong')))).rejects.toThrow('wrong')
})
