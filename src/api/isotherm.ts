// The library's front door. Every method is one question or one command; a command returns once it is durable.
import { rollBack, takeDown } from '../engine/converge.js'
import { declare, type HashSecret } from '../engine/declare/declare.js'
import type { EngineHealth } from '../engine/engine.js'
import type { Json, JsonObject } from '../lib/json.js'
import type { InvalidInput } from '../lib/problem.js'
import type { ResourceType } from '../provider/contract.js'
import { type Backlog, readBacklog } from '../store/engines.js'
import { secretHash } from '../store/keyring.js'
import { readGraph, readLastEventId } from '../store/progress.js'
import { type Abandonment, abandon } from './abandon.js'
import { cancelStack, visit } from './actions.js'
import { adopt } from './adopt.js'
import { asked } from './asked-options.js'
import { type DeploymentOptions, type DeploymentView, deploymentsOf } from './deployments.js'
import { Desk, type Parts } from './desk.js'
import { getLast, getVersions, type StackRef } from './find.js'
import { type GraphView, graphOfTemplate } from './graph.js'
import { type MarkOptions, markUnhealthy, updateMetadata } from './mark.js'
import type {
  ActionOptions,
  AdoptOptions,
  DeclareOptions,
  DownOptions,
  PatchOptions,
  UpOptions,
  ValidateOptions,
} from './options.js'
import type { Orchestrator } from './orchestrator.js'
import { patch } from './patch.js'
import { carryOutPlan, forgetPlan, type PlanOptions, type PlanView, savePlan, showPlan } from './plans.js'
import type { Preview } from './preview.js'
import { previewDown, previewPatch, previewRestore, previewRollback, previewUp } from './previews.js'
import { type ProgressOptions, type ProgressView, progress } from './progress.js'
import { type WatchOptions, watchReality } from './reality.js'
import { resourceDetail } from './resource-detail.js'
import type { Run } from './run.js'
import { signal } from './signal.js'
import {
  forgetSnapshot,
  listSnapshots,
  type RestoreOptions,
  restoreSnapshot,
  type SnapshotDetail,
  type SnapshotOptions,
  type SnapshotView,
  showSnapshot,
  takeSnapshot,
} from './snapshots.js'
import { checkStackName } from './stack-name.js'
import { listViews, type StacksOptions } from './stack-page.js'
import { up } from './up.js'
import { validate } from './validate.js'
import {
  type EngineView,
  type EventView,
  engineViews,
  type OutputView,
  type ResourceDetail,
  type ResourceView,
  type StackView,
  type TypeView,
  typeView,
  type WhyView,
} from './views.js'
import { watch } from './watch.js'
import { why } from './why.js'
import {
  type DepthOptions,
  type EventsOptions,
  eventsWithin,
  type NestedView,
  nestedWithin,
  resourcesWithin,
} from './within.js'

export class Isotherm implements Orchestrator {
  readonly #parts: Parts
  readonly #desk: Desk
  readonly #closing = new AbortController()
  readonly #hash: HashSecret

  constructor(parts: Parts) {
    this.#parts = parts
    this.#desk = new Desk(parts)
    this.#hash = secretHash(parts.database)
  }

  /** The same library, bound to another project. It shares everything with this one, so only this one is closed. */
  forProject(project: string): Isotherm {
    return new Isotherm({ ...this.#parts, project })
  }

  // ── commands ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Brings a stack to a template: makes it, or updates it, superseding whatever is running. Throws InvalidInput. */
  async up(options: UpOptions): Promise<Run> {
    return up(this.#desk, asked.up(options), this.#hash)
  }

  /** Keeps what `up` would do, to be carried out later exactly so, or not at all. Throws InvalidInput. */
  async savePlan(options: PlanOptions): Promise<PlanView> {
    return savePlan(this.#desk, asked.savePlan(options), this.#hash)
  }

  /** A saved plan. Throws NotFound. */
  plan(id: string): Promise<PlanView> {
    return showPlan(this.#desk, id)
  }

  /** Does exactly what the plan foretold. Throws NotFound, PlanOutdated when the stack has moved since. */
  carryOut(id: string): Promise<Run> {
    return carryOutPlan(this.#desk, id, this.#hash)
  }

  /** Throws NotFound. */
  forgetPlan(id: string): Promise<void> {
    return forgetPlan(this.#desk, id)
  }

  /**
   * What `up` would do. Changes nothing and waits for nothing, but with `convergeReality`: then a stack at rest is checked
   * first, and the preview tells what differs.
   */
  async preview(options: DeclareOptions & Pick<UpOptions, 'convergeReality'>): Promise<Preview> {
    return previewUp(this.#desk, asked.preview(options), this.#hash)
  }

  /** What `patch` would do; reads the whole template. Throws NotFound, InvalidInput. */
  async previewPatch(name: StackRef, options: Pick<PatchOptions, 'resources'>): Promise<Preview> {
    return previewPatch(this.#desk, name, asked.patch(options))
  }

  /** What `down` would do. */
  previewDown(name: StackRef): Promise<Preview> {
    return previewDown(this.#desk, name)
  }

  /** What `rollback` would do, as far as it is known now. */
  previewRollback(name: StackRef): Promise<Preview> {
    return previewRollback(this.#desk, name)
  }

  /** What `restore` would do, besides mending what its look at reality finds. Throws NotFound, InvalidInput. */
  previewRestore(name: StackRef, snapshot: string): Promise<Preview> {
    return previewRestore(this.#desk, name, snapshot)
  }

  /** Problems of a template without touching any stack; an empty list when there are none. */
  async validate(options: ValidateOptions): Promise<InvalidInput['problems']> {
    return validate(asked.validate(options), this.#parts.types, this.#desk.pseudo('validate', NO_ID))
  }

  /** Deletes a stack and everything in it, but for what its template retains. */
  async down(name: StackRef, options: DownOptions = {}): Promise<Run> {
    const { timeoutSeconds, onFailure = 'continue' } = asked.down(options)
    return this.#desk.commandOn(name, (sql, stack) => takeDown(sql, stack, { timeoutSeconds, onFailure }))
  }

  /** Brings a stack back to the last template that it reached. */
  async rollback(name: StackRef, options: ActionOptions = {}): Promise<Run> {
    const limits = asked.act(options)
    return this.#desk.commandOn(name, (sql, stack) => rollBack(sql, stack, limits))
  }

  /** Stops what is running: rolls back, or leaves everything as it is. */
  async cancel(name: StackRef, options: { readonly rollback?: boolean } = {}): Promise<Run> {
    const { rollback = true } = asked.cancel(options)
    return this.#desk.commandOn(name, (sql, stack) => cancelStack(sql, stack, rollback))
  }

  /** Brings everything in a stack to rest, dependants first, without unmaking it. The next `up` or `resume` brings it back. */
  async suspend(name: StackRef, options: ActionOptions = {}): Promise<Run> {
    return visit(this.#desk, name, 'SUSPEND', asked.act(options))
  }

  /** Brings back what was suspended, in order of dependencies. */
  async resume(name: StackRef, options: ActionOptions = {}): Promise<Run> {
    return visit(this.#desk, name, 'RESUME', asked.act(options))
  }

  /**
   * Compares every resource with reality. What is gone, differs or is unwell becomes CHECK_FAILED, with what was found; the
   * next `up` mends it.
   */
  async check(name: StackRef, options: ActionOptions = {}): Promise<Run> {
    return visit(this.#desk, name, 'CHECK', asked.act(options))
  }

  /** Has a stack checked every so often, and mended up to a limit; null ends it. Throws InvalidInput, NotFound. */
  watchReality(name: StackRef, watch: WatchOptions | null): Promise<void> {
    return watchReality(this.#desk, name, watch)
  }

  /**
   * Keeps what a stack is: its template, and what each thing holds, as far as its type can keep that. Throws InvalidInput
   * while something is under way.
   */
  async snapshot(name: StackRef, options: SnapshotOptions = {}): Promise<{ readonly id: string; readonly run: Run }> {
    return takeSnapshot(this.#desk, name, asked.snapshot(options))
  }

  /** Oldest first. */
  snapshots(name: StackRef): Promise<SnapshotView[]> {
    return listSnapshots(this.#desk, name)
  }

  /** One snapshot, by its id or its name. Throws NotFound. */
  showSnapshot(name: StackRef, snapshot: string): Promise<SnapshotDetail> {
    return showSnapshot(this.#desk, name, snapshot)
  }

  /** Forgets a snapshot. Throws NotFound. */
  deleteSnapshot(name: StackRef, snapshot: string): Promise<void> {
    return forgetSnapshot(this.#desk, name, snapshot)
  }

  /** Brings a stack back to what a snapshot kept: an ordinary update. Throws NotFound, InvalidInput. */
  async restore(name: StackRef, snapshot: string, options: RestoreOptions = {}): Promise<Run> {
    return restoreSnapshot(this.#desk, name, snapshot, asked.restore(options))
  }

  /**
   * Forgets a stack and leaves its things in the world. What is known of them is given back in Heat's form, but for secrets;
   * `adopt` takes it. Throws InvalidInput while something is under way.
   */
  abandon(name: StackRef): Promise<Abandonment> {
    return abandon(this.#desk, name)
  }

  /** Makes a stack of things that exist: each is looked at, and then brought to what the template says. Throws Conflict. */
  async adopt(options: AdoptOptions): Promise<Run> {
    checkStackName(asked.adopt(options).stack)
    return adopt(this.#desk, options)
  }

  /**
   * A person knows that a resource is unwell: the next `up` mends it or makes it anew, whatever a check says. Or that it is
   * well after all. Throws Conflict while something is being done to it.
   */
  async markUnhealthy(name: StackRef, resource: string, options: MarkOptions = {}): Promise<void> {
    return markUnhealthy(this.#desk, name, resource, asked.mark(options))
  }

  /** A resource's metadata. */
  async metadata(name: StackRef, resource: string): Promise<Json> {
    return (await this.resource(name, resource)).metadata
  }

  /** Replaces a resource's metadata, until a template says otherwise. */
  updateMetadata(name: StackRef, resource: string, metadata: JsonObject): Promise<void> {
    return updateMetadata(this.#desk, name, resource, metadata)
  }

  /** An update by what differs from the template in force. Throws InvalidInput. */
  async patch(name: StackRef, options: PatchOptions): Promise<Run> {
    return patch(this.#desk, name, asked.patch(options))
  }

  /** The command under way on a stack, or the last one, to wait for its end: also where that was its deletion. Throws NotFound. */
  async attach(name: StackRef): Promise<Run> {
    return this.#desk.run(await getLast(this.#parts, name))
  }

  /** Tells a resource something from outside, for example a wait condition's handle. Resolves to what the resource says. */
  signal(name: StackRef, resource: string, body: Json = null): Promise<string> {
    return signal(this.#desk, name, resource, body)
  }

  // ── questions ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** By name; without outputs. Throws KeyMissing. */
  async stacks(options: StacksOptions = {}): Promise<StackView[]> {
    return listViews(this.#parts, asked.stacks(options))
  }

  /** Throws NotFound. */
  async stack(name: StackRef): Promise<StackView> {
    return this.#desk.view(await this.#desk.get(name))
  }

  /** All of them. @param options.nestedDepth how deep nested stacks are looked into as well. */
  async resources(name: StackRef, options: DepthOptions = {}): Promise<ResourceView[]> {
    return resourcesWithin(this.#parts.database, await this.#desk.get(name), asked.depth(options))
  }

  /** The stacks that are nested in a stack, each after the one that it is in. */
  async nested(name: StackRef, options: DepthOptions = { nestedDepth: 1 }): Promise<NestedView[]> {
    return nestedWithin(this.#parts.database, await this.#desk.get(name), asked.depth(options))
  }

  /** One resource, by its name or its path (`group/0/server`), with its properties and attributes, secrets hidden. */
  async resource(name: StackRef, path: string): Promise<ResourceDetail> {
    const { stack, resource } = await this.#desk.reach(name, path)
    return resourceDetail(this.#parts, stack, resource)
  }

  async outputs(name: StackRef): Promise<{ readonly [name: string]: OutputView }> {
    return (await this.stack(name)).outputs
  }

  /** Oldest first; `after` is the id of the last event seen. */
  async events(name: StackRef, options: EventsOptions = {}): Promise<EventView[]> {
    return eventsWithin(this.#parts.database, await this.#desk.get(name), asked.events(options))
  }

  /** Events as they happen, beginning after `after` (default: with the first of the stack). Ends when the stack is gone. */
  watch(
    name: StackRef,
    options: DepthOptions & { readonly after?: string; readonly signal?: AbortSignal } = {},
  ): AsyncIterable<EventView> {
    const { signal, ...from } = asked.watch(options)
    const { database, world } = this.#parts
    const ending = AbortSignal.any([this.#closing.signal, ...(signal ? [signal] : [])])
    return watch(database, world, () => this.#desk.get(name), { ...from, signal: ending })
  }

  /** How far a stack is: counts, and at most `limit` of its resources, the most telling first. Cheap to ask often. */
  async progress(name: StackRef, options: ProgressOptions = {}): Promise<ProgressView> {
    return progress(this.#parts, await this.#desk.get(name), asked.progress(options))
  }

  /** Where a stack's history ends, to be given as `after`. */
  async lastEvent(name: StackRef): Promise<string | undefined> {
    return readLastEventId(this.#parts.database, (await this.#desk.get(name)).id)
  }

  /** The template in force as a graph of names. */
  async graph(name: StackRef): Promise<GraphView> {
    return { resources: await readGraph(this.#parts.database, (await this.#desk.get(name)).id) }
  }

  /** A template as a graph of names, without touching any stack. Throws InvalidInput. */
  async graphOf(options: Omit<DeclareOptions, 'stack'>): Promise<GraphView> {
    const pseudo = this.#desk.pseudo('graph', NO_ID)
    return graphOfTemplate(
      (await declare({ ...asked.graphOf(options), stack: 'graph' }, this.#parts.types, pseudo, this.#hash)).template,
    )
  }

  async why(name: StackRef, path: string): Promise<WhyView> {
    const { stack, resource } = await this.#desk.reach(name, path)
    return why(this.#parts.database, stack, await getVersions(this.#parts.database, stack, resource))
  }

  /** What there is to run on a server: the deployments of all stacks of the project that name it. */
  async deployments(server: string, options: DeploymentOptions = {}): Promise<DeploymentView[]> {
    return deploymentsOf(this.#parts, server, asked.deployments(options))
  }

  /** Engines that have signed on, in any process, with the time since each was last heard of. */
  async engines(): Promise<EngineView[]> {
    return engineViews(this.#parts.database)
  }

  /** How the engines of this process are. */
  health(): EngineHealth[] {
    return this.#parts.engines.map(({ health }) => health)
  }

  /** What waits for engines, in all projects. */
  backlog(): Promise<Backlog> {
    return readBacklog(this.#parts.database, BACKLOG_MAX)
  }

  /** Engines of this process carry out what is commanded. */
  get worksHere(): boolean {
    return this.#parts.engines.length > 0
  }

  async typeViews(): Promise<TypeView[]> {
    return this.types().map(typeView)
  }

  types(): ResourceType[] {
    return this.#parts.types.names().flatMap((name) => this.#parts.types.get(name) ?? [])
  }

  /**
   * Aborted when this process cannot go on with its database: the disk under an embedded one is full, or secrets came for which it has no
   * key. The reason is the error, and says what to do; close it then, and open it again when that is done.
   */
  get lost(): AbortSignal {
    return this.#parts.lost
  }

  /** Lets running calls finish, hands back what does not, and closes the database. */
  async close(): Promise<void> {
    this.#closing.abort()
    const { engines, duties, database, lost, drainSeconds } = this.#parts
    await Promise.all(engines.map((engine) => engine.stop(lost.aborted ? 0 : drainSeconds)))
    await Promise.all(duties.map((duty) => duty.stop()))
    await database.close()
  }
}

const NO_ID = '00000000-0000-0000-0000-000000000000'
const BACKLOG_MAX = 100_000
