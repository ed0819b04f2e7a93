// When a watched stack is looked at, and what becomes of what is found.
import { expect, test } from 'vitest'
import { type Findings, isToBeChecked, judgeFindings, type Verdict, type WatchedStack } from './watch.js'

test.each<[string, Partial<WatchedStack>, boolean]>([
  ['a stack at rest is looked at', {}, true],
  ['also when the last look found something', { action: 'CHECK', status: 'FAILED' }, true],
  ['also when a change has failed: what else there is may still drift', { status: 'FAILED' }, true],
  ['what is under way is not disturbed', { status: 'IN_PROGRESS' }, false],
  ['what is suspended is not what was recorded', { suspended: true }, false],
  ['nor is what could not be deleted', { action: 'DELETE', status: 'FAILED' }, false],
])('%s', (_fact, over, looked) => {
  expect(isToBeChecked({ action: 'UPDATE', status: 'COMPLETE', suspended: false, ...over })).toBe(looked)
})

test.each<[string, Partial<Findings>, Verdict]>([
  ['where nothing differs nothing is mended', { differing: 0 }, { kind: 'nothing' }],
  ['as much as the limit is mended', { differing: 2 }, { kind: 'mend' }],
  ['one more is reported', { differing: 3 }, { kind: 'report', why: 'limit' }],
  ['a limit of 0 mends nothing', { differing: 1, driftLimit: 0 }, { kind: 'report', why: 'limit' }],
  ['a change that failed is not tried again', { differing: 1, reached: false }, { kind: 'report', why: 'unreached' }],
])('%s', (_fact, over, verdict) => {
  expect(judgeFindings({ differing: 1, driftLimit: 2, reached: true, ...over })).toEqual(verdict)
})
