// Actions on a stack that leave its template as it is. Each is a traversal of the one engine, so any command may come at any
// moment, and whatever is interrupted is carried on by whoever is left.
import { halt, rollBack } from '../engine/converge.js'
import { visitStack } from '../engine/visit.js'
import { isVisiting, type VisitingAction } from '../graph/stage.js'
import { InvalidInput } from '../lib/problem.js'
import type { Transaction } from '../store/database.js'
import type { StackRow } from '../store/stacks.js'
import type { Desk } from './desk.js'
import { type StackRef, seekStack } from './find.js'
import type { ActionOptions } from './options.js'
import type { Run } from './run.js'

export const visit = (desk: Desk, name: StackRef, action: VisitingAction, options: ActionOptions): Promise<Run> =>
  desk.commandOn(name, (sql, stack) => visitStack(sql, stack, { action, timeoutSeconds: options.timeoutSeconds }))

/** What a preview is to tell of reality, engines find out beforehand. What is under way is not disturbed for it. */
export async function lookFirst(desk: Desk, name: StackRef): Promise<void> {
  const stack = await seekStack(desk.parts, name)
  if (!stack || stack.deletedAt || stack.status === 'IN_PROGRESS') return
  await (await visit(desk, name, 'CHECK', {})).settled()
}

/** Rolls what is running back, or leaves everything as it is. Throws InvalidInput when nothing runs. */
export async function cancelStack(sql: Transaction, stack: StackRow, rollback: boolean): Promise<void> {
  const { name, action, status } = stack
  if (status !== 'IN_PROGRESS') {
    const message = `stack ${name} is ${action}_${status}: nothing is running that could be cancelled`
    throw new InvalidInput([{ path: '', message }])
  }
  // What only visits, or has taken over what others made, has nothing of its own to be undone.
  const back = rollback && !isVisiting(action) && action !== 'ADOPT'
  await (back ? rollBack(sql, stack) : halt(sql, stack))
}
