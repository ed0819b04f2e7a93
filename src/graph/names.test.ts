// Numbers for names: one for each, whatever the names are and however many.
import { expect, test } from 'vitest'
import { Names } from './names.js'

test('each name has a number of its own, in the order in which they came, however many there are', () => {
  const names = new Names()
  const texts = Array.from({ length: 20_000 }, (_, nth) => (nth % 2 === 0 ? `r${nth}` : `wörld ${nth * 7} 🌍`))
  const given = [...texts, ...texts].map((text) => names.add(text))
  expect(given).toEqual([...texts.keys(), ...texts.keys()])
  expect(names.size).toBe(texts.length)
  expect(texts.map((text) => names.numberOf(text))).toEqual([...texts.keys()])
  expect(texts.map((_, number) => names.textOf(number))).toEqual(texts)
})

test('what was never added has no number, whatever objects have by nature', () => {
  const names = new Names()
  expect(['', '__proto__', 'constructor', 'a'].map((text) => names.numberOf(text))).toEqual(Array(4).fill(undefined))
  expect(['', '__proto__'].map((text) => names.add(text))).toEqual([0, 1])
  expect(['', '__proto__', 'constructor', 'a'].map((text) => names.numberOf(text))).toEqual([
    0,
    1,
    undefined,
    undefined,
  ])
})

test('names that differ in their order of letters, or by one letter at any place, are told apart', () => {
  const names = new Names()
  const letters = 'abcdefgh'
  const texts = Array.from({ length: 8 ** 4 }, (_, nth) =>
    [0, 3, 6, 9].map((shift) => letters[(nth >> shift) & 7]).join(''),
  )
  for (const text of texts) names.add(text)
  expect(texts.map((text) => names.numberOf(text))).toEqual([...texts.keys()])
})
