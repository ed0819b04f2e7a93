// What an engine tells whoever measures, traces or logs it. It only tells: nothing it does depends on an answer.
import type { ReclaimedRow } from '../store/engines.js'
import type { Outcome, Work } from './work.js'

export interface Telemetry {
  /** Surrounds one provider call: makes it, and gives back what it gave. Undefined: the row belongs to somebody else by now. */
  call(work: Work, engineId: string, make: Call): Promise<Outcome | undefined>
  /** Either half of a turn has been committed. */
  turned(report: TurnReport, engineId: string): void
  /** Work of engines that are no more was given to the living. */
  tookOver(rows: readonly ReclaimedRow[], engineId: string): void
  /** The database did not do what it was asked to; of one stack, where that is given: the others go on without it. */
  failed(error: unknown, what: FailedPart, engineId: string, stack?: FailedStack): void
  /** A heartbeat was written, after some that could not be. */
  recovered(engineId: string): void
}

export type FailedPart = 'round' | 'heartbeat' | 'stack'

export interface FailedStack {
  readonly stackId: number
  /** Undefined where even that could not be read. */
  readonly name: string | undefined
  readonly turn: string
  /** In a row. */
  readonly failures: number
  /** Until it is tried again. */
  readonly restSeconds: number
}

export type Call = () => Promise<Outcome | undefined>

export interface TurnReport {
  /** Outcomes that were to be settled, the refused ones among them. */
  readonly settled: number
  /** Those whose fence had been overtaken. */
  readonly refused: readonly Work[]
  /** Rows that were claimed and are now to be worked on. */
  readonly begun: number
}

export const noTelemetry: Telemetry = {
  call: (_work, _engineId, make) => make(),
  turned() {},
  tookOver() {},
  failed() {},
  recovered() {},
}

/** All of them, the first outermost. */
export function together(all: readonly Telemetry[]): Telemetry {
  return {
    call: (work, engineId, make) =>
      all.reduceRight<Call>((inner, telemetry) => () => telemetry.call(work, engineId, inner), make)(),
    turned: (report, engineId) => {
      for (const telemetry of all) telemetry.turned(report, engineId)
    },
    tookOver: (rows, engineId) => {
      for (const telemetry of all) telemetry.tookOver(rows, engineId)
    },
    failed: (error, what, engineId, stack) => {
      for (const telemetry of all) telemetry.failed(error, what, engineId, stack)
    },
    recovered: (engineId) => {
      for (const telemetry of all) telemetry.recovered(engineId)
    },
  }
}
