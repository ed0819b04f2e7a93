// Resource types as their users see them: what can be said of them, and what they answer.
import type { TypeView } from '../../index.js'
import { type Line, type Piece, table, toned } from './line.js'

export function drawTypes(types: readonly TypeView[]): Line[] {
  return table(types.map(({ name, description }): Piece[] => [toned('bold', name), firstSentence(description)]))
}

export function drawType({ name, description, properties, attributes }: TypeView): Line[] {
  const lines: Line[] = [[toned('bold', name)]]
  if (description) lines.push([description])
  const given = Object.entries(properties).map(([property, schema]): Piece[] => [
    `  ${property}`,
    toned('dim', `${schema.type}${schema.required ? ', required' : ''}${schema.secret ? ', secret' : ''}`),
    toned('dim', changeOf(schema.onChange ?? 'replace')),
    `${schema.description ?? ''}${schema.default === undefined ? '' : ` (default ${JSON.stringify(schema.default)})`}`.trim(),
  ])
  if (given.length > 0) lines.push([], [toned('bold', 'Properties')], ...table(given))
  const answered = Object.entries(attributes).map(([attribute, schema]): Piece[] => [
    `  ${attribute}`,
    toned('dim', `${schema.type ?? 'any'}${schema.secret ? ', secret' : ''}`),
    schema.description ?? '',
  ])
  if (answered.length > 0) lines.push([], [toned('bold', 'Attributes')], ...table(answered))
  return lines
}

function changeOf(onChange: 'update' | 'replace' | 'immutable'): string {
  return { update: 'changes in place', replace: 'a change replaces', immutable: 'cannot change' }[onChange]
}

const firstSentence = (text: string): string => /^.*?[.!?](?=\s|$)/s.exec(text)?.[0] ?? text
