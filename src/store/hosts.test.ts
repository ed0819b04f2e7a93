// Connection strings of several servers.
import { describe, expect, test } from 'vitest'
import { hostsOf, Rotation } from './hosts.js'

describe('a connection string', () => {
  test('of one server is left as it is, and asks for nothing', () => {
    const url = 'postgres://ada:s%40crt@db.example:5433/stacks?sslmode=require'
    expect(hostsOf(url)).toEqual({ urls: [url], writable: false, description: 'postgres://db.example:5433/stacks' })
  })

  test('of several servers becomes one for each, and asks for one that can be written to', () => {
    const { urls, writable, description } = hostsOf('postgresql://ada:x@one:5432,two,[::1]:5434/stacks?sslmode=require')
    expect(urls).toEqual([
      'postgresql://ada:x@one:5432/stacks?sslmode=require',
      'postgresql://ada:x@two/stacks?sslmode=require',
      'postgresql://ada:x@[::1]:5434/stacks?sslmode=require',
    ])
    expect(writable).toBe(true)
    expect(description).toBe('postgres://one:5432,two,[::1]:5434/stacks')
  })

  test.each([
    ['read-write', true],
    ['primary', true],
    ['any', false],
  ])('may say target_session_attrs=%s, which the driver never sees', (wanted, writable) => {
    const hosts = hostsOf(`postgres://one,two/stacks?target_session_attrs=${wanted}`)
    expect(hosts).toMatchObject({ urls: ['postgres://one/stacks', 'postgres://two/stacks'], writable })
  })

  test('shows nothing of a password in which signs are not encoded', () => {
    expect(hostsOf('postgres://ada:se@cr@t@db/stacks').description).toBe('postgres://db/stacks')
    const written = ['se/cret', 'se?cret', 'se#cret', '12/34', '12?34', 'se:cr/et', '[se/cret']
    for (const password of written) {
      const address = () => hostsOf(`postgres://ada:${password}@db:5432/stacks`)
      expect(address, password).toThrow(
        /^the address of the database cannot be read: in a user or a password write @ as %40/,
      )
    }
  })

  test('that asks for a standby is refused', () => {
    expect(() => hostsOf('postgres://one,two/stacks?target_session_attrs=standby')).toThrow(/standby.*read-write/)
  })
})

describe('a rotation', () => {
  test('tries each server in turn, stays with the one that answers, and goes on when it fails', () => {
    const rotation = new Rotation(['one', 'two'])
    expect([rotation.take(), rotation.take(), rotation.take()]).toEqual(['one', 'two', 'one'])
    rotation.succeeded('one')
    expect([rotation.take(), rotation.take()]).toEqual(['one', 'one'])
    rotation.failed()
    expect([rotation.take(), rotation.take()]).toEqual(['two', 'one'])
  })
})
