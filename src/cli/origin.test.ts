// The word that tells where a server is reached.
import { expect, test } from 'vitest'
import { originOf } from './origin.js'

test('an address loses its last slashes, and what is none is refused with an example', () => {
  expect(originOf('--public-url', 'https://heat.example.com:8004//')).toBe('https://heat.example.com:8004')
  expect(originOf('--public-url', 'http://[::1]:8004/orchestration/')).toBe('http://[::1]:8004/orchestration')
  for (const wrong of ['heat.example.com', 'ftp://heat.example.com', ''])
    expect(() => originOf('--public-url', wrong)).toThrow(`--public-url ${wrong} is no address`)
})
