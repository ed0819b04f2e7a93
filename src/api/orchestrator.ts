// All that can be asked and commanded of stacks, wherever it is carried out: by the library in this process (`Isotherm`), or by
// a server (`isotherm/client`). Whoever needs no more than this does not know which one they have.
import type { Json, JsonObject } from '../lib/json.js'
import type { Problem } from '../lib/problem.js'
import type { AbandonedStack } from './abandon.js'
import type { StackRef } from './find.js'
import type { GraphView } from './graph.js'
import type { MarkOptions } from './mark.js'
import type {
  ActionOptions,
  AdoptOptions,
  DeclareOptions,
  DownOptions,
  PatchOptions,
  UpOptions,
  ValidateOptions,
} from './options.js'
import type { PlanOptions, PlanView } from './plans.js'
import type { Preview } from './preview.js'
import type { ProgressOptions, ProgressView } from './progress.js'
import type { WatchOptions } from './reality.js'
import type { Run } from './run.js'
import type { RestoreOptions, SnapshotDetail, SnapshotOptions, SnapshotView } from './snapshots.js'
import type { StacksOptions } from './stack-page.js'
import type {
  EnginePulse,
  EventView,
  OutputView,
  ResourceDetail,
  ResourceView,
  StackView,
  TypeView,
  WhyView,
} from './views.js'
import type { DepthOptions, EventsOptions, NestedView } from './within.js'

/** Commands return once they are durable. Every method throws NotFound, InvalidInput, Conflict or Unavailable where it has to. */
export interface Orchestrator {
  /** Engines of this very process carry out what is commanded. */
  readonly worksHere: boolean

  up(options: UpOptions): Promise<Run>
  savePlan(options: PlanOptions): Promise<PlanView>
  plan(id: string): Promise<PlanView>
  carryOut(id: string): Promise<Run>
  forgetPlan(id: string): Promise<void>
  down(stack: StackRef, options?: DownOptions): Promise<Run>
  patch(stack: StackRef, options: PatchOptions): Promise<Run>
  rollback(stack: StackRef, options?: ActionOptions): Promise<Run>
  cancel(stack: StackRef, options?: { readonly rollback?: boolean }): Promise<Run>
  suspend(stack: StackRef, options?: ActionOptions): Promise<Run>
  resume(stack: StackRef, options?: ActionOptions): Promise<Run>
  check(stack: StackRef, options?: ActionOptions): Promise<Run>
  attach(stack: StackRef): Promise<Run>
  snapshot(stack: StackRef, options?: SnapshotOptions): Promise<{ readonly id: string; readonly run: Run }>
  deleteSnapshot(stack: StackRef, snapshot: string): Promise<void>
  restore(stack: StackRef, snapshot: string, options?: RestoreOptions): Promise<Run>
  abandon(stack: StackRef): Promise<{ readonly document: AbandonedStack; readonly run: Run }>
  adopt(options: AdoptOptions): Promise<Run>
  signal(stack: StackRef, resource: string, body?: Json): Promise<string>
  markUnhealthy(stack: StackRef, resource: string, options?: MarkOptions): Promise<void>
  updateMetadata(stack: StackRef, resource: string, metadata: JsonObject): Promise<void>
  watchReality(stack: StackRef, watch: WatchOptions | null): Promise<void>

  preview(options: DeclareOptions & Pick<UpOptions, 'convergeReality'>): Promise<Preview>
  previewPatch(stack: StackRef, options: Pick<PatchOptions, 'resources'>): Promise<Preview>
  previewDown(stack: StackRef): Promise<Preview>
  previewRollback(stack: StackRef): Promise<Preview>
  previewRestore(stack: StackRef, snapshot: string): Promise<Preview>
  validate(options: ValidateOptions): Promise<readonly Problem[]>
  graphOf(options: Omit<DeclareOptions, 'stack'>): Promise<GraphView>

  stacks(options?: StacksOptions): Promise<readonly StackView[]>
  stack(stack: StackRef): Promise<StackView>
  resources(stack: StackRef, options?: DepthOptions): Promise<readonly ResourceView[]>
  nested(stack: StackRef, options?: DepthOptions): Promise<readonly NestedView[]>
  resource(stack: StackRef, resource: string): Promise<ResourceDetail>
  metadata(stack: StackRef, resource: string): Promise<Json>
  outputs(stack: StackRef): Promise<{ readonly [name: string]: OutputView }>
  events(stack: StackRef, options?: EventsOptions): Promise<readonly EventView[]>
  watch(
    stack: StackRef,
    options?: DepthOptions & { readonly after?: string; readonly signal?: AbortSignal },
  ): AsyncIterable<EventView>
  progress(stack: StackRef, options?: ProgressOptions): Promise<ProgressView>
  lastEvent(stack: StackRef): Promise<string | undefined>
  graph(stack: StackRef): Promise<GraphView>
  why(stack: StackRef, resource: string): Promise<WhyView>
  snapshots(stack: StackRef): Promise<readonly SnapshotView[]>
  showSnapshot(stack: StackRef, snapshot: string): Promise<SnapshotDetail>
  engines(): Promise<readonly EnginePulse[]>
  typeViews(): Promise<readonly TypeView[]>

  close(): Promise<void>
}
