// The end of a stage. Any engine that finds a stack without work looks whether its traversal is over, under the stack's
// lock; what must happen next stands in the rows, so it does not matter which engine it is, or how many.
import { goesBack, isVisiting, nextStage } from '../graph/stage.js'
import { assert } from '../lib/assert.js'
import { InvalidInput } from '../lib/problem.js'
import { clearDeletedStack, failUnfinished, readStanding, type Standing } from '../store/advance.js'
import { armCleanup } from '../store/arm.js'
import type { StackWork } from '../store/claim.js'
import type { Database, Sql, Transaction } from '../store/database.js'
import { wakeParents } from '../store/nested.js'
import { enterStage, finishStack, lockStack, type StackRow, stopInstead } from '../store/stacks.js'
import { planAndArm, rollBack } from './converge.js'
import { judgeCheck, mend } from './mend.js'
import { finishVisit, verdictOf } from './visit.js'

/** Whether it is worth taking the lock: nothing goes on by itself any more, or a rollback is due. */
export const mayAdvance = (work: StackWork): boolean => !work.active || (work.failed && goesBack(work))

/** @returns whether the stack moved to another stage. */
export function advanceStack(database: Database, stackId: number): Promise<boolean> {
  return database.transaction(async (sql) => {
    await lockStack(sql, stackId)
    return (await advance(sql, stackId)).moved
  })
}

/** Moves a stack through as many stages as its facts allow. The caller holds its lock. @returns the stack as it is then. */
export async function advance(
  sql: Transaction,
  stackId: number,
): Promise<{ readonly moved: boolean; readonly stack: StackRow }> {
  for (let moved = false; ; moved = true) {
    const stack = await readStanding(sql, stackId)
    const { stage } = stack
    switch (stage === null ? 'wait' : nextStage({ ...stack, stage })) {
      case 'wait':
        return { moved, stack }
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

async function complete(sql: Sql, stack: Standing): Promise<void> {
  assert(
    isVisiting(stack.action) || !stack.outdated,
    'a complete stack has no version that is not current (invariant 7)',
  )
  if (isVisiting(stack.action)) await failUnfinished(sql, stack.id)
  const deleted = stack.action === 'DELETE'
  const because = stack.cause === null ? '' : `; rolled back because: ${stack.cause}`
  const reason = `Stack ${stack.action} completed successfully${because}${await verdictOf(sql, stack)}`
  await finishStack(sql, stack, { status: 'COMPLETE', reason, deleted })
  await finishVisit(sql, stack, 'COMPLETE', reason)
  if (deleted) await clearDeletedStack(sql, stack.id)
  await wakeParent(sql, stack)
}

async function fail(sql: Transaction, stack: StackRow): Promise<void> {
  await failUnfinished(sql, stack.id)
  const judgement = await judgeCheck(sql, stack)
  const reason = `${stack.reason}${await verdictOf(sql, stack)}${judgement?.says ?? ''}`
  await finishStack(sql, stack, { status: 'FAILED', reason, deleted: false })
  await finishVisit(sql, stack, 'FAILED', reason)
  if (judgement?.verdict.kind === 'mend') await mend(sql, stack, reason)
  await wakeParent(sql, stack)
}

async function wakeParent(sql: Sql, { id, parentUid }: StackRow): Promise<void> {
  if (parentUid !== null) await wakeParents(sql, [id])
}
