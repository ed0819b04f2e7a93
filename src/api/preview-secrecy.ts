// What a preview must not show: values of secret properties, those that hidden parameters lead to, and what is read of
// resources that hold secrets; as they are to be, and as they were.

import type { Declared } from '../engine/declare/declare.js'
import { secretPartsOf, secretValues } from '../engine/secrecy.js'
import type { PlannedChange, PreviewVersion } from '../graph/preview.js'
import type { Json } from '../lib/json.js'
import type { TypeRegistry } from '../provider/registry.js'
import { blot } from '../provider/secrets.js'
import type { Opened } from '../store/sealing.js'
import type { Template } from '../template/definition.js'
import { HIDDEN } from './hidden.js'

type Version = PreviewVersion & Opened

export class Secrecy {
  readonly #hidden: readonly Json[]

  constructor(
    template: Template,
    readonly definitions: Declared['definitions'],
    readonly versions: ReadonlyMap<string, readonly Version[]>,
    readonly types: TypeRegistry,
  ) {
    this.#hidden = Object.values(template.parameters).flatMap(({ hidden, value }) => (hidden ? [value] : []))
  }

  cover(change: PlannedChange): PlannedChange {
    const parts = this.#partsOf(change.name)
    const schemas = this.types.get(change.type)?.properties ?? {}
    const isSecret = (name: string) => schemas[name]?.secret === true || parts.has(`properties.${name}`)
    const { problem } = change
    return {
      ...change,
      ...(problem !== undefined && { problem: blot(problem, ...this.#hidden, ...this.#known(change.name)) }),
      differences: change.differences.map((difference) =>
        isSecret(difference.name) ? covered(difference) : difference,
      ),
    }
  }

  #partsOf(name: string): ReadonlySet<string> {
    const definition = this.definitions.get(name)
    const versions = this.versions.get(name) ?? []
    const inputs = new Map((definition?.requires ?? []).map((required) => [required, this.#inputOf(required)]))
    return new Set([
      ...((definition && secretPartsOf(definition.body, inputs)) ?? []),
      ...versions.flatMap(({ secret }) => secret ?? []),
    ])
  }

  /** What is not there yet will be secret if its definition is. */
  #inputOf(name: string): Pick<Opened, 'secret'> {
    const secret = this.versions.get(name)?.find((version) => version.secret)?.secret
    const declared = this.definitions.get(name)?.body.secret
    return secret || declared ? { secret: secret ?? declared ?? [] } : {}
  }

  #known(name: string): Json[] {
    const names = [name, ...(this.definitions.get(name)?.requires ?? [])]
    return names
      .flatMap((one) => this.versions.get(one) ?? [])
      .flatMap(({ secret = [], properties, attributes, type }) =>
        secretValues(secret, { properties: properties ?? {}, attributes }, this.types.get(type)),
      )
  }
}

const covered = (difference: PlannedChange['differences'][number]) => ({
  ...difference,
  ...(difference.before !== undefined && { before: HIDDEN }),
  ...(difference.after !== undefined && { after: HIDDEN }),
})
