// What a check found, as the decision sees it.
import { expect, test } from 'vitest'
import type { VersionState } from './decide.js'
import { asObserved, driftOf } from './observed.js'

const version = (over: Partial<VersionState> = {}): VersionState => ({
  id: 1,
  type: 'T',
  action: 'CHECK',
  status: 'FAILED',
  state: 'ready',
  physicalId: 'p1',
  propertiesHash: 'recorded',
  properties: { v: 1, w: 2 },
  ...over,
})

test('what differs counts as recorded so, in a sound version', () => {
  const seen = asObserved(version(), { properties: { v: 9 } })
  expect(seen).toMatchObject({ status: 'COMPLETE', properties: { v: 9, w: 2 } })
  expect(seen.propertiesHash).not.toBe('recorded')
})

test('what is gone can no more be chosen than what is being deleted', () => {
  expect(asObserved(version(), { gone: true }).action).toBe('DELETE')
})

test.each([null, { unhealthy: true as const }])('what is unwell has failed', (observed) => {
  expect(asObserved(version(), observed).status).toBe('FAILED')
})

test('a suspend that failed has not harmed the thing', () => {
  expect(asObserved(version({ action: 'SUSPEND' }), null).status).toBe('COMPLETE')
})

test('an old finding on a version that was mended since counts for nothing', () => {
  const mended = version({ action: 'UPDATE', status: 'COMPLETE' })
  expect(asObserved(mended, { gone: true })).toBe(mended)
})

test('drift is what was recorded and is otherwise now', () => {
  expect(driftOf({ a: 1, b: { x: 1, y: 2 } }, { a: 2, b: { y: 2, x: 1 }, c: 'a default of the far side' })).toEqual({
    a: 2,
  })
})
