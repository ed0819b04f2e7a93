// What the templates of nested stacks ask for, resource by resource, as far as it is known before anything exists.
import { declare } from '../engine/declare/declare.js'
import { isJsonObject, type Json, type JsonObject } from '../lib/json.js'
import { InvalidInput } from '../lib/problem.js'
import { evaluateKnown, type Inputs, UNKNOWN, type Unknown } from '../template/evaluate.js'
import { type Definition, EvaluationError, parseTemplate, type Template } from '../template/index.js'
import { quote, type Value } from '../template/value.js'
import { describeDocument, standInsFor, type TemplateDescription } from './describe.js'
import type { DeclareOptions } from './options.js'
import { declaredInside, type Looking } from './preview-nested.js'

export interface NestedDescription extends TemplateDescription {
  /** Of the resource that the stack is nested in. */
  readonly type: string
  readonly nested: NestedDescriptions
}

export interface NestedDescriptions {
  readonly [resource: string]: NestedDescription
}

/** @param described the outermost template, of which it is known that it is valid apart from values that are still to be given */
export async function describeNested(
  looking: Looking,
  options: Omit<DeclareOptions, 'stack'>,
  described: TemplateDescription,
): Promise<NestedDescriptions> {
  const parameters = { ...options.parameters, ...standInsFor(described.parameters) }
  const [stack, projectId] = ['validate', looking.project]
  try {
    const pseudo = { stackId: NO_ID, stackName: stack, projectId }
    return await inside(
      looking,
      stack,
      await declare({ ...options, parameters, stack }, looking.types, pseudo, undefined),
    )
  } catch (error) {
    // A value that stands in for one to come does not fit everywhere.
    if (error instanceof InvalidInput) return {}
    throw error
  }
}

const NO_ID = '00000000-0000-0000-0000-000000000000'

type Declared = Awaited<ReturnType<typeof declare>>

async function inside(
  looking: Looking,
  stackName: string,
  declared: Declared,
  alike = false,
): Promise<NestedDescriptions> {
  const described: { [resource: string]: NestedDescription } = {}
  const told = new Set<string>()
  for (const [name, definition] of declared.template.resources) {
    const { type } = definition
    if (!declared.types.get(type)?.composite || (alike && told.has(type))) continue
    told.add(type)
    const template = withStandIns(declared.template, name, definition)
    const inner = await declaredInside(looking, undefined, stackName, { ...declared, template }, name, undefined)
    if (!inner) continue
    const deeper = { ...looking, depth: (looking.depth ?? 0) + 1 }
    described[name] = {
      ...describeDocument(documentOf(inner), givenTo(definition)),
      type,
      nested: await inside(deeper, `${stackName}-${name}`, inner, MANY_ALIKE.test(type)),
    }
  }
  return described
}

/** Kept as it was written. */
function documentOf({ record: { document } }: Declared): Json | undefined {
  const { text, object }: JsonObject = isJsonObject(document) ? document : {}
  return typeof text === 'string' ? parseTemplate({ text }).document : object
}

/** The first of a group's members stands for all of them. */
const MANY_ALIKE = /Group$/

/** What is known of it and not secret. */
const givenTo = (definition: Definition): JsonObject =>
  Object.fromEntries(
    known(definition).flatMap(([name, value]) =>
      value === UNKNOWN || definition.secret?.includes(`properties.${name}`) ? [] : [[name, value] as const],
    ),
  )

/** Where a property depends on another resource, an empty text stands in for what that will give. */
function withStandIns(template: Template, name: string, definition: Definition): Template {
  const values = known(definition).map(
    ([property, value]) => [property, value === UNKNOWN ? '' : quote(value)] as const,
  )
  const resources = new Map(template.resources).set(name, { ...definition, properties: Object.fromEntries(values) })
  return { ...template, resources }
}

const NOTHING: Inputs<Json | Unknown> = { reference: () => UNKNOWN, attribute: () => UNKNOWN }

const known = ({ properties }: Definition): (readonly [property: string, value: Json | Unknown])[] =>
  Object.entries(properties).map(([name, value]) => [name, knownValue(value)])

function knownValue(value: Value): Json | Unknown {
  try {
    return evaluateKnown(value, NOTHING).value
  } catch (error) {
    if (error instanceof EvaluationError) return UNKNOWN
    throw error
  }
}
