// A stack or a template as a graph of names, for pictures.
import type { Template } from '../template/index.js'

export interface GraphView {
  readonly resources: readonly GraphResource[]
}

export interface GraphResource {
  readonly name: string
  readonly type: string
  /** Names of the resources it depends on. */
  readonly requires: readonly string[]
}

export function graphOfTemplate(template: Template): GraphView {
  const resources = [...template.resources].map(([name, { type, requires }]) => ({ name, type, requires }))
  return { resources: resources.sort((one, other) => (one.name < other.name ? -1 : 1)) }
}
