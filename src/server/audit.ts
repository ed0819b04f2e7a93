// Who did what, when, from where, and what became of it: changes, and whoever was turned away. Written behind the answer, a few
// at a time, so that no request waits for it; a database that is away is waited for, within limits.
import type { Logger } from '../provider/contract.js'
import { type AuditRow, appendAudit } from '../store/audit.js'
import type { Database } from '../store/database.js'
import type { Served } from './app.js'

const WAITING_MAX = 10_000
const BATCH_MAX = 200

export class Audit {
  readonly #waiting: AuditRow[] = []
  #writing: Promise<void> | undefined
  #lost = 0

  constructor(
    readonly database: Database,
    readonly log: Logger,
    readonly keepDays: number,
  ) {}

  /** To be told of every request. */
  readonly watch = (served: Served): void => {
    if (!isOfInterest(served)) return
    const row = rowOf(served)
    this.log.info({ audit: row }, 'audit')
    if (this.#waiting.length >= WAITING_MAX) {
      this.#lost++
      return
    }
    this.#waiting.push(row)
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined
    })
  }

  /** Until all that has been told is written. */
  async close(): Promise<void> {
    await this.#writing
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, BATCH_MAX)
      try {
        await appendAudit(this.database, batch, this.keepDays)
      } catch (error) {
        this.#lost += batch.length
        this.log.error({ error, lost: this.#lost }, 'the audit could not be written; it stands in this log')
      }
    }
  }
}

const isOfInterest = ({ method, status, route }: Served): boolean =>
  status === 401 ||
  status === 403 ||
  status === 429 ||
  (route !== undefined && !['GET', 'HEAD', 'OPTIONS'].includes(method))

const rowOf = (served: Served): AuditRow => ({
  requestId: served.requestId,
  userId: served.caller?.user.id ?? null,
  userName: served.caller?.user.name ?? null,
  project: (served.caller?.project?.name || served.concern?.project) ?? null,
  operation: served.route?.operation ?? '',
  method: served.method,
  path: served.concern?.path ?? served.path,
  status: served.status,
  address: served.address,
})
