// The nearest of the known words: found where there is one, and not looked for without end.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { didYouMean, editDistance } from './suggest.js'

test.each([
  ['get_parm', ['get_file', 'get_param'], 'did you mean get_param?'],
  ['pag', ['app', 'page'], 'did you mean page?'],
  ['OS::Heat::Valu', ['OS::Heat::None', 'os::heat::value'], 'did you mean os::heat::value?'],
  ['ab', ['ba'], 'did you mean ba?'],
  ['x', ['y'], undefined],
  ['server', ['volume', 'network'], undefined],
])('%s among %j', (word, known, hint) => {
  expect(didYouMean(word, known)).toBe(hint)
})

const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 12 })

test('a distance that is asked for up to a number is the same up to there', () => {
  fc.assert(
    fc.property(word, word, fc.integer({ min: 0, max: 13 }), (one, other, enough) => {
      expect(Math.min(editDistance(one, other, enough), enough)).toBe(Math.min(editDistance(one, other), enough))
    }),
    { numRuns: 2_000 },
  )
})

test('of two hundred names of thirty letters the last is found, of long ones only some are compared', () => {
  const name = (nth: number) => `${nth}`.padEnd(30, 'n')
  const names = Array.from({ length: 200 }, (_, nth) => name(nth))
  expect(didYouMean('a'.repeat(30), [...names, `b${'a'.repeat(29)}`])).toBe(`did you mean b${'a'.repeat(29)}?`)
  function* endless() {
    for (let nth = 0; ; nth++) yield `${nth}`.padEnd(255, 'n')
  }
  expect(didYouMean('a'.repeat(255), endless())).toBeUndefined()
})
