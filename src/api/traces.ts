// OpenTelemetry: a traversal is a trace, which begins with its command; each provider call is a span in it, on whichever
// engine it is made. Only the interface is used: without an SDK in the process nothing is recorded and nothing costs.
import { type Attributes, context, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import type { Telemetry } from '../engine/telemetry.js'
import { actionOf, type Outcome, type Work } from '../engine/work.js'

const tracer = trace.getTracer('isotherm')

export interface CommandSpan {
  /** As W3C Trace Context writes it; undefined when nothing is recorded. */
  readonly traceparent: string | undefined
  describe(name: string, attributes: Attributes): void
}

/** The span of a command: the root of its traversal's trace, or a part of the trace that the caller is in. */
export async function traceCommand<T>(work: (span: CommandSpan) => Promise<T>): Promise<T> {
  const span = tracer.startSpan('isotherm command', { kind: SpanKind.PRODUCER })
  const told: CommandSpan = {
    traceparent: traceparentOf(span),
    describe: (name, attributes) => {
      span.updateName(name).setAttributes(attributes)
    },
  }
  try {
    return await context.with(trace.setSpan(context.active(), span), () => work(told))
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.message : String(error) })
    throw error
  } finally {
    span.end()
  }
}

/** Spans of provider calls. What the provider itself traces is inside of them. */
export const tracing: Telemetry = {
  call: (work, engineId, make) => {
    const parent = parentOf(work.traceparent)
    const span = tracer.startSpan(work.task.kind, { kind: SpanKind.CONSUMER }, parent)
    // Without an SDK the work is left as it is.
    if (!span.isRecording()) return make()
    span.updateName(`${work.task.kind} ${work.name}`).setAttributes(attributesOf(work, engineId))
    return context.with(trace.setSpan(parent, span), async () => {
      try {
        const outcome = await make()
        conclude(span, outcome)
        return outcome
      } finally {
        span.end()
      }
    })
  },
  turned() {},
  tookOver() {},
  recovered() {},
  failed() {},
}

function conclude(span: Span, outcome: Outcome | undefined): void {
  span.setAttribute('isotherm.outcome', outcome?.kind ?? 'given up')
  if (outcome?.kind !== 'failed') return
  span.setAttribute('isotherm.error_class', outcome.errorClass)
  span.setStatus({ code: SpanStatusCode.ERROR, message: outcome.message })
}

const attributesOf = (work: Work, engineId: string): Attributes => ({
  'isotherm.project': work.project,
  'isotherm.stack': work.stackName,
  'isotherm.stack_id': work.stackUid,
  'isotherm.traversal': work.traversal,
  'isotherm.resource': work.name,
  'isotherm.type': work.type,
  'isotherm.action': actionOf(work.task),
  'isotherm.attempt': work.attempt,
  'isotherm.fence': work.fence,
  'isotherm.engine': engineId,
})

function traceparentOf(span: Span): string | undefined {
  const { traceId, spanId, traceFlags } = span.spanContext()
  if (!trace.isSpanContextValid(span.spanContext())) return undefined
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`
}

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/

function parentOf(traceparent: string | null) {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(traceparent ?? '') ?? []
  if (traceId === undefined || spanId === undefined) return ROOT_CONTEXT
  const traceFlags = Number.parseInt(flags ?? '0', 16)
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true })
}
