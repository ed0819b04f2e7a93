// What templates can be made of: types of resources, versions of the language, its functions; and whether one is valid.
import { describeTemplate, type TemplateDescription } from '../../api/describe.js'
import { describeNested, type NestedDescriptions } from '../../api/describe-nested.js'
import type { Json, JsonObject } from '../../lib/json.js'
import type { ResourceType } from '../../provider/contract.js'
import { functionsIn, languageVersions } from '../../template/index.js'
import { Regex } from '../../template/regex/index.js'
import { badRequest, noSuch } from '../errors.js'
import { oneOf } from '../query.js'
import { checkTemplate, type Quotas } from '../quotas.js'
import { type Answer, type Call, param, type Route } from '../route.js'
import { functionDescription } from '../views/functions.js'
import { generatedTemplate, typeSchema, validatedParameter } from '../views/template.js'
import { told } from '../views/warnings.js'
import { bodyOf, DECLARATION, type Fetch, wantedFrom } from './declaring.js'

const TEXT: JsonObject = { type: 'string' }
const FLAG: JsonObject = { type: 'boolean' }

export function templateRoutes(fetch: Fetch, quotas: Quotas): Route[] {
  return [
    get('/resource_types', 'stacks:list_resource_types', 'the types of resources', types, {
      name: { ...TEXT, description: 'A regular expression.' },
      version: TEXT,
      support_status: TEXT,
      with_description: FLAG,
    }),
    get(
      '/resource_types/:type',
      'stacks:resource_schema',
      'a type with its properties and attributes',
      (call) => typeSchema(typeNamed(call), call.query.flag('with_description')),
      { with_description: FLAG },
    ),
    get(
      '/resource_types/:type/template',
      'stacks:generate_template',
      'a template around a type, to begin with',
      (call) =>
        generatedTemplate(
          typeNamed(call),
          oneOf('template_type', call.query.text('template_type') ?? 'cfn', ['cfn', 'hot']),
        ),
      {
        template_type: { enum: ['cfn', 'hot'] },
      },
    ),
    get('/template_versions', 'stacks:list_template_versions', 'the versions of the language', versions),
    get(
      '/template_versions/:version/functions',
      'stacks:list_template_functions',
      'the functions of a version',
      functions,
      {
        with_condition_func: FLAG,
      },
    ),
    {
      method: 'POST',
      path: '/v1/:tenant/validate',
      operation: 'stacks:validate_template',
      summary: 'what is wrong with a template, and what it asks for',
      access: 'write',
      query: { show_nested: FLAG, ignore_errors: TEXT },
      body: { type: 'object', properties: { ...DECLARATION } },
      status: 200,
      warns: true,
      answer: (call) => validate(call, fetch, quotas),
      asks: true,
    },
  ]
}

function get(
  subpath: string,
  operation: string,
  summary: string,
  give: (call: Call) => Json,
  query?: { readonly [name: string]: JsonObject },
): Route {
  const answer = async (call: Call) => ({ body: give(call) })
  const path = `/v1/:tenant${subpath}`
  return { method: 'GET', path, operation, summary, access: 'read', status: 200, answer, ...(query && { query }) }
}

function types(call: Call): Json {
  const { query } = call
  const pattern = query.text('name')
  const matches = pattern === undefined ? () => true : matcher(pattern)
  const status = query.text('support_status')
  const found = call
    .tenant()
    .isotherm.types()
    .filter(({ name }) => matches(name) && (status ?? 'SUPPORTED') === 'SUPPORTED')
  if (!query.flag('with_description')) return { resource_types: found.map(({ name }) => name) }
  return {
    resource_types: found.map(({ name, description }) => ({ resource_type: name, description: description ?? '' })),
  }
}

/** The language's own engine for patterns counts its steps: no pattern can keep the server. */
function matcher(pattern: string): (name: string) => boolean {
  try {
    const regex = new Regex(pattern)
    let steps = 0
    const step = () => {
      if (++steps > STEPS_MAX) throw badRequest('name: the expression takes too long')
    }
    return (name) => regex.find([...name], step) !== undefined
  } catch (error) {
    throw badRequest(`name: ${error instanceof Error ? error.message : 'no regular expression'}`)
  }
}

function typeNamed(call: Call): ResourceType {
  const name = param(call, 'type')
  const type = call
    .tenant()
    .isotherm.types()
    .find((one) => one.name === name)
  if (!type) throw noSuch('Resource Type', name)
  return type
}

const STEPS_MAX = 1_000_000

const versions = (): Json => ({
  template_versions: languageVersions().map(({ name, type, aliases }) => ({
    version: name,
    type,
    aliases: [...aliases],
  })),
})

function functions(call: Call): Json {
  const version = param(call, 'version')
  const names = functionsIn(version, call.query.flag('with_condition_func'))
  if (!names) throw noSuch('Template Version', version)
  return { template_functions: names.map((name) => ({ functions: name, description: functionDescription(name) })) }
}

async function validate(call: Call, fetch: Fetch, quotas: Quotas): Promise<Answer> {
  const wanted = await wantedFrom(bodyOf(call.body), (url) => fetch(url, call.caller))
  checkTemplate(wanted.template, quotas)
  const { isotherm, parts } = call.tenant()
  const allowUnknownTypes = ignoredIn(call.query.list('ignore_errors', { commas: true })).has(TYPE_UNAVAILABLE)
  const described = await describeTemplate(isotherm, {
    ...wanted,
    allowUnknownTypes,
    unknownTypesMeant: (name) => OF_SERVICES.test(name),
  })
  const nested = call.query.flag('show_nested') ? await describeNested(parts, wanted, described) : {}
  const environment = {
    parameters: {},
    parameter_defaults: {},
    resource_registry: {},
    event_sinks: [],
    ...wanted.environment,
  }
  const shown = asked(described)
  return {
    body: {
      Description: described.description,
      ...shown,
      ...nestedParameters(nested),
      Environment: covered(environment, shown.Parameters),
      ...told(described),
    },
  }
}

/** Types that Heat knows, and has no service behind in some clouds. What no Heat knows is an error all the same. */
const OF_SERVICES =
  /^(?:OS::(?:Aodh|Barbican|Blazar|Ceilometer|Cinder|Designate|Glance|Gnocchi|Ironic|Keystone|Magnum|Manila|Mistral|Monasca|Neutron|Nova|Octavia|Sahara|Senlin|Swift|Trove|Vitrage|Zaqar|Zun)|AWS::(?:EC2|ElasticLoadBalancing|IAM|RDS|S3))::\w+$/

/** Heat's number for a type that a template names and whose service is not there. */
const TYPE_UNAVAILABLE = '99001'

function ignoredIn(codes: readonly string[]): Set<string> {
  const stray = codes.filter((code) => code !== TYPE_UNAVAILABLE)
  if (stray.length > 0) {
    throw badRequest(`Invalid codes in ignore_errors : [${stray.map((code) => `'${code}'`).join(', ')}]`)
  }
  return new Set(codes)
}

function asked({ parameters, parameterGroups }: TemplateDescription) {
  const shown = Object.fromEntries(parameters.map((parameter) => [parameter.name, validatedParameter(parameter)]))
  return { Parameters: shown, ...(parameterGroups !== null && { ParameterGroups: parameterGroups }) }
}

function nestedParameters(nested: NestedDescriptions): JsonObject {
  const shown = Object.entries(nested).map(([name, inside]): [string, JsonObject] => [
    name,
    { Type: inside.type, Description: inside.description, ...asked(inside), ...nestedParameters(inside.nested) },
  ])
  return shown.length > 0 ? { NestedParameters: Object.fromEntries(shown) } : {}
}

function covered(environment: JsonObject, shown: { readonly [name: string]: JsonObject }): JsonObject {
  const parameters = Object.entries(environment.parameters ?? {}).map(([name, value]): [string, Json] => [
    name,
    shown[name]?.NoEcho === 'true' ? '******' : value,
  ])
  return { ...environment, parameters: Object.fromEntries(parameters) }
}
