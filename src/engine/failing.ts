// What is said and done about a stack whose turns fail. The log is told each time, its history once; and where nothing has happened
// that still has to be recorded, the stack is given up in the end, with a reason that its user can read (ADR 0053).
import type { Database } from '../store/database.js'
import { giveUp, tellFailing, tellMended } from '../store/failing.js'
import { isGeneral, toldOf } from '../store/fault.js'
import { wakeWaiting } from '../store/nested.js'
import { readStack, shareStacks } from '../store/stacks.js'
import type { Failure, Told } from './aside.js'
import type { Telemetry } from './telemetry.js'

/** What fails once and then works is not worth a line in a history. */
const TOLD_AFTER = 2
/** About six minutes. */
const GIVEN_UP_AFTER = 12

export class Failing implements Told {
  constructor(
    readonly database: Database,
    readonly telemetry: Telemetry,
    readonly engineId: () => string,
  ) {}

  async failed(failure: Failure): Promise<void> {
    const { stackId, turn, error, failures, restSeconds } = failure
    const name = await this.#about(stackId, () => this.#record(failure))
    const stack = { stackId, name, turn, failures, restSeconds }
    this.telemetry.failed(error, 'stack', this.engineId(), stack)
  }

  async mended(stackId: number, failures: number): Promise<void> {
    if (failures < TOLD_AFTER) return
    await this.#about(stackId, () => this.#inPassing(stackId, (sql) => tellMended(sql, stackId)))
  }

  /** Whatever makes its turns fail may make this fail, too. @returns the stack's name, where that can be read. */
  async #about(stackId: number, write: () => Promise<void>): Promise<string | undefined> {
    try {
      const { name } = await readStack(this.database, stackId)
      await write().catch(ignoreParticular)
      return name
    } catch (error) {
      return ignoreParticular(error)
    }
  }

  async #record({ stackId, traversal, turn, error, failures, failingSeconds }: Failure): Promise<void> {
    if (traversal === undefined || failures < TOLD_AFTER) return
    const why = toldOf(error)
    await this.#inPassing(stackId, (sql) => tellFailing(sql, { stackId, traversal, failures, why }))
    // What has been done and cannot be recorded is kept: nobody may take the stack for one at rest.
    if (turn === 'settle' || failures < GIVEN_UP_AFTER) return
    await this.#inPassing(stackId, async (sql) => {
      const engineId = this.engineId()
      if (await giveUp(sql, { stackId, traversal, engineId, failingSeconds, why })) await wakeWaiting(sql, stackId)
    })
  }

  /** A stack that a command holds has something new before it. */
  #inPassing(stackId: number, work: Parameters<Database['transaction']>[0]): Promise<void> {
    return this.database.transaction(async (sql) => {
      if ((await shareStacks(sql, [stackId])).length > 0) await work(sql)
    })
  }
}

function ignoreParticular(error: unknown): undefined {
  if (isGeneral(error)) throw error
}
