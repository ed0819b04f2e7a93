// A patch: definitions that replace, add or remove, checked against those of the template in force that they meet. The rest
// of the template is not read, so that a change of one resource costs the same among ten and among a million.

import { converge, type DefinitionChange, emptyTemplate } from '../engine/converge.js'
import { checkTypes, refuseSecrets, toStored, withoutHidden } from '../engine/declare/declare.js'
import { environmentOf } from '../engine/declare/environment.js'
import { mapTypes } from '../engine/declare/type-mapping.js'
import { WantedGraph, type WantedNode } from '../graph/wanted.js'
import { InvalidInput, type Problem } from '../lib/problem.js'
import type { TypeRegistry } from '../provider/registry.js'
import type { Sql } from '../store/database.js'
import { Declaration } from '../store/declaration.js'
import { readDefinitions, readDependants, readDownstream } from '../store/definitions.js'
import { secretHash } from '../store/keyring.js'
import type { StackRow } from '../store/stacks.js'
import { readAllDefinitionsAt, readTemplate, type StoredDefinition, type TemplateRow } from '../store/templates.js'
import { type Definition, resolveDefinition } from '../template/index.js'
import type { Desk } from './desk.js'
import type { StackRef } from './find.js'
import type { PatchOptions } from './options.js'
import type { Run } from './run.js'

/** Throws InvalidInput with all problems. */
export async function patch(
  desk: Desk,
  ref: StackRef,
  { resources, onFailure = 'rollback', timeoutSeconds }: PatchOptions,
): Promise<Run> {
  let warnings: readonly Problem[] = []
  const run = await desk.commandOn(ref, async (sql, stack) => {
    const template = (await readTemplate(sql, stack.id, stack.templateTraversal)) ?? emptyTemplate
    const patched = await resolvePatch(sql, stack, template, resources, desk.parts.types)
    warnings = patched.warnings
    const put = Declaration.of(patched.stored)
    const definitions: DefinitionChange = { kind: 'delta', put, removed: patched.removed }
    await converge(sql, stack, { action: 'UPDATE', onFailure, timeoutSeconds, template, definitions })
  })
  return { ...run, ...(warnings.length > 0 && { warnings }) }
}

/** All definitions as they would be then; the whole template is read for it. Throws InvalidInput with all problems. */
export async function patchedTemplate(
  desk: Desk,
  stack: StackRow,
  { resources }: Pick<PatchOptions, 'resources'>,
): Promise<Pick<Patched, 'warnings'> & { readonly definitions: readonly StoredDefinition[] }> {
  const { database, types } = desk.parts
  const template = (await readTemplate(database, stack.id, stack.templateTraversal)) ?? emptyTemplate
  const { stored, warnings } = await resolvePatch(database, stack, template, resources, types)
  const there = await readAllDefinitionsAt(database, stack.id, stack.templateTraversal)
  return { definitions: [...there.filter(({ name }) => !Object.hasOwn(resources, name)), ...stored], warnings }
}

interface Patched {
  readonly stored: readonly StoredDefinition[]
  readonly removed: readonly string[]
  readonly warnings: readonly Problem[]
}

async function resolvePatch(
  sql: Sql,
  stack: StackRow,
  template: TemplateRow,
  resources: { readonly [name: string]: object | null },
  types: TypeRegistry,
): Promise<Patched> {
  const given = Object.entries(resources).flatMap(([name, raw]) => (raw === null ? [] : [[name, raw] as const]))
  const removed = Object.keys(resources).filter((name) => resources[name] === null)
  const names = await namesAround(sql, stack, template, given, removed)
  const { definitions, problems, warnings } = resolveAll(stack, template, given, (name) => names.has(name))
  const gone = new Set(removed)
  for (const name of removed) {
    if (names.wereThere.has(name)) continue
    problems.push({ path: `resources.${name}`, message: `there is no resource ${name} that could be removed` })
  }
  const written = { description: '', parameters: {}, resources: definitions, outputs: {}, placeOf: () => undefined }
  const { template: patched, problems: unmapped } = mapTypes(
    written,
    environmentOf(template.environment),
    template.files,
  )
  problems.push(...unmapped, ...checkTypes(patched, types))
  problems.push(...brokenReferences(await readDependants(sql, stack.id, removed), gone, resources))
  const cycle = problems.length === 0 ? await cycleWith(sql, stack.id, patched.resources, gone) : undefined
  if (cycle)
    problems.push({ path: `resources.${cycle[0]}`, message: `dependency cycle: ${[...cycle, cycle[0]].join(' -> ')}` })
  if (problems.length > 0) throw new InvalidInput(withoutHidden(problems, template))
  const hash = secretHash(sql)
  const stored = [...patched.resources].map(([name, definition]) => toStored(name, definition, types, hash))
  if (!hash)
    refuseSecrets(
      stored.flatMap(({ name, body }) => (body.secret ? [`resources.${name}`] : [])),
      patched,
    )
  return { stored, removed, warnings: withoutHidden(warnings, template) }
}

type Given = readonly (readonly [string, object])[]

/** Which of the names that the patch speaks of there will be, and which of those that it removes there were. */
async function namesAround(
  sql: Sql,
  stack: StackRow,
  template: TemplateRow,
  given: Given,
  removed: readonly string[],
): Promise<{ has(name: string): boolean; readonly wereThere: ReadonlySet<string> }> {
  const mentioned = new Set(removed)
  resolveAll(stack, template, given, (name) => mentioned.add(name) !== undefined)
  const wereThere = new Set((await readDefinitions(sql, stack.id, [...mentioned])).map(({ name }) => name))
  const there = new Set([...wereThere, ...given.map(([name]) => name)])
  for (const name of removed) there.delete(name)
  return { has: (name) => there.has(name), wereThere }
}

function resolveAll(stack: StackRow, template: TemplateRow, given: Given, exists: (name: string) => boolean) {
  const definitions = new Map<string, Definition>()
  const problems: Problem[] = []
  const warnings: Problem[] = []
  const options = {
    parameters: template.parameters,
    files: template.files,
    pseudo: { stackId: stack.uid, stackName: stack.name, projectId: stack.project },
    exists,
  }
  for (const [name, raw] of given) {
    const resolved = resolveDefinition(name, raw, options)
    problems.push(...resolved.problems)
    warnings.push(...resolved.warnings)
    if (resolved.definition) definitions.set(name, resolved.definition)
  }
  return { definitions, problems, warnings }
}

function brokenReferences(
  dependants: readonly { readonly name: string; readonly requires: readonly string[] }[],
  gone: ReadonlySet<string>,
  resources: { readonly [name: string]: object | null },
): Problem[] {
  return dependants
    .filter(({ name }) => !Object.hasOwn(resources, name))
    .flatMap(({ name, requires }) =>
      requires
        .filter((required) => gone.has(required))
        .map((required) => ({
          path: `resources.${name}`,
          message: `${name} still needs ${required}, which is to be removed`,
        })),
    )
}

/** A cycle that the patch would close leads through something it puts, so all of it lies downstream of that. */
async function cycleWith(
  sql: Sql,
  stackId: number,
  put: ReadonlyMap<string, Definition>,
  gone: ReadonlySet<string>,
): Promise<string[] | undefined> {
  const before = await readDownstream(sql, stackId, [...put.keys()])
  function* after(): Iterable<readonly [string, WantedNode]> {
    for (const [name, node] of before.nodes()) if (!gone.has(name) && !put.has(name)) yield [name, node]
    for (const [name, { requires }] of put) yield [name, { hash: '', requires }]
  }
  return WantedGraph.of(after()).cycle()
}
