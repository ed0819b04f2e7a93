// What Prometheus is told of the engines of this process, and of the queue that all engines share.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { EngineHealth } from '../engine/engine.js'
import type { FailedPart, Telemetry, TurnReport } from '../engine/telemetry.js'
import { actionOf, type Outcome, type Work } from '../engine/work.js'
import type { Backlog } from '../store/engines.js'

/** What is looked at when somebody asks. */
export interface Measured {
  health(): EngineHealth[]
  backlog(): Promise<Backlog>
}

const DURATION_BUCKETS = [0.005, 0.02, 0.1, 0.5, 2, 10, 60, 300, 1800]
const BATCH_BUCKETS = [1, 3, 10, 30, 100, 300, 1000, 3000]
/** However often and by however many it is asked for. */
const BACKLOG_SECONDS = 5

export class Metrics implements Telemetry {
  readonly registry = new Registry()
  readonly #actions = this.#counter('actions_total', 'Provider calls that ended.', ['type', 'action', 'outcome'])
  readonly #retries = this.#counter('retries_total', 'Provider calls after the first of an action.', ['type'])
  readonly #claims = this.#counter('claims_total', 'Rows claimed in order to be worked on.')
  readonly #refused = this.#counter('settles_refused_total', 'Outcomes that came after others had been given the work.')
  readonly #takeovers = this.#counter('takeovers_total', 'Rows taken from engines that had stopped.')
  readonly #errors = this.#counter('database_errors_total', 'Failures to do something in the database.', ['during'])
  readonly #durations = new Histogram({
    name: 'isotherm_action_duration_seconds',
    help: 'How long provider calls took.',
    labelNames: ['type', 'action'],
    buckets: DURATION_BUCKETS,
    registers: [this.registry],
  })
  readonly #batches = new Histogram({
    name: 'isotherm_settle_batch_size',
    help: 'Outcomes settled in one transaction, where there were any.',
    buckets: BATCH_BUCKETS,
    registers: [this.registry],
  })
  #backlog: { readonly asked: number; readonly answer: Promise<Backlog | undefined> } | undefined

  constructor() {
    collectDefaultMetrics({ register: this.registry })
  }

  /** Adds what is looked at anew whenever somebody asks. */
  observe(measured: Measured): void {
    const sum = (value: (engine: EngineHealth) => number) => () =>
      measured.health().reduce((total, engine) => total + value(engine), 0)
    this.#gauge(
      'slots',
      'Provider calls that may be made at once.',
      sum(({ slots }) => slots),
    )
    this.#gauge(
      'actions_running',
      'Provider calls under way.',
      sum(({ running }) => running),
    )
    this.#gauge(
      'engines_listening',
      'Engines to which announcements arrive.',
      sum(({ listening }) => Number(listening)),
    )
    this.#gauge(
      'stacks_aside',
      'Stacks that engines have put aside because their turns fail.',
      sum(({ aside }) => aside),
    )
    this.#gauge('heartbeat_age_seconds', 'Since the last heartbeat that was written; the oldest of the engines.', () =>
      Math.max(0, ...measured.health().map(({ heartbeatAgeSeconds }) => heartbeatAgeSeconds)),
    )
    const ask = async (value: (backlog: Backlog) => number) => {
      const backlog = await this.#askBacklog(measured)
      return backlog && value(backlog)
    }
    this.#gauge('backlog_due_rows', 'Rows of all stacks that could be worked on now, counted up to 100,000.', () =>
      ask(({ due }) => due),
    )
    this.#gauge('stacks_in_progress', 'Stacks, of all projects, that are not at rest.', () =>
      ask(({ stacksInProgress }) => stacksInProgress),
    )
  }

  async call(work: Work, _engineId: string, make: () => Promise<Outcome | undefined>): Promise<Outcome | undefined> {
    const { type, task, attempt } = work
    const action = actionOf(task).toLowerCase()
    if (attempt > 1 && task.kind !== 'poll' && task.kind !== 'cancel') this.#retries.inc({ type })
    const begun = performance.now()
    const outcome = await make()
    this.#durations.observe({ type, action }, (performance.now() - begun) / 1000)
    this.#actions.inc({ type, action, outcome: outcome?.kind ?? 'givenUp' })
    return outcome
  }

  turned({ settled, refused, begun }: TurnReport): void {
    if (settled > 0) this.#batches.observe(settled)
    this.#refused.inc(refused.length)
    this.#claims.inc(begun)
  }

  tookOver(rows: readonly unknown[]): void {
    this.#takeovers.inc(rows.length)
  }

  recovered(): void {}

  failed(_error: unknown, what: FailedPart): void {
    this.#errors.inc({ during: what })
  }

  #counter<L extends string>(name: string, help: string, labelNames: readonly L[] = []): Counter<L> {
    return new Counter({ name: `isotherm_${name}`, help, labelNames, registers: [this.registry] })
  }

  /** A gauge whose value cannot be had is left out, for 0 would be a claim. */
  #gauge(name: string, help: string, value: () => number | undefined | Promise<number | undefined>): void {
    new Gauge({
      name: `isotherm_${name}`,
      help,
      registers: [this.registry],
      async collect() {
        const now = await value()
        if (now === undefined) this.remove()
        else this.set(now)
      },
    })
  }

  #askBacklog(measured: Measured): Promise<Backlog | undefined> {
    const now = performance.now()
    if (!this.#backlog || now - this.#backlog.asked > BACKLOG_SECONDS * 1000) {
      this.#backlog = { asked: now, answer: measured.backlog().catch(() => undefined) }
    }
    return this.#backlog.answer
  }
}
