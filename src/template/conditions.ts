// The `conditions` section: named truths over parameters, each worked out when it is first asked for.
import type { Json, JsonObject } from '../lib/json.js'
import { didYouMean } from '../lib/suggest.js'
import { type Context, Scope } from './scope.js'

export class Conditions {
  readonly #known = new Map<string, boolean | 'open'>()
  #context: Context | undefined

  constructor(readonly section: JsonObject) {}

  /** Works out every condition, so that the problems of those that nobody uses are told too. */
  check(context: Context): void {
    this.#context = context
    const scope = new Scope(context, ['conditions'])
    for (const name of Object.keys(this.section)) this.named(name, scope)
  }

  /** The truth of the condition `name`, for whoever asks in `asker`. */
  named(name: string, asker: Scope): boolean {
    const known = this.#known.get(name)
    if (known === 'open') {
      asker.problem(`circular definition of condition ${name}`)
      return false
    }
    if (known !== undefined) return known
    if (!Object.hasOwn(this.section, name)) {
      asker.problem(`no condition named ${name}`, didYouMean(name, Object.keys(this.section)))
      return false
    }
    return this.#workOut(name, this.section[name] ?? null, this.#context ?? asker.context)
  }

  #workOut(name: string, definition: Json, context: Context): boolean {
    this.#known.set(name, 'open')
    const truth = new Scope(context, ['conditions', name]).condition(definition)
    this.#known.set(name, truth)
    return truth
  }
}

export const NO_CONDITIONS = new Conditions({})
