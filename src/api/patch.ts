// A patch: definitions that replace, add or remove, checked against the template in force.

import type { DefinitionChange } from '../engine/converge.js'
import { checkTypes, refuseSecrets, toStored, withoutHidden } from '../engine/declare/declare.js'
import { environmentOf } from '../engine/declare/environment.js'
import { mapTypes } from '../engine/declare/type-mapping.js'
import { shortestCycle } from '../lib/cycle.js'
import { InvalidInput, type Problem } from '../lib/problem.js'
import type { TypeRegistry } from '../provider/registry.js'
import type { Sql } from '../store/database.js'
import { secretHash } from '../store/keyring.js'
import type { StackRow } from '../store/stacks.js'
import { readDefinitionSummaries, type TemplateRow } from '../store/templates.js'
import { type Definition, resolveDefinition } from '../template/index.js'

/** Throws InvalidInput with all problems. */
export async function resolvePatch(
  sql: Sql,
  stack: StackRow,
  template: TemplateRow,
  resources: { readonly [name: string]: object | null },
  types: TypeRegistry,
): Promise<DefinitionChange> {
  const requires = new Map((await readDefinitionSummaries(sql, stack.id)).map((known) => [known.name, known.requires]))
  const removed = Object.keys(resources).filter((name) => resources[name] === null)
  const problems: Problem[] = removed
    .filter((name) => !requires.has(name))
    .map((name) => ({ path: `resources.${name}`, message: `there is no resource ${name} that could be removed` }))
  for (const name of removed) requires.delete(name)
  const given = Object.entries(resources).flatMap(([name, raw]) => (raw === null ? [] : [[name, raw] as const]))
  for (const [name] of given) if (!requires.has(name)) requires.set(name, [])
  const definitions = new Map<string, Definition>()
  const options = {
    parameters: template.parameters,
    files: template.files,
    pseudo: { stackId: stack.uid, stackName: stack.name, projectId: stack.project },
    exists: (name: string) => requires.has(name),
  }
  for (const [name, raw] of given) {
    const resolved = resolveDefinition(name, raw, options)
    problems.push(...resolved.problems)
    if (!resolved.definition) continue
    definitions.set(name, resolved.definition)
    requires.set(name, resolved.definition.requires)
  }
  const written = { description: '', parameters: {}, resources: definitions, outputs: {}, placeOf: () => undefined }
  const { template: patched, problems: unmapped } = mapTypes(
    written,
    environmentOf(template.environment),
    template.files,
  )
  problems.push(...unmapped, ...checkTypes(patched, types), ...brokenReferences(requires, removed))
  const cycle = problems.length === 0 ? shortestCycle(requires.keys(), (name) => requires.get(name) ?? []) : undefined
  if (cycle)
    problems.push({ path: `resources.${cycle[0]}`, message: `dependency cycle: ${[...cycle, cycle[0]].join(' -> ')}` })
  if (problems.length > 0) throw new InvalidInput(withoutHidden(problems, template))
  const hash = secretHash(sql)
  const put = [...patched.resources].map(([name, definition]) => toStored(name, definition, types, hash))
  if (!hash)
    refuseSecrets(
      put.flatMap(({ name, body }) => (body.secret ? [`resources.${name}`] : [])),
      patched,
    )
  return { kind: 'delta', put, removed }
}

function brokenReferences(requires: ReadonlyMap<string, readonly string[]>, removed: readonly string[]): Problem[] {
  if (removed.length === 0) return []
  const gone = new Set(removed)
  return [...requires].flatMap(([name, needed]) =>
    needed
      .filter((required) => gone.has(required))
      .map((required) => ({
        path: `resources.${name}`,
        message: `${name} still needs ${required}, which is to be removed`,
      })),
  )
}
