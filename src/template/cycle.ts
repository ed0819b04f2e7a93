// A template whose resources wait for each other in a circle can never be created: the circle is shown edge by edge.
import { shortestCycle } from '../lib/cycle.js'
import type { Problem } from '../lib/problem.js'
import type { Definition, Place } from './definition.js'
import { referencesOf } from './references.js'

/** What a cycle is looked for in: a whole template, or the definitions of one that has other problems. */
interface Dependent {
  readonly resources: ReadonlyMap<string, Definition>
  readonly placeOf: (path: string) => Place | undefined
}

/** How many edges of a long cycle are written out. */
const SHOWN_MAX = 12

/** The shortest dependency cycle; a resource that refers to itself is one. */
export function findCycle(template: Dependent): Problem | undefined {
  const cycle = shortestCycle(template.resources.keys(), (name) => template.resources.get(name)?.requires ?? [])
  const [first] = cycle ?? []
  if (!cycle || first === undefined) return undefined
  const edges = cycle.map((name, index) => edgeOf(template, name, cycle[index + 1] ?? first))
  const shown = edges.slice(0, SHOWN_MAX).map(({ text }) => text)
  const hidden = edges.length - shown.length
  if (hidden > 0) shown.push(`… ${hidden} more … -> ${first}`)
  const path = edges[0]?.path ?? `resources.${first}`
  const hint = cycle.length === 1 ? 'a resource cannot wait for itself' : 'remove one of these references'
  return {
    ...template.placeOf(path),
    path,
    message: `dependency cycle: ${first} ${shown.join(' ')}`,
    hint,
    kind: 'cycle',
  }
}

interface Edge {
  readonly path: string
  readonly text: string
}

function edgeOf(template: Dependent, from: string, to: string): Edge {
  const written = whereWritten(template.resources.get(from), to)
  const path = `resources.${from}.${written}`
  const line = template.placeOf(path)?.line
  return { path, text: `-> ${to} (${line === undefined ? '' : `line ${line}: `}${written})` }
}

function whereWritten(definition: Definition | undefined, to: string): string {
  for (const [name, value] of Object.entries(definition?.properties ?? {})) {
    const found = referencesOf(value).find(({ resource }) => resource === to)
    if (found) return ['properties', name, ...found.path].join('.')
  }
  const found = referencesOf(definition?.metadata ?? null).find(({ resource }) => resource === to)
  return found ? ['metadata', ...found.path].join('.') : 'depends_on'
}
