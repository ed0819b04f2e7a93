// A stack as a program: `defineStack` runs it once and gives the same document that a template in HOT would be.
import type { Json, JsonObject } from '../../lib/json.js'
import { InvalidInput } from '../../lib/problem.js'
import type { ResourceType } from '../../provider/contract.js'
import { rememberPlaces } from '../../template/index.js'
import { Misuse, type Owner } from './expression.js'
import { callersPlace, Places, placeOfError } from './place.js'
import { Stack } from './stack.js'

export interface StackOptions {
  readonly description?: string
  /** Types of your own; those of the stack's resources are known without being named here. */
  readonly types?: readonly ResourceType[]
}

/** A template in HOT, as `up`, `preview` and `validate` take it. */
export type StackTemplate = { readonly [section: string]: Json }

/** What the module of a stack may export as its default: a template, or what makes one. */
export type StackModule = StackTemplate | ((context: StackContext) => StackTemplate | Promise<StackTemplate>)

/** What the command line was given. */
export interface StackContext {
  /** By `-P`, else by an environment's `parameters`. */
  readonly parameters: { readonly [name: string]: Json }
  /** The environments (`-e`) as one. */
  readonly environment: JsonObject
}

const typesIn = new WeakMap<object, readonly ResourceType[]>()
let stacks = 0

/** Runs `build` once. Throws InvalidInput with file and line for what is wrong already while it is written down. */
export function defineStack(build: (stack: Stack) => void): StackTemplate
export function defineStack(options: StackOptions, build: (stack: Stack) => void): StackTemplate
export function defineStack(
  ...given: [build: (stack: Stack) => void] | [options: StackOptions, build: (stack: Stack) => void]
): StackTemplate {
  const [options, build] = given.length === 1 ? [{}, given[0]] : given
  const place = callersPlace()
  const owner: Owner = { number: ++stacks, place: place ? `${place.file}:${place.line}` : 'another place' }
  const places = new Places(place)
  const stack = new Stack(owner, places, options.description)
  const answer: unknown = run(build, stack)
  if (answer instanceof Promise) throw new InvalidInput([{ ...place, path: '', message: ASYNC, hint: ASYNC_HINT }])
  const document = stack.close()
  rememberPlaces(document, places.of)
  typesIn.set(document, [...new Set([...stack.types, ...(options.types ?? [])])])
  return document
}

/** What the program does wrongly with a value of ours is bad input like any other. */
function run(build: (stack: Stack) => void, stack: Stack): unknown {
  try {
    return build(stack)
  } catch (error) {
    if (!(error instanceof Misuse)) throw error
    const { message, hint } = error
    throw new InvalidInput([{ ...placeOfError(error), path: '', message, ...(hint !== undefined && { hint }) }])
  }
}

const ASYNC = 'the function given to defineStack must not be async'
const ASYNC_HINT = 'wait first: export default async () => { const x = await …; return defineStack((stack) => { … }) }'

/** The types of a stack's resources, and those that it was given: engines need them. */
export const typesOf = (template: object): readonly ResourceType[] => typesIn.get(template) ?? []
