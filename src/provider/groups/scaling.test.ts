// What a policy's adjustment comes to: the arithmetic of Heat, case by case.
import { describe, expect, test } from 'vitest'
import { type Adjustment, adjusted, readAdjustment, restFrom, restOf } from './scaling.js'

const percent = (adjustment: number, stepMin?: number): Adjustment => ({
  adjustment,
  type: 'percent_change_in_capacity',
  stepMin,
})

describe('the new size of a group', () => {
  test.each<[string, number, Adjustment, number]>([
    ['a change', 3, { adjustment: 2, type: 'change_in_capacity', stepMin: undefined }, 5],
    ['a change past the bounds', 3, { adjustment: -7, type: 'change_in_capacity', stepMin: undefined }, 1],
    ['an exact size', 3, { adjustment: 7, type: 'exact_capacity', stepMin: undefined }, 7],
    ['an exact size past the bounds', 3, { adjustment: 70, type: 'exact_capacity', stepMin: undefined }, 10],
    ['a percentage', 4, percent(50), 6],
    ['more than one is rounded towards none', 5, percent(50), 7],
    ['likewise downward', 5, percent(-50), 3],
    ['less than one counts as one', 3, percent(10), 4],
    ['likewise downward', 3, percent(-10), 2],
    ['at least the least step', 4, percent(25, 3), 7],
    ['likewise downward', 9, percent(-12, 4), 5],
    ['nothing is nothing', 4, percent(0, 3), 4],
  ])('%s: from %i', (_, size, adjustment, wanted) => {
    expect(adjusted(size, adjustment, { min: 1, max: 10 })).toBe(wanted)
  })
})

test('what a group is told is checked', () => {
  expect(() => readAdjustment({ adjustment: 'many' })).toThrow('adjustment (a whole number)')
  expect(() => readAdjustment({ adjustment: 1, adjustment_type: 'double' })).toThrow('change_in_capacity')
  expect(() => readAdjustment(null)).toThrow('a signal to a group has adjustment')
})

test('a rest ends by the clock that is handed in', () => {
  expect(restOf(restFrom(100, 60))).toBe(160)
  expect(restOf(restFrom(100, undefined))).toBe(0)
})
