// Python's spelling of values, which Heat's templates have come to rely on.
import { expect, test } from 'vitest'
import { pythonReal } from './text.js'

test.each([
  [1, '1.0'],
  [-0, '-0.0'],
  [0.1, '0.1'],
  [1e15, '1000000000000000.0'],
  [1e16, '1e+16'],
  [1.2345678901234567e19, '1.2345678901234567e+19'],
  [1e22, '1e+22'],
  [1.5e300, '1.5e+300'],
  [0.00001, '1e-05'],
  [1.5e-10, '1.5e-10'],
  [5e-324, '5e-324'],
])('a real number %d is written %s', (value, text) => expect(pythonReal(value)).toBe(text))
