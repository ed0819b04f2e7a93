// The template language as the rest of Isotherm sees it: read, resolve, evaluate.
export { findCycle } from './cycle.js'
export {
  type Definition,
  hashDefinition,
  type Output,
  type Parameter,
  type Place,
  type Template,
} from './definition.js'
export { type Environment, parseEnvironment } from './environment.js'
export { mergeEnvironments, parameterTypesOf } from './environment-merge.js'
export { evaluate, evaluateKnown, type Inputs, UNKNOWN, type Unknown } from './evaluate.js'
export { EvaluationError } from './evaluation-error.js'
export { DEFAULT_LIMITS, type Limits } from './limits.js'
export { type Parsed, type ParseOptions, parseTemplate, type TemplateSource } from './parse.js'
export { type Reference, referencesOf } from './references.js'
export { type ResolvedType, resolveType } from './registry.js'
export {
  type DefinitionOptions,
  type Pseudo,
  type Resolved,
  type ResolvedDefinition,
  type ResolveOptions,
  resolveDefinition,
  resolveTemplate,
} from './resolve.js'
export { type PathStep, selectPath } from './select.js'
export { callOf, makeCall, quote, type Value } from './value.js'
