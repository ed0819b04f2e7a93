// The package `isotherm`, as its users import it.

export type { AbandonedStack, Abandonment } from './api/abandon.js'
export type { DeploymentView } from './api/deployments.js'
export type { DoctorLimits, Finding, FindingKind } from './api/diagnosis.js'
export { type Diagnosis, type DoctorOptions, doctor } from './api/doctor.js'
export type { FailingView } from './api/failing.js'
export { Conflict, NotFound, Outdated, type StackRef } from './api/find.js'
export type { GraphResource, GraphView } from './api/graph.js'
export { Isotherm } from './api/isotherm.js'
export type { MarkOptions } from './api/mark.js'
export { open } from './api/open.js'
export type {
  ActionOptions,
  AdoptOptions,
  DownOptions,
  OpenOptions,
  PatchOptions,
  UpOptions,
  ValidateOptions,
} from './api/options.js'
export type { Orchestrator } from './api/orchestrator.js'
export type { PlanOptions, PlanView } from './api/plans.js'
export type { ChangeView, DriftView, Preview } from './api/preview.js'
export type { ProgressOptions, ProgressResource, ProgressView } from './api/progress.js'
export type { WatchOptions } from './api/reality.js'
export { type Rekeyed, type RekeyOptions, rekey } from './api/rekey.js'
export type { Run } from './api/run.js'
export type { RestoreOptions, SnapshotDetail, SnapshotOptions, SnapshotView } from './api/snapshots.js'
export { anyType, type BuiltInTypes, type NamedType } from './api/stack/built-in.js'
export {
  defineStack,
  type StackContext,
  type StackModule,
  type StackOptions,
  type StackTemplate,
  typesOf,
} from './api/stack/define.js'
export { Condition, Expression, Misuse, Reference } from './api/stack/expression.js'
export { type ConditionInput, fn, text, type UrlParts } from './api/stack/functions.js'
export type { Input, JsonInput, PropertiesInput } from './api/stack/input.js'
export { placeOfError } from './api/stack/place.js'
export type { OutputOptions, ParameterOptions, Resource, ResourceOptions, Stack } from './api/stack/stack.js'
export { type SchemaOptions, templateSchema } from './api/template-schema.js'
export type {
  EventView,
  OutputView,
  ResourceDetail,
  ResourceView,
  StackView,
  TypeView,
  WatchView,
  WhyView,
  WithinView,
} from './api/views.js'
export type { DepthOptions, EventsOptions, NestedView } from './api/within.js'
export { readEnvironments } from './engine/declare/environment.js'
export { type FileReference, filesOf, templatesOfRegistry } from './engine/declare/files.js'
export type { DeclareOptions, TemplateInput } from './engine/declare/options.js'
export type { RetentionPolicy } from './engine/retention.js'
export type { RetryPolicy } from './engine/retry.js'
export type { Json, JsonObject } from './lib/json.js'
export { formatProblem, InvalidInput, type Problem } from './lib/problem.js'
export { PlanOutdated, Unavailable } from './lib/trouble.js'
export type { World } from './lib/world.js'
export {
  type Around,
  type Child,
  type CompositeSpec,
  type Composition,
  defineComposite,
  type Member,
} from './provider/composite.js'
export * from './provider/contract.js'
export { type ErrorClass, ProviderError } from './provider/error.js'
export { DatabaseUnavailable } from './store/database.js'
export { isTemplateFile } from './template/index.js'
