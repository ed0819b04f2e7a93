// What get_attr reaches inside a resource's attributes: previews and visits ask the same function.
import { expect, test } from 'vitest'
import { selectAttribute } from './select.js'

const attributes = { list: [1, 2, 3], map: { a: 'x' } }

test.each([
  ['list', [0], 1],
  ['list', ['1'], 2],
  ['list', [-1], 3],
  ['list', [''], null],
  ['map', ['a'], 'x'],
  ['map', ['constructor'], null],
  ['toString', [], null],
  ['nothing', ['at', 'all'], null],
  ['show', ['map', 'a'], 'x'],
  [undefined, ['list', 2], 3],
])('%s at %j is %j', (attribute, path, expected) => {
  expect(selectAttribute(attributes, attribute, path)).toEqual(expected)
})
