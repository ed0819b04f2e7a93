// Watching a stack's reality: how often any engine looks at it, and how much it may mend without a person.
import { InvalidInput, type Problem } from '../lib/problem.js'
import type { Sql } from '../store/database.js'
import { lockStack, readStack } from '../store/stacks.js'
import { removeWatch, writeWatch } from '../store/watches.js'
import { certainly } from './command.js'
import type { Desk } from './desk.js'
import { checkRevision, NotFound, type StackRef } from './find.js'

export interface WatchOptions {
  /** Minutes between two looks; parts of a minute count. */
  readonly minutes: number
  /** So many resources are mended without a person; when more differ, it is only told. Default 0. */
  readonly driftLimit?: number
}

export async function watchReality(desk: Desk, ref: StackRef, watch: WatchOptions | null): Promise<void> {
  const { id } = await desk.get(ref)
  await certainly(desk.parts, async (sql, note) => {
    await lockStack(sql, id)
    const stack = await readStack(sql, id)
    const { name, deletedAt, action, parentUid } = stack
    checkRevision(ref, stack)
    if (deletedAt !== null) throw new NotFound(`stack ${name} has been deleted`)
    if (watch && parentUid !== null) throw refusal(`stack ${name} is a part of another: watch that one`)
    if (watch && action === 'DELETE') throw refusal(`stack ${name} is being deleted: it cannot be watched`)
    await note(id)
    await setWatch(sql, id, watch)
  })
}

/** In the command's transaction. Null ends the watch. Throws InvalidInput. */
export async function setWatch(sql: Sql, stackId: number, watch: WatchOptions | null): Promise<void> {
  if (watch === null) return removeWatch(sql, stackId)
  checkWatch(watch)
  await writeWatch(sql, stackId, { everySeconds: watch.minutes * 60, driftLimit: watch.driftLimit ?? 0 })
}

const MINUTES_MAX = 366 * 24 * 60
const LIMIT_MAX = 2 ** 31 - 1

/** Throws InvalidInput. */
function checkWatch({ minutes, driftLimit = 0 }: WatchOptions): void {
  const problems: Problem[] = []
  if (!(minutes > 0 && minutes <= MINUTES_MAX)) {
    problems.push({
      path: 'watchReality.minutes',
      message: `${minutes} minutes between two looks: expected more than 0 and at most ${MINUTES_MAX}`,
    })
  }
  if (!Number.isInteger(driftLimit) || driftLimit < 0 || driftLimit > LIMIT_MAX) {
    problems.push({
      path: 'watchReality.driftLimit',
      message: `a drift limit of ${driftLimit}: expected a whole number of resources`,
    })
  }
  if (problems.length > 0) throw new InvalidInput(problems)
}

const refusal = (message: string) => new InvalidInput([{ path: '', message }])
