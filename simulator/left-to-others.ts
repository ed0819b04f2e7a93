// Properties that a template leaves to others (`ignore_changes`): once the thing is what its template says, nothing but others
// changes them, whatever is declared, for as long as it is said. Reality alone is looked at.
import { canonical, type JsonObject } from '../src/lib/json.js'
import type { Extensions } from '../src/template/extensions.js'
import type { FarSide, RealThing } from './far-side.js'
import type { ResourceView, Rows } from './rows.js'
import type { Targets } from './targets.js'

export class LeftToOthers {
  /** By the thing's id and the property: what it was when it came to be so. */
  readonly #left = new Map<string, { readonly token: string; readonly value: string }>()

  constructor(
    readonly targets: Targets,
    readonly far: FarSide,
  ) {}

  /** After each transaction. @returns what was changed all the same. */
  *follow({ resources }: Rows): Iterable<string> {
    const living = new Map(resources.map((row) => [row.token, row]))
    for (const [key, { token, value }] of this.#left) {
      const [id = '', property = ''] = key.split('.')
      const row = living.get(token)
      const thing = this.far.things.get(id)
      if (!thing || !row || !this.#ignored(row).includes(property)) this.#left.delete(key)
      else if (thing.tampered.has(property)) this.#left.delete(key)
      else if (canonical(thing.properties[property] ?? null) !== value) {
        yield `${property} of ${row.name} (${id}) is left to others, and was ${value}`
        this.#left.delete(key)
      }
    }
    for (const row of resources) this.#note(row)
  }

  #note(row: ResourceView): void {
    const thing = this.far.things.get(row.physical_id ?? '')
    if (!thing || !isSettled(row)) return
    for (const property of this.#ignored(row)) {
      thing.tampered.delete(property)
      this.#left.set(`${thing.id}.${property}`, {
        token: row.token,
        value: canonical(thing.properties[property] ?? null),
      })
    }
  }

  #ignored({ stack_id, name, type }: ResourceView): readonly string[] {
    const wanted = this.targets.templateOf(stack_id)[name]
    return wanted?.type === type ? (wanted.isotherm?.ignoreChanges ?? []) : []
  }
}

const isSettled = ({ current, phase, status, state }: ResourceView): boolean =>
  current && phase === null && status === 'COMPLETE' && state === 'idle'

/** What is expected of a thing: what is left to others is as it is. */
export function asLeft(
  { isotherm }: { readonly isotherm?: Extensions },
  wanted: JsonObject,
  { properties }: RealThing,
): JsonObject {
  const ignored = isotherm?.ignoreChanges ?? []
  const others = Object.entries(wanted).filter(([property]) => !ignored.includes(property))
  const left = Object.entries(properties).filter(([property]) => ignored.includes(property))
  return Object.fromEntries([...others, ...left])
}
