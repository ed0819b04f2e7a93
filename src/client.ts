// `isotherm/client`: a server's stacks from wherever there is `fetch`. Nothing of the library itself is loaded with it.

export type { AbandonedStack } from './api/abandon.js'
export type { FailingView } from './api/failing.js'
export type { StackRef } from './api/find.js'
export type { GraphResource, GraphView } from './api/graph.js'
export type { MarkOptions } from './api/mark.js'
export type {
  ActionOptions,
  AdoptOptions,
  DeclareOptions,
  DownOptions,
  PatchOptions,
  UpOptions,
  ValidateOptions,
} from './api/options.js'
export type { Orchestrator } from './api/orchestrator.js'
export type { PlanOptions, PlanView } from './api/plans.js'
export type { ChangeView, DriftView, Preview } from './api/preview.js'
export type { ProgressOptions, ProgressResource, ProgressView } from './api/progress.js'
export type { WatchOptions } from './api/reality.js'
export type { Run } from './api/run.js'
export type { RestoreOptions, SnapshotDetail, SnapshotOptions, SnapshotView } from './api/snapshots.js'
export type {
  EnginePulse,
  EventView,
  OutputView,
  ResourceDetail,
  ResourceView,
  StackView,
  TypeView,
  WhyView,
  WithinView,
} from './api/views.js'
export type { DepthOptions, EventsOptions, NestedView } from './api/within.js'
export { type Client, connect } from './client/client.js'
export { Refused, ServerUnavailable } from './client/errors.js'
export type { ConnectOptions } from './client/transport.js'
export type { TemplateInput } from './engine/declare/options.js'
export type { Json, JsonObject } from './lib/json.js'
export { formatProblem, InvalidInput, type Problem } from './lib/problem.js'
export { Conflict, NotFound, Outdated, PlanOutdated, Unavailable } from './lib/trouble.js'
