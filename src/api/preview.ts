// The preview of a declaration: reads what the pure plan wants to know, and puts places and secrecy to its answer.

import { changeOf } from '../engine/change.js'
import type { Declared } from '../engine/declare/declare.js'
import { referenceOf } from '../engine/inputs.js'
import { asObserved } from '../graph/observed.js'
import { planTraversal, type VersionSummary } from '../graph/plan.js'
import {
  type PlannedAction,
  type PlannedChange,
  type PreviewType,
  type PreviewVersion,
  previewPlan,
} from '../graph/preview.js'
import { WantedGraph } from '../graph/wanted.js'
import type { Json } from '../lib/json.js'
import type { Warned } from '../lib/problem.js'
import type { ResourceType } from '../provider/contract.js'
import { completeProperties } from '../provider/properties.js'
import type { TypeRegistry } from '../provider/registry.js'
import { readAllVersions } from '../store/arm.js'
import type { Sql } from '../store/database.js'
import { KeyMissing, secretHash } from '../store/keyring.js'
import type { StackRow } from '../store/stacks.js'
import { type PreviewRow, readForPreview } from '../store/views.js'
import type { Place, Template } from '../template/definition.js'
import { HIDDEN } from './hidden.js'
import { Foresight, guardedByInside, ownedByOthers } from './preview-extensions.js'
import type { Handling } from './preview-handling.js'
import { Secrecy } from './preview-secrecy.js'

export interface ReasonView {
  readonly text: string
  readonly place?: Place
}

export interface ChangeView extends Omit<PlannedChange, 'reasons' | 'differences'>, Handling {
  readonly differences: readonly {
    readonly name: string
    readonly before?: Json
    readonly after?: Json
    readonly known: boolean
    readonly onChange: 'update' | 'replace' | 'immutable'
  }[]
  readonly reasons: readonly ReasonView[]
  /** Of a resource that is brought about by a stack of its own: what happens in that, as far as it is known. */
  readonly nested?: Preview
  /** What the last check found, where that is not what was recorded. */
  readonly drift?: DriftView
}

export type DriftView =
  | { readonly gone: true }
  | { readonly properties: readonly { readonly name: string; readonly recorded: Json; readonly live: Json }[] }

export interface Preview extends Warned {
  readonly stack: string
  /** Whether a new stack would be made. */
  readonly isNew: boolean
  /** Whether anything would be created, changed, renamed or deleted. */
  readonly changed: boolean
  readonly summary: { readonly [action in PlannedAction]: number }
  /** Everything but plain keeps outside the affected part; replacements and deletions first. */
  readonly changes: readonly ChangeView[]
}

export async function preview(
  sql: Sql,
  stack: StackRow | undefined,
  stackName: string,
  { template, definitions }: Pick<Declared, 'template' | 'definitions'>,
  { types, project }: { readonly types: TypeRegistry; readonly project: string },
): Promise<Preview> {
  const recorded: VersionSummary[] = []
  if (stack) for await (const page of readAllVersions(sql, stack.id)) recorded.push(...page)
  const foresight = await Foresight.of(sql, stack, definitions, recorded)
  const { summaries } = foresight
  const plan = planTraversal(WantedGraph.of(definitions), summaries)
  const names = new Set(plan.cone.keys())
  for (const name of plan.cone.keys())
    for (const required of template.resources.get(name)?.requires ?? []) names.add(required)
  const retired = new Set(plan.retired)
  for (const { id, name } of summaries) if (retired.has(id)) names.add(name)
  const rows =
    stack && summaries.length > 0
      ? foresight.rename(await readForPreview(sql, stack.id, foresight.namesNow(names)))
      : []
  const versions = groupVersions(rows, plan.restored, types)
  const cone = new Set(plan.cone.keys())
  const foreseen = previewPlan({
    plan,
    definitionOf: (name) => template.resources.get(name),
    versionsOf: (name) => (versions.get(name) ?? []).filter(({ id }) => !retired.has(id)),
    typeOf: (name) => previewType(types.get(template.resources.get(name)?.type ?? '')),
    leaving: leaving(versions, retired, cone, new Set(plan.restored)),
    hashSecret: secretHash(sql),
  })
  const made = new Set(rows.flatMap(({ name, physicalId }) => (physicalId === null ? [] : name)))
  const told = await guardedByInside(sql, stack, definitions, foresight.tell(foreseen, made))
  const changes = await ownedByOthers(sql, { project, stackId: stack?.id ?? null }, definitions, told)
  const secrecy = new Secrecy(template, definitions, versions, types)
  const { changes: seen, ...rest } = present(
    stackName,
    stack === undefined,
    changes,
    definitions.size,
    template,
    secrecy,
  )
  return { ...rest, changes: withDrift(seen, rows, types) }
}

/** What reality has of its own is told first of all reasons. */
function withDrift(changes: readonly ChangeView[], rows: readonly PreviewRow[], types: TypeRegistry): ChangeView[] {
  const drifted = new Map(rows.filter(isDrifted).map((row) => [row.name, row]))
  return changes.map((change) => {
    const row = drifted.get(change.name)
    if (!row) return change
    const drift = driftView(row, types.get(row.type))
    const reasons = [{ text: `${row.name}: ${row.reason ?? 'differs from what was recorded'}` }, ...change.reasons]
    return { ...change, reasons, ...(drift && { drift }) }
  })
}

const isDrifted = ({ current, action, status, observed, reason }: PreviewRow) =>
  current && action === 'CHECK' && status === 'FAILED' && (observed !== null || reason !== null)

function driftView(
  { observed, properties, secret = [] }: PreviewRow,
  type: ResourceType | undefined,
): DriftView | undefined {
  if (observed && 'gone' in observed) return { gone: true }
  if (!observed || !('properties' in observed)) return undefined
  const isSecret = (name: string) => type?.properties[name]?.secret === true || secret.includes(`properties.${name}`)
  const shown = (name: string, value: Json) => (isSecret(name) ? HIDDEN : value)
  const names = Object.entries(observed.properties)
  return {
    properties: names.map(([name, live]) => ({
      name,
      recorded: shown(name, properties?.[name] ?? null),
      live: shown(name, live),
    })),
  }
}

function groupVersions(
  rows: readonly PreviewRow[],
  restored: readonly number[],
  types: TypeRegistry,
): Map<string, PreviewVersion[]> {
  const carriers = new Set(restored)
  const groups = new Map<string, PreviewVersion[]>()
  for (const row of rows) {
    if (row.unreadable !== undefined) throw new KeyMissing(row.unreadable)
    const reference = referenceOf({ ...row, stackId: 0 }, types.get(row.type))
    const version: PreviewVersion = { ...asObserved(row, row.observed), reference, attributes: row.attributes ?? {} }
    const group = groups.get(row.name) ?? []
    groups.set(row.name, group)
    if (row.current || carriers.has(row.id)) group.unshift(version)
    else group.push(version)
  }
  return groups
}

/** What clean-up will delete: retired versions, and earlier ones that no visit can take back. */
function leaving(
  versions: ReadonlyMap<string, readonly PreviewVersion[]>,
  retired: ReadonlySet<number>,
  cone: ReadonlySet<string>,
  restored: ReadonlySet<number>,
): PreviewVersion[] {
  return [...versions.values()].flat().filter((version) => {
    if (version.action === 'INIT' || restored.has(version.id)) return false
    return retired.has(version.id) || (!version.current && !cone.has(version.name))
  })
}

function previewType(type: ResourceType | undefined): PreviewType | undefined {
  if (!type) return undefined
  return {
    complete: (properties, unknown) => completeProperties(without(type, unknown), properties),
    change: (before, wanted) => changeOf(type, before, wanted),
    whenFailed: type.whenFailed ?? 'replace',
    onChangeOf: (property) => (type.update ? (type.properties[property]?.onChange ?? 'replace') : 'replace'),
    replacesByRule: type.replaces !== undefined,
    steadyReference: type.reference === undefined,
  }
}

/**
 * The type as far as it can judge while some properties are unknown: without those, and without rules over several. Kept,
 * because a type's checks are compiled.
 */
function without(type: ResourceType, unknown: ReadonlySet<string>): ResourceType {
  if (unknown.size === 0) return type
  const kept = partial.get(type) ?? new Map<string, ResourceType>()
  partial.set(type, kept)
  const key = [...unknown].sort().join()
  const known = kept.get(key)
  if (known) return known
  const properties = Object.fromEntries(Object.entries(type.properties).filter(([name]) => !unknown.has(name)))
  const { validate: _, ...rest } = type
  const made = { ...rest, properties }
  kept.set(key, made)
  return made
}

const partial = new WeakMap<ResourceType, Map<string, ResourceType>>()

const ORDER: readonly PlannedAction[] = ['fail', 'replace', 'delete', 'retain', 'update', 'create', 'keep']

function present(
  stack: string,
  isNew: boolean,
  planned: readonly PlannedChange[],
  total: number,
  template: Template,
  secrecy: Secrecy,
): Preview {
  const summary = { create: 0, update: 0, replace: 0, keep: 0, delete: 0, retain: 0, fail: 0 }
  for (const { action } of planned) summary[action]++
  const { create, update, replace } = summary
  const failing = planned.filter(({ action, name }) => action === 'fail' && template.resources.has(name)).length
  summary.keep = total - create - update - replace - failing
  const sorted = [...planned].sort((one, other) => ORDER.indexOf(one.action) - ORDER.indexOf(other.action))
  const changed = planned.some(({ action, movedFrom }) => action !== 'keep' || movedFrom !== undefined)
  return { stack, isNew, changed, summary, changes: sorted.map((change) => viewOf(secrecy.cover(change), template)) }
}

function viewOf(change: PlannedChange, template: Template): ChangeView {
  return {
    ...change,
    reasons: change.reasons.map(({ text, path }) => {
      const place = path === undefined ? undefined : template.placeOf(path)
      return { text, ...(place && { place }) }
    }),
  }
}
