// Whole numbers that a client writes with a point, `1.0`: in texts Heat keeps the point, and a JavaScript number cannot. Where a
// request has such numbers, its template and environment are kept as text, which says them.
import { isJsonObject, type JsonObject } from '../lib/json.js'
import { readQuickly } from './quick.js'
import { hasReal, jsonTextOf, type MapNode, type Node, realAt } from './tree.js'
import { setField } from './value.js'

/** `body` as it was read from `text`, but with the points that mean something. */
export function withReals(body: JsonObject, text: string, depthMax: number): JsonObject {
  if (!SUSPECT.test(text)) return body
  const read = readQuickly(text, depthMax)
  if (!('root' in read) || read.root.kind !== 'map') return body
  const fields = { ...body }
  for (const name of ['template', 'environment']) {
    const node = fieldOf(read.root, name)
    if (node?.kind === 'map' && hasReal(node)) fields[name] = jsonTextOf(node)
  }
  const parameters = fieldOf(read.root, 'parameters')
  if (parameters?.kind === 'map' && isJsonObject(body.parameters)) {
    fields.parameters = spelled(parameters, body.parameters)
  }
  return fields
}

const SUSPECT = /[:[,]\s*-?\d+\.0+\s*[,}\]]/

const fieldOf = ({ keys, values }: MapNode, name: string): Node | undefined => values[keys.indexOf(name)]

/** How Python writes a JSON text, if a whole number with a point is in it. */
export function realJson(text: string, depthMax: number): string | undefined {
  if (!/[.eE]/.test(text)) return undefined
  const read = readQuickly(text, depthMax)
  return 'root' in read ? realAt(read.root, '') : undefined
}

function spelled({ keys, values }: MapNode, parameters: JsonObject): JsonObject {
  const fields = { ...parameters }
  for (const [index, name] of keys.entries()) {
    const value = values[index]
    const text = value?.kind === 'scalar' ? realAt(value, '') : undefined
    if (text !== undefined) setField(fields, name, text)
  }
  return fields
}
