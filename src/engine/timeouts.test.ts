// What a type tells of a time to wait is taken for the nearest time that there is.
import { expect, test } from 'vitest'
import { sensibleWait, WAIT_SECONDS_MAX } from './timeouts.js'

test.each([
  [0, 0],
  [2.5, 2.5],
  [-3, 0],
  [Number.NEGATIVE_INFINITY, 0],
  [Number.POSITIVE_INFINITY, WAIT_SECONDS_MAX],
  [1e15, WAIT_SECONDS_MAX],
  [Number.NaN, 1],
])('%s s', (told, taken) => {
  expect(sensibleWait(told)).toBe(taken)
})
