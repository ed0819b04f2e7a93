// What a log-in costs says nothing: whoever measures it must not learn which names there are.
import { expect, test, vi } from 'vitest'
import { hashPassword, isPassword } from './passwords.js'

const costs = vi.hoisted((): unknown[] => [])
vi.mock('node:crypto', async (original) => {
  const crypto = await original<typeof import('node:crypto')>()
  const scrypt: typeof crypto.scrypt = (password, salt, length, options: unknown, ended?: unknown) => {
    costs.push([length, options])
    Reflect.apply(crypto.scrypt, crypto, [password, salt, length, options, ended])
  }
  return { ...crypto, scrypt }
})

test('a name that is unknown is judged at the same cost as a password that is wrong, and is never right', async () => {
  const kept = await hashPassword('right')
  costs.length = 0
  expect(await isPassword('right', kept)).toBe(true)
  expect(await isPassword('wrong', kept)).toBe(false)
  expect(await isPassword('', null)).toBe(false)
  expect(costs).toHaveLength(3)
  expect(new Set(costs.map((cost) => JSON.stringify(cost))).size).toBe(1)
})
