// Run time: the calls that had to wait for other resources are made, now that those are there. Previews use the same
// evaluator with inputs that may be UNKNOWN.
import type { Json } from '../lib/json.js'
import { EvaluationError } from './evaluation-error.js'
import { operationNamed } from './functions/table.js'
import { DEFAULT_LIMITS } from './limits.js'
import type { PathStep } from './select.js'
import { type Call, callOf, mapChildren, type Value } from './value.js'
import { Work } from './work.js'

/** What a value that is not known yet stands for in previews. */
export const UNKNOWN: unique symbol = Symbol('unknown')
export type Unknown = typeof UNKNOWN

/** Where values get what other resources give. */
export interface Inputs<Answer = Json> {
  /** What `get_resource` gives. */
  reference(resource: string): Answer
  /** What `get_attr` gives; without an attribute: a map of all. A path that leads nowhere gives null. */
  attribute(resource: string, attribute: string | undefined, path: readonly PathStep[]): Answer
}

/** The value of `value`. Throws EvaluationError, nothing else. */
export function evaluate(value: Value, inputs: Inputs): Json {
  const result = new Evaluator(inputs).evaluate(value)
  if (result === UNKNOWN) throw new EvaluationError('an input is not known')
  return result
}

/** The value of `value`, or UNKNOWN as soon as any part of it is. Throws EvaluationError, nothing else. */
export function evaluateKnown(
  value: Value,
  inputs: Inputs<Json | Unknown>,
): { value: Json | Unknown; unknown: boolean } {
  const result = new Evaluator(inputs).evaluate(value)
  return { value: result, unknown: result === UNKNOWN }
}

class Evaluator {
  readonly #path: (string | number)[] = []
  readonly #work = new Work(DEFAULT_LIMITS)
  #unknown = false

  constructor(readonly inputs: Inputs<Json | Unknown>) {}

  evaluate(value: Value): Json | Unknown {
    try {
      const result = this.#value(value)
      return this.#unknown ? UNKNOWN : result
    } catch (error) {
      throw this.#failure(error)
    }
  }

  #failure(error: unknown): EvaluationError {
    const path = this.#path.join('.')
    if (error instanceof EvaluationError) return new EvaluationError(error.reason, path, { cause: error })
    if (error instanceof RangeError)
      return new EvaluationError('the value is too large or too deeply nested', path, { cause: error })
    return new EvaluationError(error instanceof Error ? error.message : String(error), path, { cause: error })
  }

  /** Once a part is unknown the rest is still walked, but nothing is computed from it; the result is not looked at. */
  #value(value: Value): Json {
    const call = callOf(value)
    return call ? this.#call(call) : mapChildren(value, (child, key) => this.#step(key, child))
  }

  #step(key: string | number, value: Value): Json {
    this.#path.push(key)
    const result = this.#value(value)
    // Not in a `finally`: after an error the path tells where it happened.
    this.#path.pop()
    return result
  }

  #call(call: Call): Json {
    if (call.name === 'quote') return call.args[0] ?? null
    if (call.name === 'get_resource') return this.#answer(this.inputs.reference(textArgument(call)))
    if (call.name === 'get_attr') return this.#attribute(call)
    const operation = operationNamed(call.name)
    if (!operation) throw new EvaluationError(`no such operation as ${call.name}`)
    this.#path.push(call.name)
    const argument = this.#value(call.args[0] ?? null)
    const result = this.#unknown ? null : operation.apply(argument, this.#work)
    this.#path.pop()
    return result
  }

  #attribute(call: Call): Json {
    const resource = textArgument(call)
    const steps = call.args.slice(1).map((step) => asStep(this.#value(step)))
    if (this.#unknown) return null
    const [attribute, ...path] = steps
    return this.#answer(this.inputs.attribute(resource, attribute === undefined ? undefined : String(attribute), path))
  }

  #answer(answer: Json | Unknown): Json {
    if (answer !== UNKNOWN) return answer
    this.#unknown = true
    return null
  }
}

function textArgument(call: Call): string {
  const [name] = call.args
  if (typeof name !== 'string') throw new EvaluationError(`${call.name} needs the name of a resource`)
  return name
}

function asStep(step: Json): PathStep {
  if (typeof step === 'string' || typeof step === 'number' || typeof step === 'boolean') return step
  return step === null ? '' : refuseStep()
}

function refuseStep(): never {
  throw new EvaluationError('a step of a path must be a name or a number')
}
