// How far a stack is, bounded: a display asks several times a second, and a stack may have a million resources.
import type { TypeRegistry } from '../provider/registry.js'
import type { Sql } from '../store/database.js'
import { type PausedRow, readPaused } from '../store/hooks.js'
import { readNestedStacks } from '../store/nested-tree.js'
import { countProgress, type FrontRow, type ProgressCount, readFront, readNames } from '../store/progress.js'
import { readStack, type StackRow } from '../store/stacks.js'
import { type FailingView, failingWithin } from './failing.js'
import { type ResourceView, resourceView, untilNextLook } from './views.js'
import type { DepthOptions } from './within.js'

export interface ProgressOptions extends DepthOptions {
  /** Of each stack so many resources at most. Default 100. */
  readonly limit?: number
}

export interface ProgressResource extends ResourceView {
  /** Names of those it waits for, as far as they are among the resources shown. */
  readonly waitsFor: readonly string[]
  /** Until it is tried or looked at again. */
  readonly nextAttemptSeconds: number | null
}

export interface ProgressView {
  readonly stack: string
  /** For example `UPDATE_IN_PROGRESS`. */
  readonly status: string
  readonly reason: string
  readonly traversal: number
  /** Versions that exist or are to be made, those to be deleted among them. */
  readonly total: number
  /** How many of them the command under way (or the last one) is about. */
  readonly visited: number
  readonly counts: {
    readonly done: number
    readonly failed: number
    readonly running: number
    readonly parked: number
    readonly ready: number
    readonly waiting: number
  }
  /** The most telling ones: failed, at work for the longest, next, waiting. */
  readonly resources: readonly ProgressResource[]
  /** `resources` are all there are. */
  readonly complete: boolean
  /** What waits until somebody clears its hook or sends a signal, in nested stacks, too; there only while nothing else goes on. */
  readonly paused?: readonly PausedRow[]
  /** Engines have put it, or a stack nested in it, aside; the nested ones are looked at only while nothing else goes on. */
  readonly failing?: FailingView
  /** Resources of nested stacks, where those are looked into: of the first stacks only, when there are many. */
  readonly nested?: readonly ProgressResource[]
}

/** A display of more is read by nobody. */
const NESTED_SHOWN_MAX = 30

export async function progress(
  { database: sql, types }: { readonly database: Sql; readonly types: TypeRegistry },
  stack: StackRow,
  { limit = 100, nestedDepth = 0 }: ProgressOptions = {},
): Promise<ProgressView> {
  const own = await progressOf(sql, stack, limit)
  const failing = await failingWithin(sql, stack, { nested: own.counts.running + own.counts.ready === 0 })
  const view = { ...own, ...(await pausedOf(sql, types, stack, own.counts)), ...(failing && { failing }) }
  if (nestedDepth <= 0) return view
  const nested: ProgressResource[] = []
  for (const one of (await readNestedStacks(sql, stack.id, { depth: nestedDepth })).slice(0, NESTED_SHOWN_MAX)) {
    const { resources } = await progressOf(sql, await readStack(sql, one.id), limit)
    const within = { stack: one.name, stackId: one.uid, path: one.path }
    nested.push(...resources.map((resource) => ({ ...resource, within })))
  }
  return { ...view, nested }
}

async function pausedOf(
  sql: Sql,
  types: TypeRegistry,
  { id, status }: StackRow,
  { running, ready }: ProgressView['counts'],
): Promise<Pick<ProgressView, 'paused'>> {
  const paused = status === 'IN_PROGRESS' && running + ready === 0 ? await readPaused(sql, id, types.signals()) : []
  return paused.length === 0 ? {} : { paused }
}

async function progressOf(sql: Sql, stack: StackRow, limit: number): Promise<ProgressView> {
  const counts = await countProgress(sql, stack.id, stack.traversal)
  const rows = await readFront(sql, stack.id, limit)
  const nameOf = new Map(rows.map((row) => [row.id, row.name]))
  const others = rows.flatMap(({ requires }) => requires.filter((id) => !nameOf.has(id)))
  for (const [id, name] of await readNames(sql, stack.id, others)) nameOf.set(id, name)
  const total = sum(counts, () => true)
  return {
    stack: stack.name,
    status: `${stack.action}_${stack.status}`,
    reason: stack.reason,
    traversal: stack.traversal,
    total,
    visited: sum(counts, ({ armed }) => armed),
    counts: summary(counts),
    resources: rows.map((row) => ({
      ...resourceView(row, nameOf),
      waitsFor: row.state === 'waiting' ? awaited(row, rows) : [],
      nextAttemptSeconds: untilNextLook(row.dueSeconds),
    })),
    complete: rows.length === total,
  }
}

function sum(counts: readonly ProgressCount[], counted: (count: ProgressCount) => boolean): number {
  return counts.filter(counted).reduce((total, { count }) => total + count, 0)
}

function summary(counts: readonly ProgressCount[]): ProgressView['counts'] {
  const inState = (state: string) => sum(counts, (one) => one.state === state)
  return {
    done: sum(counts, (one) => one.armed && !one.unsettled && one.status === 'COMPLETE'),
    failed: sum(counts, (one) => one.status === 'FAILED' && one.state === 'idle'),
    running: inState('running'),
    parked: inState('parked'),
    ready: inState('ready'),
    waiting: inState('waiting'),
  }
}

function awaited(row: FrontRow, rows: readonly FrontRow[]): string[] {
  const predecessors = rows.filter(
    (other) =>
      other.id !== row.id &&
      other.phase === row.phase &&
      other.traversal === row.traversal &&
      (row.phase === 'cleanup' ? other.requires.includes(row.id) : other.tells.includes(row.id)),
  )
  return predecessors.map(({ name }) => name)
}
