// Whose fault an error is decides whether everybody waits or one stack does.
import { expect, test } from 'vitest'
import { CommitUnknown, DatabaseLost, DatabaseUnavailable } from './database.js'
import { isGeneral, toldOf } from './fault.js'
import { KeyMissing } from './keyring.js'

const withCode = (code: string, message = 'it failed') => Object.assign(new Error(message), { code })

test.each([
  ['the connection is gone', withCode('08006')],
  ['the connection is gone, and only words say so', new Error('Connection terminated unexpectedly')],
  ['the server is shut down', withCode('57P01')],
  ['nobody answers', withCode('ECONNREFUSED')],
  ['the disk is full', withCode('53100')],
  ['the same is to be tried again', withCode('40001')],
  ['a column is not there', withCode('42703')],
  ['whether it was committed is not known', new CommitUnknown('the answer is lost')],
  ['the database says so in words for people', new DatabaseUnavailable('it is starting', { cause: withCode('57P03') })],
  ['this process has lost it', new DatabaseLost('the disk is full', { cause: withCode('XX001') })],
])('everybody waits when %s', (_what, error) => {
  expect(isGeneral(error)).toBe(true)
})

test.each([
  ['a constraint refuses a row', withCode('23514')],
  ['a trigger refuses a row', withCode('P0001')],
  ['a value does not fit', withCode('22P02')],
  ['a statement was ended', withCode('57014')],
  ['it is too much for the memory', withCode('53200')],
  ['a page is damaged', new DatabaseUnavailable('restore a backup', { cause: withCode('XX001') })],
  ['its secrets cannot be read', new KeyMissing('give a key')],
  ['the program is wrong', new TypeError('undefined is not iterable')],
])('one stack waits when %s', (_what, error) => {
  expect(isGeneral(error)).toBe(false)
})

test('what an error quotes is not told to everybody', () => {
  expect(toldOf(withCode('22P02', 'invalid input syntax for type json: "hunter2"'))).toBe(
    'the database refuses a value (22P02)',
  )
  expect(toldOf(new SyntaxError('"hunter2" is not valid JSON'))).toBe('SyntaxError in the engine')
  expect(toldOf(withCode('P0001', 'cursed'))).toBe('cursed')
})
