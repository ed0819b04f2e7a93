// The library's interface, carried out by a server. Every method is one request; waiting and watching go on over restarts of
// the server. Nothing here needs more than `fetch`, so it runs wherever that does.

import type { AbandonedStack } from '../api/abandon.js'
import type { StackRef } from '../api/find.js'
import type { GraphView } from '../api/graph.js'
import type { MarkOptions } from '../api/mark.js'
import type {
  ActionOptions,
  AdoptOptions,
  DeclareOptions,
  DownOptions,
  PatchOptions,
  UpOptions,
  ValidateOptions,
} from '../api/options.js'
import type { Orchestrator } from '../api/orchestrator.js'
import type { PlanOptions, PlanView } from '../api/plans.js'
import type { Preview } from '../api/preview.js'
import type { ProgressOptions, ProgressView } from '../api/progress.js'
import type { WatchOptions } from '../api/reality.js'
import type { Run } from '../api/run.js'
import type { RestoreOptions, SnapshotDetail, SnapshotOptions, SnapshotView } from '../api/snapshots.js'
import type { StacksOptions } from '../api/stack-page.js'
import type {
  EnginePulse,
  EventView,
  OutputView,
  ResourceDetail,
  ResourceView,
  StackView,
  TypeView,
  WhyView,
} from '../api/views.js'
import type { DepthOptions, EventsOptions, NestedView } from '../api/within.js'
import type { Json, JsonObject } from '../lib/json.js'
import type { Problem } from '../lib/problem.js'
import { bodyOf, declarationBody, declaredIn, depthIn, namesIn } from './bodies.js'
import { Patience } from './patience.js'
import { serverEvents } from './server-events.js'
import { type ConnectOptions, Transport } from './transport.js'

/** Nothing is sent before the first question. */
export const connect = (options: ConnectOptions): Client => new Client(new Transport(options))

type RunView = Omit<Run, 'settled'>

const WAIT_SECONDS = 20
/** The longest page that a server gives. */
const STACKS_PAGE = 1_000
const RESOURCES_PAGE = 1_000

export class Client implements Orchestrator {
  readonly worksHere = false
  readonly #transport: Transport
  readonly #closing = new AbortController()

  constructor(transport: Transport) {
    this.#transport = transport
  }

  // ── commands ──────────────────────────────────────────────────────────────────────────────────────────────────────

  async up({
    stack,
    onFailure,
    timeoutSeconds,
    convergeReality,
    presume,
    about,
    watchReality,
    ...declared
  }: UpOptions): Promise<Run> {
    const options = {
      onFailure,
      timeoutSeconds,
      convergeReality,
      presume,
      watchReality,
      ...tagsIn(about),
    }
    return this.#command(stack, 'up', { ...(await declarationBody(declared)), ...bodyOf(options) })
  }

  async savePlan({ stack, about, ...options }: PlanOptions): Promise<PlanView> {
    const { onFailure, timeoutSeconds, convergeReality, watchReality, keepSeconds, ...declared } = options
    const rest = { onFailure, timeoutSeconds, convergeReality, watchReality, keepSeconds, ...tagsIn(about) }
    return this.#tell<PlanView>(`${at(stack)}/plans`, { ...(await declarationBody(declared)), ...bodyOf(rest) })
  }

  plan(id: string): Promise<PlanView> {
    return this.#get(planAt(id))
  }

  async carryOut(id: string): Promise<Run> {
    return this.#run(await this.#tell<RunView>(`${planAt(id)}/carry-out`, {}))
  }

  async forgetPlan(id: string): Promise<void> {
    await this.#transport.command<null>('DELETE', planAt(id))
  }

  down(stack: StackRef, options: DownOptions = {}): Promise<Run> {
    return this.#command(stack, 'down', bodyOf(options))
  }

  patch(stack: StackRef, options: PatchOptions): Promise<Run> {
    return this.#command(stack, 'patch', bodyOf(options))
  }

  rollback(stack: StackRef, options: ActionOptions = {}): Promise<Run> {
    return this.#command(stack, 'rollback', bodyOf(options))
  }

  cancel(stack: StackRef, options: { readonly rollback?: boolean } = {}): Promise<Run> {
    return this.#command(stack, 'cancel', bodyOf(options))
  }

  suspend(stack: StackRef, options: ActionOptions = {}): Promise<Run> {
    return this.#command(stack, 'suspend', bodyOf(options))
  }

  resume(stack: StackRef, options: ActionOptions = {}): Promise<Run> {
    return this.#command(stack, 'resume', bodyOf(options))
  }

  check(stack: StackRef, options: ActionOptions = {}): Promise<Run> {
    return this.#command(stack, 'check', bodyOf(options))
  }

  async snapshot(stack: StackRef, options: SnapshotOptions = {}): Promise<{ readonly id: string; readonly run: Run }> {
    const taken = await this.#tell<{ readonly id: string; readonly run: RunView }>(
      `${at(stack)}/snapshots`,
      bodyOf(options),
    )
    return { id: taken.id, run: this.#run(taken.run) }
  }

  async deleteSnapshot(stack: StackRef, snapshot: string): Promise<void> {
    await this.#transport.command<null>('DELETE', snapshotAt(stack, snapshot))
  }

  async restore(stack: StackRef, snapshot: string, options: RestoreOptions = {}): Promise<Run> {
    return this.#run(await this.#tell<RunView>(`${snapshotAt(stack, snapshot)}/restore`, bodyOf(options), stack))
  }

  async abandon(stack: StackRef): Promise<{ readonly document: AbandonedStack; readonly run: Run }> {
    const answer = await this.#tell<{ readonly document: AbandonedStack; readonly run: RunView }>(
      `${at(stack)}/abandon`,
      {},
      stack,
    )
    return { document: answer.document, run: this.#run(answer.run) }
  }

  adopt({ stack, ...options }: AdoptOptions): Promise<Run> {
    return this.#command(stack, 'adopt', bodyOf(options))
  }

  async attach(stack: StackRef): Promise<Run> {
    return this.#run(await this.#get<RunView>(`${at(stack)}/run`))
  }

  async signal(stack: StackRef, resource: string, body: Json = null): Promise<string> {
    const said = await this.#tell<{ readonly message: string }>(`${resourceAt(stack, resource)}/signal`, { body })
    return said.message
  }

  async markUnhealthy(stack: StackRef, resource: string, options: MarkOptions = {}): Promise<void> {
    await this.#tell<null>(`${resourceAt(stack, resource)}/mark`, bodyOf(options))
  }

  async updateMetadata(stack: StackRef, resource: string, metadata: JsonObject): Promise<void> {
    await this.#transport.command<null>('PUT', `${resourceAt(stack, resource)}/metadata`, { body: metadata })
  }

  async watchReality(stack: StackRef, watch: WatchOptions | null): Promise<void> {
    await this.#transport.command<null>('PUT', `${at(stack)}/watch-reality`, {
      body: { watch: watch && bodyOf(watch) },
      headers: revisionOf(stack),
    })
  }

  async #command(stack: StackRef, word: string, body: JsonObject): Promise<Run> {
    return this.#run(await this.#tell<RunView>(`${at(stack)}/${word}`, body, stack))
  }

  #run(view: RunView): Run {
    return { ...view, settled: ({ signal } = {}) => this.#settled(view.id, signal) }
  }

  async #settled(id: string, signal: AbortSignal | undefined): Promise<StackView> {
    const patience = new Patience()
    for (;;) {
      signal?.throwIfAborted()
      try {
        const query = { waitSeconds: WAIT_SECONDS }
        const path = `${at({ id })}/at-rest`
        const { stack } = await this.#transport.ask<{ readonly stack: StackView | null }>('GET', path, {
          query,
          signal,
        })
        if (stack) return stack
        patience.renew()
      } catch (error) {
        signal?.throwIfAborted()
        await patience.after(error, signal)
      }
    }
  }

  // ── questions ─────────────────────────────────────────────────────────────────────────────────────────────────────

  async preview({
    stack,
    convergeReality,
    ...declared
  }: DeclareOptions & Pick<UpOptions, 'convergeReality'>): Promise<Preview> {
    const body = { ...(await declarationBody(declaredIn(declared))), ...bodyOf({ convergeReality }) }
    return this.#post<Preview>(`${at(stack)}/preview`, body)
  }

  previewPatch(stack: StackRef, options: Pick<PatchOptions, 'resources'>): Promise<Preview> {
    return this.#post(`${at(stack)}/preview-patch`, bodyOf(options))
  }

  previewDown(stack: StackRef): Promise<Preview> {
    return this.#get(`${at(stack)}/preview-down`)
  }

  previewRollback(stack: StackRef): Promise<Preview> {
    return this.#get(`${at(stack)}/preview-rollback`)
  }

  previewRestore(stack: StackRef, snapshot: string): Promise<Preview> {
    return this.#get(`${snapshotAt(stack, snapshot)}/preview-restore`)
  }

  async validate({ allowUnknownTypes, ...declared }: ValidateOptions): Promise<readonly Problem[]> {
    const body = { ...(await declarationBody(declaredIn(declared))), ...bodyOf({ allowUnknownTypes }) }
    return (await this.#post<{ readonly problems: readonly Problem[] }>('/validate', body)).problems
  }

  async graphOf(declared: Omit<DeclareOptions, 'stack'>): Promise<GraphView> {
    return this.#post<GraphView>('/graph', await declarationBody(declaredIn(declared)))
  }

  async stacks({ nested, after, limit = Number.POSITIVE_INFINITY }: StacksOptions = {}): Promise<readonly StackView[]> {
    const views: StackView[] = []
    let last = after
    for (;;) {
      const size = Math.min(STACKS_PAGE, limit - views.length)
      const query = { nested: nested ? 'true' : undefined, after: last, limit: size }
      const page = await this.#get<readonly StackView[]>('/stacks', query)
      views.push(...page)
      last = page.at(-1)?.name
      if (page.length < size || views.length >= limit || last === undefined) return views
    }
  }

  stack(stack: StackRef): Promise<StackView> {
    return this.#get(at(stack))
  }

  async resources(stack: StackRef, options: DepthOptions = {}): Promise<readonly ResourceView[]> {
    const views: ResourceView[] = []
    for (;;) {
      const last = views.at(-1)
      const query = { ...depthIn(options), after: last?.name, afterStack: last?.within?.stackId, limit: RESOURCES_PAGE }
      const page = await this.#get<readonly ResourceView[]>(`${at(stack)}/resources`, query)
      views.push(...page)
      if (namesIn(page) < RESOURCES_PAGE) return views
    }
  }

  nested(stack: StackRef, options: DepthOptions = { nestedDepth: 1 }): Promise<readonly NestedView[]> {
    return this.#get(`${at(stack)}/nested`, depthIn(options))
  }

  resource(stack: StackRef, resource: string): Promise<ResourceDetail> {
    return this.#get(resourceAt(stack, resource))
  }

  async metadata(stack: StackRef, resource: string): Promise<Json> {
    return (await this.resource(stack, resource)).metadata
  }

  async outputs(stack: StackRef): Promise<{ readonly [name: string]: OutputView }> {
    return (await this.stack(stack)).outputs
  }

  events(stack: StackRef, { after, limit, last, ...options }: EventsOptions = {}): Promise<readonly EventView[]> {
    return this.#get(`${at(stack)}/events`, { after, limit, last, ...depthIn(options) })
  }

  /** Ends when the stack is gone, or with `signal`. Goes on where it was when the connection breaks. */
  async *watch(
    stack: StackRef,
    {
      after,
      signal: wanted,
      ...options
    }: DepthOptions & { readonly after?: string; readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<EventView> {
    const signal = wanted ? AbortSignal.any([wanted, this.#closing.signal]) : this.#closing.signal
    const patience = new Patience()
    let [ref, last] = [stack, after]
    while (!signal.aborted) {
      try {
        const headers: { [name: string]: string } = {
          accept: 'text/event-stream',
          ...(last !== undefined && { 'last-event-id': last }),
        }
        const query = depthIn(options)
        const response = await this.#transport.open('GET', `${at(ref)}/watch`, { headers, signal, query })
        ref = { id: response.headers.get('x-isotherm-stack') ?? '' }
        patience.renew()
        for await (const { event, id, data } of serverEvents(response)) {
          if (event === 'end') return
          last = id ?? last
          const view: EventView = JSON.parse(data)
          yield view
        }
        await patience.pause(signal)
      } catch (error) {
        if (signal.aborted) return
        await patience.after(error, signal)
      }
    }
  }

  progress(stack: StackRef, { limit, ...options }: ProgressOptions = {}): Promise<ProgressView> {
    return this.#get(`${at(stack)}/progress`, { limit, ...depthIn(options) })
  }

  async lastEvent(stack: StackRef): Promise<string | undefined> {
    return (await this.#get<{ readonly id: string | null }>(`${at(stack)}/last-event`)).id ?? undefined
  }

  graph(stack: StackRef): Promise<GraphView> {
    return this.#get(`${at(stack)}/graph`)
  }

  why(stack: StackRef, resource: string): Promise<WhyView> {
    return this.#get(`${resourceAt(stack, resource)}/why`)
  }

  snapshots(stack: StackRef): Promise<readonly SnapshotView[]> {
    return this.#get(`${at(stack)}/snapshots`)
  }

  showSnapshot(stack: StackRef, snapshot: string): Promise<SnapshotDetail> {
    return this.#get(snapshotAt(stack, snapshot))
  }

  engines(): Promise<readonly EnginePulse[]> {
    return this.#get('/engines')
  }

  typeViews(): Promise<readonly TypeView[]> {
    return this.#get('/types')
  }

  /** Ends what is being watched. What was commanded goes on. */
  async close(): Promise<void> {
    this.#closing.abort()
  }

  #get<T>(path: string, query: { readonly [name: string]: string | number | undefined } = {}): Promise<T> {
    return this.#transport.ask('GET', path, { query })
  }

  #post<T>(path: string, body: Json): Promise<T> {
    return this.#transport.ask('POST', path, { body })
  }

  /** A command. @param presumed its revision is presumed, where it names one */
  #tell<T>(path: string, body: Json, presumed: StackRef = ''): Promise<T> {
    return this.#transport.command('POST', path, { body, headers: revisionOf(presumed) })
  }
}

const tagsIn = (about: UpOptions['about']) => (about?.tags ? { about: { tags: about.tags } } : {})

const planAt = (id: string): string => `/plans/${encodeURIComponent(id)}`
const at = (stack: StackRef): string =>
  `/stacks/${encodeURIComponent(typeof stack === 'string' ? stack : `id:${stack.id}`)}`
const resourceAt = (stack: StackRef, resource: string): string =>
  `${at(stack)}/resources/${encodeURIComponent(resource)}`
const snapshotAt = (stack: StackRef, snapshot: string): string =>
  `${at(stack)}/snapshots/${encodeURIComponent(snapshot)}`

const revisionOf = (stack: StackRef): { readonly [name: string]: string } =>
  typeof stack === 'string' || stack.traversal === undefined ? {} : { 'if-match': `"${stack.traversal}"` }
