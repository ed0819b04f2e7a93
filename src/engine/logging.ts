// The engine's log: what begins, what became of it, what is tried again, what is taken over. Every line about work names
// the stack, the resource, the traversal, the engine and the fence.
import type { Logger } from '../provider/contract.js'
import type { Telemetry } from './telemetry.js'
import { actionOf, type Outcome, type Work } from './work.js'

/** A logger that adds these fields to each of its lines. */
export function bound(log: Logger, fields: object): Logger {
  if (log.child) return log.child(fields)
  const adding = (level: 'debug' | 'info' | 'warn' | 'error') => (details: object, message: string) =>
    log[level]({ ...fields, ...details }, message)
  return { debug: adding('debug'), info: adding('info'), warn: adding('warn'), error: adding('error') }
}

export const fieldsOf = (work: Work, engineId: string) => ({
  project: work.project,
  stack: work.stackName,
  resource: work.name,
  type: work.type,
  traversal: work.traversal,
  engine: engineId,
  fence: work.fence,
})

/** A database that is away is told once, and now and then while it is: rounds fail twice a second. */
const SAID_AGAIN_MS = 30_000

export function logging(log: Logger, now = () => performance.now()): Telemetry {
  const told = new Map<string, { message: string; at: number; unsaid: number }>()
  return {
    call: async (work, engineId, make) => {
      const fields = { ...fieldsOf(work, engineId), action: actionOf(work.task), attempt: work.attempt }
      log.debug(fields, `${work.task.kind} begins`)
      const begun = performance.now()
      const outcome = await make()
      report(log, work, { ...fields, milliseconds: Math.round(performance.now() - begun) }, outcome)
      return outcome
    },
    turned: ({ refused }, engineId) => {
      for (const work of refused)
        log.warn(fieldsOf(work, engineId), 'its outcome came too late: another was given the work')
    },
    tookOver: (rows, engine) => {
      for (const { stackName: stack, name: resource, type, traversal, action, fence } of rows) {
        const fields = { stack, resource, type, traversal, action, engine, fence }
        log.warn(fields, 'taken from an engine that stopped, to be gone on with')
      }
    },
    failed: (error, what, engine, stack) => {
      if (stack) {
        const { stackId, name, ...rest } = stack
        return log.error(
          { error, engine, stack: name ?? stackId, ...rest },
          'a turn of this stack failed; it is put aside for a while',
        )
      }
      const message = error instanceof Error ? error.message : String(error)
      const last = told.get(what)
      if (last?.message === message && now() - last.at < SAID_AGAIN_MS) {
        last.unsaid++
        return
      }
      told.set(what, { message, at: now(), unsaid: 0 })
      const consequence = what === 'round' ? 'a round failed; it will be made again' : 'no heartbeat could be written'
      const unsaid = last && last.unsaid > 0 && { alikeBefore: last.unsaid }
      log[what === 'round' ? 'error' : 'warn']({ error, engine, ...unsaid }, consequence)
    },
    recovered: (engine) => {
      told.clear()
      log.info({ engine }, 'heartbeats are written again')
    },
  }
}

function report(log: Logger, { task }: Work, fields: object, outcome: Outcome | undefined): void {
  switch (outcome?.kind) {
    case undefined:
      log.warn(fields, `${task.kind} ended after the work had been given up`)
      break
    case 'done':
    case 'gone':
    case 'ended':
      log.debug(fields, `${task.kind} is done`)
      break
    case 'pending':
      log.debug({ ...fields, pollAfterSeconds: outcome.pollAfterSeconds }, `${task.kind} is pending`)
      break
    case 'handedBack':
      log.info(fields, `${task.kind} is handed back`)
      break
    case 'failed':
      log.warn({ ...fields, class: outcome.errorClass, reason: outcome.message }, `${task.kind} failed`)
  }
}
