// The options of the library's methods, one by one, as they are checked when somebody asks; what they mean is said where their types are.
import type { DeclareOptions } from '../engine/declare/options.js'
import { asking, is, type OptionSchemas } from './asked.js'
import type { DeploymentOptions } from './deployments.js'
import type { DoctorOptions } from './doctor.js'
import type { MarkOptions } from './mark.js'
import type {
  ActionOptions,
  AdoptOptions,
  DownOptions,
  OpenOptions,
  PatchOptions,
  UpOptions,
  ValidateOptions,
} from './options.js'
import type { PlanOptions } from './plans.js'
import type { ProgressOptions } from './progress.js'
import type { RekeyOptions } from './rekey.js'
import type { RestoreOptions, SnapshotOptions } from './snapshots.js'
import type { StacksOptions } from './stack-page.js'
import type { DepthOptions, EventsOptions } from './within.js'

const anything = {}
const text = { type: 'string' }
const flag = { type: 'boolean' }
const map = { type: 'object' }
const texts = { type: 'array', items: text }
const seconds = { type: 'number', minimum: 0 }
const count = { type: 'integer', minimum: 0 }
/** Of a traversal, at most a year. */
const timeoutSeconds = { type: 'number', exclusiveMinimum: 0, maximum: 31_536_000 }
const someSeconds = { type: 'number', exclusiveMinimum: 0 }
const onFailure = { enum: ['rollback', 'stop', 'continue'] }
const onFailureAsIs = { enum: ['stop', 'continue'] }
const callable = is('a function', (value) => typeof value === 'function')

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null
const canDo = (value: unknown, ...methods: readonly string[]): boolean =>
  isObject(value) && methods.every((name) => typeof Reflect.get(value, name) === 'function')

const database = is(
  'memory:, a directory, a postgres:// URL, or a database that is open',
  (value) => (typeof value === 'string' && value !== '') || canDo(value, 'query', 'transaction'),
)
const types = {
  type: 'array',
  items: is('a resource type, as defineType gives it', (value) => isObject(value) && isType(value)),
}
const isType = (value: object): boolean =>
  typeof Reflect.get(value, 'name') === 'string' &&
  isObject(Reflect.get(value, 'properties')) &&
  canDo(value, 'create', 'delete')
const depth = is('a whole number of levels, or Infinity', (value) => value === Infinity || isCount(value))
const isCount = (value: unknown): boolean => typeof value === 'number' && Number.isInteger(value) && value >= 0
const world = is('a world', (value) => canDo(value, 'sleep', 'newId'))
const log = is('a logger', (value) => canDo(value, 'debug', 'info', 'warn', 'error'))
const publicUrl = is('a text, or a promise of one', (value) => typeof value === 'string' || canDo(value, 'then'))
const presume = is("'new', or { id, traversal }", (value) => value === 'new' || (isObject(value) && 'id' in value))

/** Each with the limits that make sense. */
const numbers = (schemas: { readonly [name: string]: object }) => ({
  type: 'object',
  properties: schemas,
  additionalProperties: false,
})
const retention = numbers({
  eventDays: seconds,
  eventsPerStackMax: count,
  templateDays: seconds,
  templatesPerStackMax: count,
  deletedStackDays: seconds,
})

const declared: OptionSchemas<DeclareOptions> = {
  stack: text,
  template: anything,
  templateFile: text,
  parameters: map,
  environment: map,
  files: { type: 'object', additionalProperties: text },
}
const up: OptionSchemas<UpOptions> = {
  ...declared,
  onFailure,
  timeoutSeconds,
  convergeReality: flag,
  watchReality: is('{ minutes, driftLimit }, or null', (value) => value === null || isObject(value)),
  presume,
  about: map,
}
const { presume: _, ...planned } = up
const { template: __, templateFile: ___, ...brought } = declared
const action: OptionSchemas<ActionOptions> = { timeoutSeconds }
const within: OptionSchemas<DepthOptions> = { nestedDepth: depth }

/** One for each question or command: gives back the options that it is given. Throws InvalidInput. */
export const asked = {
  open: asking<OpenOptions>({
    database,
    key: is('a text, or false', (value) => typeof value === 'string' || value === false),
    keyFile: text,
    types,
    refuseTypes: texts,
    treeLimits: numbers({
      nestedDepthMax: count,
      resourcesMax: is('a whole number, or null', (value) => value === null || isCount(value)),
    }),
    engines: count,
    slots: { type: 'integer', minimum: 1 },
    project: { type: 'string', minLength: 1 },
    baseDirectory: text,
    silentSeconds: someSeconds,
    idleSeconds: someSeconds,
    drainSeconds: seconds,
    retry: numbers({ attemptsMax: { type: 'integer', minimum: 1 }, baseSeconds: seconds, maxSeconds: seconds }),
    retention: { if: { const: false }, else: retention },
    log,
    telemetry: map,
    mayReach: callable,
    publicUrl,
    world,
  }),
  up: asking<UpOptions>(up, ['stack', 'template']),
  savePlan: asking<PlanOptions>({ ...planned, keepSeconds: anything }, ['stack', 'template']),
  // Whoever asks first and acts then asks with the same options.
  preview: asking<DeclareOptions & Pick<UpOptions, 'convergeReality'>>(up, ['stack', 'template']),
  validate: asking<ValidateOptions>({ ...up, allowUnknownTypes: flag, unknownTypesMeant: callable }, ['template']),
  graphOf: asking<Omit<DeclareOptions, 'stack'>>(up, ['template']),
  adopt: asking<AdoptOptions>(
    { ...brought, document: map, template: anything, onFailure: onFailureAsIs, timeoutSeconds },
    ['stack', 'document'],
  ),
  patch: asking<PatchOptions>({ resources: map, onFailure, timeoutSeconds }, ['resources']),
  down: asking<DownOptions>({ timeoutSeconds, onFailure: onFailureAsIs }),
  cancel: asking<{ readonly rollback?: boolean }>({ rollback: flag }),
  act: asking<ActionOptions>(action),
  snapshot: asking<SnapshotOptions>({ ...action, name: text }),
  restore: asking<RestoreOptions>({ ...action, onFailure }),
  mark: asking<MarkOptions>({ reason: text, healthy: flag }),
  stacks: asking<StacksOptions>({ nested: flag, after: text, limit: count }),
  depth: asking<DepthOptions>(within),
  events: asking<EventsOptions>({ ...within, after: text, limit: count, last: count }),
  watch: asking<DepthOptions & { readonly after?: string; readonly signal?: AbortSignal }>({
    ...within,
    after: text,
    signal: is('an AbortSignal', (value) => canDo(value, 'addEventListener')),
  }),
  progress: asking<ProgressOptions>({ ...within, limit: count }),
  deployments: asking<DeploymentOptions>({ addresses: flag }),
  doctor: asking<DoctorOptions>({
    database,
    fix: flag,
    types,
    world,
    now: callable,
    silentSeconds: someSeconds,
    heldSeconds: someSeconds,
    deadRowsMin: count,
    clockSeconds: seconds,
  }),
  rekey: asking<RekeyOptions>({ database, key: text, keyFile: text, newKeyFile: text, forgetOtherKeys: flag, types }),
}
