// Before a plan is made: what the template says under `isotherm:` is respected. What it forbids is refused as a whole, and
// what has moved gets its new name, so that the plan finds it there.
import { type Asked, type Move, movesAsked, movesToMake } from '../graph/moves.js'
import { forbidden } from '../graph/policies.js'
import { InvalidInput, type Problem } from '../lib/problem.js'
import type { Sql } from '../store/database.js'
import {
  readExtensions,
  readNamesInForce,
  readNamesMade,
  readNamesOfThings,
  readNestedToGo,
  readProtectedInside,
  rename,
} from '../store/extensions.js'
import type { Extensions } from '../template/extensions.js'
import type { DefinitionChange } from './converge.js'

/** The caller holds the stack's lock. Throws InvalidInput, before anything is written. */
export async function respectExtensions(sql: Sql, stackId: number, change: DefinitionChange): Promise<void> {
  const inForce = await readExtensions(sql, stackId)
  const spoken = [...namesIn(inForce), ...namesIn(writtenIn(change).extensions)]
  const asked = askedOf(change, await readNamesInForce(sql, stackId, spoken))
  const moves = spoken.length === 0 ? [] : await movesOf(sql, stackId, asked, inForce)
  const guarded = protectedOnes(asked, inForce, moves)
  // What was never made cannot be taken away: a first attempt that failed is rolled back.
  const made = await readNamesMade(sql, stackId, [...guarded.keys()])
  const problems = [
    ...[...guarded].flatMap(([name, problem]) => (made.has(name) ? problem : [])),
    ...(await insideOnes(sql, stackId, change, moves)),
  ]
  if (problems.length > 0) throw new InvalidInput(problems)
  for (const { from, to } of moves) await rename(sql, stackId, from, to)
}

const writtenIn = (change: DefinitionChange) => (change.kind === 'whole' ? change.definitions : change.put)

const namesIn = (extensions: ReadonlyMap<string, Extensions>): string[] =>
  [...extensions].flatMap(([name, { movedFrom }]) => [name, ...(movedFrom === undefined ? [] : [movedFrom])])

/** @param inForce which of the names that are spoken of the template has now: what a delta does not remove stays, and no more. */
export function askedOf(change: DefinitionChange, inForce: ReadonlySet<string> = new Set()): Asked {
  const { extensions: written, graph } = writtenIn(change)
  const isPut = (name: string) => graph.numberOf(name) !== undefined
  if (change.kind === 'whole') return { wanted: isPut, written }
  const removed = new Set(change.removed)
  return { wanted: (name) => isPut(name) || (inForce.has(name) && !removed.has(name)), written }
}

async function movesOf(
  sql: Sql,
  stackId: number,
  asked: Asked,
  inForce: ReadonlyMap<string, Extensions>,
): Promise<Move[]> {
  const moves = movesAsked(asked, inForce)
  const names = moves.flatMap(({ from, to }) => [from, to])
  const existing = await readNamesOfThings(sql, stackId, names)
  return movesToMake(moves, { wanted: asked.wanted, exists: (name) => existing.has(name) })
}

/** By name: what is to go although it is protected, if it is there. */
function protectedOnes(
  { wanted }: Asked,
  inForce: ReadonlyMap<string, Extensions>,
  moves: readonly Move[],
): Map<string, Problem> {
  const moved = new Set(moves.map(({ from }) => from))
  const problems = new Map<string, Problem>()
  for (const [name, isotherm] of inForce) {
    const reason = wanted(name) || moved.has(name) ? undefined : forbidden('delete', { isotherm })
    if (reason === undefined) continue
    const hint = 'give a template in which the resource is there and not protected, then remove it'
    problems.set(name, { path: `resources.${name}`, message: `${name} cannot be removed: ${reason}`, hint })
  }
  return problems
}

/** What stands in nested stacks that would go with their resources, or with what those are now. */
async function insideOnes(
  sql: Sql,
  stackId: number,
  change: DefinitionChange,
  moves: readonly Move[],
): Promise<Problem[]> {
  const given = writtenIn(change)
  const removed = change.kind === 'whole' ? undefined : new Set(change.removed)
  if (removed && removed.size + given.graph.size === 0) return []
  const isGoing = (name: string) => given.graph.numberOf(name) === undefined && (removed?.has(name) ?? true)
  const moved = new Set(moves.map(({ from }) => from))
  const going = new Map<number, { readonly name: string; readonly action: 'delete' | 'replace' }>()
  for (const { id, name, type } of await readNestedToGo(sql, stackId)) {
    if (isGoing(name) && !moved.has(name)) going.set(id, { name, action: 'delete' })
    else if ((given.kindOf(name)?.type ?? type) !== type) going.set(id, { name, action: 'replace' })
  }
  return (await readProtectedInside(sql, [...going.keys()])).flatMap(({ stackId: nested, path }) => {
    const { name, action } = going.get(nested) ?? { name: '', action: 'delete' }
    const hint = 'give a template in which what is inside is there and not protected, then change that'
    return { path: `resources.${name}`, message: keptByInside(name, action, path), hint }
  })
}

/** Why a resource stays: something protected stands inside it, by this path. */
export function keptByInside(name: string, action: 'delete' | 'replace', path: string): string {
  const reason = forbidden('delete', { isotherm: { protect: true } })
  return `${name} cannot be ${action === 'delete' ? 'removed' : 'replaced'}: ${path} is inside; ${reason}`
}
