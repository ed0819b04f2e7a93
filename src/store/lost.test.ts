// Errors that mean a lost connection, and errors that leave it whole.
import { expect, test } from 'vitest'
import { isLost, lostOr, ReadOnlyServer } from './lost.js'

const error = (message: string, fields: object = {}) => Object.assign(new Error(message), fields)

test.each([
  ['the socket broke', error('read ECONNRESET', { code: 'ECONNRESET' })],
  ['the driver noticed without a code', error('Connection terminated unexpectedly')],
  ['it was cut while it was idle', error('Client has encountered a connection error and is not queryable')],
  ['nobody answered', error('timeout expired')],
  ['an administrator ended it', error('terminating connection', { severity: 'FATAL', code: '57P01' })],
  ['a commit that was already made waited for a standby', error('terminating', { severity: 'FATAL', code: '57P01' })],
  ['the server says so', error('connection failure', { code: '08006' })],
  ['the pool wrapped it', new Error('could not connect', { cause: error('read ECONNRESET', { code: 'ECONNRESET' }) })],
])('lost: %s', (_, broken) => {
  expect(isLost(broken)).toBe(true)
})

test.each([
  ['a constraint', error('duplicate key', { severity: 'ERROR', code: '23505' })],
  ['a deadlock', error('deadlock detected', { severity: 'ERROR', code: '40P01' })],
  ['a statement that took too long', error('canceling statement', { severity: 'ERROR', code: '57014' })],
  ['a standby', new ReadOnlyServer('postgres://one,two/stacks')],
  ['what the work itself threw', error('there is no such resource')],
  ['no error at all', 'gone'],
])('whole: %s', (_, other) => {
  expect(isLost(other)).toBe(false)
})

test('an error that tells of it in words only gets the code, so that it can be explained', () => {
  expect(lostOr(error('Connection terminated unexpectedly'))).toMatchObject({ code: '08006' })
  expect(lostOr(error('duplicate key', { code: '23505' }))).toMatchObject({ code: '23505' })
})
