// The end of a stage. Any engine that finds a stack without work looks whether its traversal is over, under the stack's
// lock; what must happen next stands in the rows, so it does not matter which engine it is, or how many.
import { goesBack, isVisiting, nextStage } from '../graph/stage.js'
import { assert } from '../lib/assert.js'
import { InvalidInput } from '../lib/problem.js'
import { clearDeletedStack, failUnfinished, hasEarlierVersions, readFacts } from '../store/advance.js'
import { armCleanup } from '../store/arm.js'
import type { StackWork } from '../store/claim.js'
import type { Database, Sql, Transaction } from '../store/database.js'
import { wakeParents } from '../store/nested.js'
import { enterStage, finishStack, lockStack, readStack, type StackRow, stopInstead } from '../store/stacks.js'
import { planAndArm, rollBack, stackEvent } from './converge.js'
import { judgeCheck, mend } from './mend.js'
import { finishVisit, verdictOf } from './visit.js'

/** Whether it is worth taking the lock: nothing goes on by itself any more, or a rollback is due. */
export const mayAdvance = (work: StackWork): boolean => !work.active || (work.failed && goesBack(work))

/** @returns whether the stack moved to another stage. */
export function advanceStack(database: Database, stackId: number): Promise<boolean> {
  return database.transaction(async (sql) => {
    await lockStack(sql, stackId)
    return advance(sql, stackId)
  })
}

/** Moves a stack through as many stages as its facts allow. The caller holds the stack's lock. */
export async function advance(sql: Transaction, stackId: number): Promise<boolean> {
  for (let moved = false; ; moved = true) {
    const facts = await readFacts(sql, stackId)
    if (!facts) return moved
    const stack = await readStack(sql, stackId)
    switch (nextStage(facts)) {
      case 'wait':
        return moved
      case 'update':
        await enterStage(sql, stackId, 'update')
        await planAndArm(sql, stack)
        break
      case 'cleanup':
        await enterStage(sql, stackId, 'cleanup')
        await armCleanup(sql, stackId)
        break
      case 'complete':
        await complete(sql, stack)
        break
      case 'fail':
        await fail(sql, stack)
        break
      case 'rollback':
        await goBack(sql, stack)
        break
    }
  }
}

/**
 * A rollback that would take away something protected is not made: the stack stays as the failure left it, once whatever is under
 * way has ended.
 */
async function goBack(sql: Transaction, stack: StackRow): Promise<void> {
  try {
    await rollBack(sql, stack, { cause: stack.reason })
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error
    await stopInstead(sql, stack.id, `${stack.reason}; not rolled back: ${error.message}`)
  }
}

async function complete(sql: Sql, stack: StackRow): Promise<void> {
  assert(
    isVisiting(stack.action) || !(await hasEarlierVersions(sql, stack.id)),
    'a complete stack has no version that is not current (invariant 7)',
  )
  if (isVisiting(stack.action)) await failUnfinished(sql, stack.id)
  const deleted = stack.action === 'DELETE'
  const because = stack.cause === null ? '' : `; rolled back because: ${stack.cause}`
  const reason = `Stack ${stack.action} completed successfully${because}${await verdictOf(sql, stack)}`
  await finishStack(sql, stack, { status: 'COMPLETE', reason, deleted })
  await finishVisit(sql, stack, 'COMPLETE', reason)
  if (deleted) await clearDeletedStack(sql, stack.id)
  await stackEvent(sql, stack, 'COMPLETE', reason)
  await wakeParents(sql, [stack.id])
}

async function fail(sql: Transaction, stack: StackRow): Promise<void> {
  await failUnfinished(sql, stack.id)
  const judgement = await judgeCheck(sql, stack)
  const reason = `${stack.reason}${await verdictOf(sql, stack)}${judgement?.says ?? ''}`
  await finishStack(sql, stack, { status: 'FAILED', reason, deleted: false })
  await finishVisit(sql, stack, 'FAILED', reason)
  await stackEvent(sql, stack, 'FAILED', reason)
  if (judgement?.verdict.kind === 'mend') await mend(sql, stack, reason)
  await wakeParents(sql, [stack.id])
}
