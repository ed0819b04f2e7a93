// Where a traversal goes next, fact by fact.
import { expect, test } from 'vitest'
import { type NextStage, nextStage, type StackFacts } from './stage.js'

const facts = (over: Partial<StackFacts> = {}): StackFacts => ({
  action: 'UPDATE',
  stage: 'update',
  onFailure: 'stop',
  failed: false,
  armed: false,
  ready: false,
  busy: false,
  outdated: true,
  ...over,
})

test.each<[string, Partial<StackFacts>, NextStage]>([
  ['armed rows are waited for', { armed: true }, 'wait'],
  ['then comes clean-up', {}, 'cleanup'],
  ['an old row at work does not hold it up', { busy: true }, 'cleanup'],
  ['where nothing is to be cleaned up all is done', { outdated: false }, 'complete'],
  ['clean-up waits for its own rows', { stage: 'cleanup', armed: true }, 'wait'],
  ['and then all is done', { stage: 'cleanup' }, 'complete'],
  ['a failure waits for what is under way', { failed: true, busy: true, armed: true }, 'wait'],
  ['and then the stack has failed', { failed: true, armed: true, ready: true }, 'fail'],
  ['continue goes on with what is ready', { failed: true, armed: true, ready: true, onFailure: 'continue' }, 'wait'],
  ['and ends when nothing is', { failed: true, armed: true, onFailure: 'continue' }, 'fail'],
  ['rollback does not wait', { failed: true, armed: true, busy: true, onFailure: 'rollback' }, 'rollback'],
  ['a failed rollback is not rolled back', { action: 'ROLLBACK', failed: true, onFailure: 'rollback' }, 'fail'],
  ['nor is a failed delete', { action: 'DELETE', failed: true, onFailure: 'rollback' }, 'fail'],
  [
    'nor a failed clean-up: all that is wanted exists',
    { stage: 'cleanup', failed: true, onFailure: 'rollback' },
    'fail',
  ],
  ['a visit waits for its rows', { action: 'CHECK', stage: 'visit', armed: true }, 'wait'],
  ['and for what an earlier command began', { action: 'CHECK', stage: 'visit', busy: true }, 'wait'],
  ['then it is complete, without a clean-up', { action: 'SUSPEND', stage: 'visit' }, 'complete'],
  [
    'a failed visit is not rolled back',
    { action: 'CHECK', stage: 'visit', failed: true, onFailure: 'rollback' },
    'fail',
  ],
  ['an update that looked at reality first is planned then', { stage: 'visit' }, 'update'],
  ['and is rolled back when it could not look', { stage: 'visit', failed: true, onFailure: 'rollback' }, 'rollback'],
])('%s', (_, over, next) => {
  expect(nextStage(facts(over))).toBe(next)
})
