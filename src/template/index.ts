// The template language as the rest of Isotherm sees it: read, resolve, evaluate.
export { functionsIn, languageVersions } from './catalogue.js'
export { findCycle } from './cycle.js'
export {
  type Definition,
  type Output,
  type Place,
  type Template,
  writeDefinition,
} from './definition.js'
export { type Environment, parseEnvironment } from './environment.js'
export { mergeEnvironments, parameterTypesOf } from './environment-merge.js'
export { evaluate } from './evaluate.js'
export { EvaluationError } from './evaluation-error.js'
export { type Parsed, parseTemplate } from './parse.js'
export { rememberPlaces } from './places.js'
export { withReals } from './reals.js'
export { referencesOf } from './references.js'
export { isTemplateFile, type ResolvedType, resolveType } from './registry.js'
export { resolveDefinition, resolveTemplate } from './resolve.js'
export { cloudFormationSchemas } from './schema/cloud-formation.js'
export { hotSchema } from './schema/hot.js'
export { signatureOf } from './signature.js'
