// Whatever is sent to it, the server says no in proper form and goes on. Many more requests: `npm run fuzz:api`.
import { expect, test } from 'vitest'
import { fuzz } from './fuzz.js'

test('malformed requests to any route are refused in proper form, and never break the server', async () => {
  const { faults, statuses } = await fuzz(300, 5)
  expect(faults).toEqual([])
  expect([...statuses.keys()].filter((status) => status >= 400).length).toBeGreaterThan(2)
}, 240_000)
