// Traces, as an SDK in the process would see them: a traversal is a trace, an action is a span in it.
import {
  type Attributes,
  type Context,
  context,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  type SpanOptions,
  type SpanStatus,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { onBothDatabases } from '../databases.js'
import { attribute, labTemplate, withLab } from '../lab.js'

interface Recorded {
  name: string
  readonly context: SpanContext
  /** The span id of its parent. */
  readonly parent: string | undefined
  readonly attributes: Attributes
  status?: SpanStatus
  ended: boolean
}

const spans: Recorded[] = []
const hex = (length: number) => Array.from({ length }, () => Math.floor(Math.random() * 16).toString(16)).join('')

function startSpan(name: string, options: SpanOptions = {}, within: Context = context.active()): Span {
  const parent = trace.getSpanContext(within)
  const spanContext = { traceId: parent?.traceId ?? hex(32), spanId: hex(16), traceFlags: 1 }
  const recorded: Recorded = {
    name,
    context: spanContext,
    parent: parent?.spanId,
    attributes: { ...options.attributes },
    ended: false,
  }
  spans.push(recorded)
  const span: Span = {
    spanContext: () => spanContext,
    isRecording: () => true,
    setAttribute: (key, value) => {
      recorded.attributes[key] = value
      return span
    },
    setAttributes: (attributes) => {
      Object.assign(recorded.attributes, attributes)
      return span
    },
    setStatus: (status) => {
      recorded.status = status
      return span
    },
    updateName: (renamed) => {
      recorded.name = renamed
      return span
    },
    end: () => {
      recorded.ended = true
    },
    addEvent: () => span,
    addLink: () => span,
    addLinks: () => span,
    recordException: () => undefined,
  }
  return span
}

const startActiveSpan = () => {
  throw new Error('not asked for')
}
const tracer: Tracer = { startSpan, startActiveSpan }

beforeAll(() => {
  trace.setGlobalTracerProvider({ getTracer: () => tracer })
})
afterAll(() => trace.disable())
afterEach(() => {
  spans.length = 0
})

const named = (name: string) => spans.find((span) => span.name === name)
/** Of spans that begin together, in any order. */
const names = () => spans.map(({ name }) => name).sort()

onBothDatabases((home) => {
  test('a traversal is one trace: its command, and a span for each action on whichever engine', async () => {
    await withLab(home, async (isotherm) => {
      const run = await isotherm.up({ stack: 'web', template: labTemplate({ a: { v: 1 }, b: { v: attribute('a') } }) })
      await run.settled()

      expect(names()).toEqual(['CREATE web', 'create a', 'create b'])
      const root = named('CREATE web')
      expect(root).toMatchObject({
        parent: undefined,
        attributes: { 'isotherm.stack': 'web', 'isotherm.traversal': 1 },
      })
      for (const name of ['a', 'b']) {
        expect(named(`create ${name}`)).toMatchObject({
          parent: root?.context.spanId,
          context: { traceId: root?.context.traceId },
          attributes: { 'isotherm.resource': name, 'isotherm.type': 'Lab::Thing', 'isotherm.outcome': 'done' },
        })
      }
      expect(spans.every(({ ended }) => ended)).toBe(true)
    })
  })

  test('a rollback belongs to the trace of what failed, and the next command begins a new one', async () => {
    await withLab(home, async (isotherm, lab) => {
      await (await isotherm.up({ stack: 'web', template: labTemplate({ a: { v: 1 } }) })).settled()
      lab.fail('update a', new Error('no'))
      const run = await isotherm.up({ stack: 'web', template: labTemplate({ a: { v: 2 } }) })
      expect(await run.settled()).toMatchObject({ status: 'ROLLBACK_COMPLETE' })

      const [created, updated] = [named('CREATE web'), named('UPDATE web')]
      expect(updated?.context.traceId).not.toBe(created?.context.traceId)
      expect(named('update a')).toMatchObject({ status: { code: 2, message: 'no' } })
      const [begins, , ...back] = spans.slice(spans.findIndex(({ name }) => name === 'UPDATE web'))
      expect(begins?.parent).toBeUndefined()
      expect(back.map(({ name }) => name)).toEqual(['create a', 'delete a'])
      for (const { parent } of back) expect(parent).toBe(updated?.context.spanId)
    })
  })
})

test('a command given inside of a trace is part of it', async () => {
  // Contexts are handed on by the SDK's manager; what a caller holds is told by this one.
  const outer = { traceId: hex(32), spanId: hex(16), traceFlags: 1 }
  const here = trace.setSpanContext(ROOT_CONTEXT, outer)
  context.setGlobalContextManager({
    active: () => here,
    with: (_context, run, self, ...words) => run.apply(self, words),
    bind: (_context, target) => target,
    enable() {
      return this
    },
    disable() {
      return this
    },
  })
  const { open } = await import('../../src/index.js')
  const isotherm = await open({ database: 'memory:', engines: 0 })
  await isotherm.up({ stack: 'web', template: { resources: {} } })
  context.disable()
  expect(spans[0]).toMatchObject({ parent: outer.spanId, context: { traceId: outer.traceId } })
  await isotherm.close()
})
