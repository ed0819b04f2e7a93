// What templates said of each resource over time. A stack may have a million definitions in force, so whatever reads them
// all reads them a page at a time, and whatever can follows the few that matter.
import { WantedGraph, WantedGraphBuilder } from '../graph/wanted.js'
import { chunksOf } from './copy-text.js'
import type { Sql, Transaction } from './database.js'
import { type Declaration, type NodeKind, rowText } from './declaration.js'
import type { StackRow } from './stacks.js'
import { digestOf, readDigest, sealBodies } from './templates.js'

const OPEN = 2147483647
/** Rows in one statement: enough to make the round trip cheap, few enough to keep its memory small. */
const PAGE = 20_000
const BATCH = 5_000

interface DefinitionSummary {
  readonly name: string
  readonly hash: string
  readonly requires: readonly string[]
}

/** A wanted definition is not in force, it is in force otherwise, or as it is. */
export type Standing = 'new' | 'different' | 'same'

/** How the definitions in force differ from what is wanted. */
export interface DefinitionDifference {
  /** By node of the wanted. */
  readonly found: readonly Standing[]
  /** In force, and not wanted. */
  readonly removed: readonly string[]
}

/** @param stack before anything is changed in it */
export async function compareDefinitions(
  sql: Sql,
  { id: stackId, templateTraversal }: Pick<StackRow, 'id' | 'templateTraversal'>,
  wanted: WantedGraph,
): Promise<DefinitionDifference> {
  const digest = digestOf(wanted)
  if (digest !== null && digest === (await readDigest(sql, stackId, templateTraversal))) {
    return { found: new Array<Standing>(wanted.size).fill('same'), removed: [] }
  }
  const found = new Array<Standing>(wanted.size).fill('new')
  const removed: string[] = []
  for await (const page of pages<{ name: string; hash: string }>(sql, stackId, 'name, hash')) {
    for (const { name, hash } of page) {
      const node = wanted.numberOf(name)
      if (node === undefined) removed.push(name)
      else found[node] = wanted.isHash(node, hash) ? 'same' : 'different'
    }
  }
  return { found, removed }
}

/** The same for some of the names: the others stay in force. */
export async function compareNamed(
  sql: Sql,
  stackId: number,
  wanted: WantedGraph,
): Promise<Pick<DefinitionDifference, 'found'>> {
  const found = new Array<Standing>(wanted.size).fill('new')
  for (const { name, hash } of await readDefinitions(sql, stackId, [...wanted.names()])) {
    const node = wanted.numberOf(name)
    if (node !== undefined) found[node] = wanted.isHash(node, hash) ? 'same' : 'different'
  }
  return { found }
}

/** The definitions in force of these names; those that have none are left out. */
export async function readDefinitions(
  sql: Sql,
  stackId: number,
  names: readonly string[],
): Promise<DefinitionSummary[]> {
  const found: DefinitionSummary[] = []
  for (let start = 0; start < names.length; start += BATCH) {
    const rows = await sql.query<DefinitionSummary>(
      `select name, hash, requires from isotherm.definitions
       where stack_id = $1 and until = ${OPEN} and name = any($2::text[])`,
      [stackId, names.slice(start, start + BATCH)],
    )
    found.push(...rows)
  }
  return found
}

/**
 * The definitions in force that require one of these names. Name by name: given all at once, the planner reads the whole
 * stack and compares each definition with every name.
 */
export async function readDependants(
  sql: Sql,
  stackId: number,
  names: readonly string[],
): Promise<DefinitionSummary[]> {
  if (names.length === 0) return []
  return sql.query(
    `select distinct on (d.name) d.name, d.hash, d.requires
     from unnest($2::text[]) as wanted(name)
     cross join lateral (
       select name, hash, requires from isotherm.definitions
       where stack_id = $1 and until = ${OPEN} and requires @> array[wanted.name] offset 0
     ) d`,
    [stackId, names],
  )
}

/** Beyond so many definitions, or so many steps from the first, reading all of them is quicker than seeking. */
const SOUGHT_MAX = 5_000
const STEPS_MAX = 30

/** Of the template in force, the definitions of these names and everything downstream of them. */
export async function readDownstream(sql: Sql, stackId: number, names: readonly string[]): Promise<WantedGraph> {
  if (names.length > SOUGHT_MAX) return (await readGraph(sql, stackId)).downstreamOf(names)
  const found = new Map<string, DefinitionSummary>()
  let next = await readDefinitions(sql, stackId, names)
  for (let step = 0; next.length > 0; step++) {
    if (found.size + next.length > SOUGHT_MAX || step === STEPS_MAX) {
      return (await readGraph(sql, stackId)).downstreamOf(names)
    }
    for (const definition of next) found.set(definition.name, definition)
    const dependants = await readDependants(
      sql,
      stackId,
      next.map(({ name }) => name),
    )
    next = dependants.filter(({ name }) => !found.has(name))
  }
  return WantedGraph.of(found)
}

/** The whole template in force. */
export async function readGraph(sql: Sql, stackId: number): Promise<WantedGraph> {
  const builder = new WantedGraphBuilder()
  for await (const page of pages<DefinitionSummary>(sql, stackId, 'name, hash, requires')) {
    for (const { name, hash, requires } of page) builder.add(name, hash, requires)
  }
  return builder.finish()
}

/** The template in force, without the bodies. The next page is on its way while one is looked at. */
async function* pages<Row extends { name: string }>(
  sql: Sql,
  stackId: number,
  columns: string,
): AsyncIterable<readonly Row[]> {
  const after = (last: string) =>
    sql.query<Row>(
      `select ${columns} from isotherm.definitions
       where stack_id = $1 and until = ${OPEN} and name > $2 order by name limit ${PAGE}`,
      [stackId, last],
    )
  let page = await after('')
  for (let last = page.at(-1); last && page.length === PAGE; last = page.at(-1)) {
    const next = after(last.name)
    // Whoever stops looking leaves it unasked for; whoever goes on hears of its failure below.
    next.catch(() => undefined)
    yield page
    page = await next
  }
  yield page
}

/** Of definitions in force: what arming makes rows of. */
export async function readKinds(sql: Sql, stackId: number, names: readonly string[]): Promise<Map<string, NodeKind>> {
  const kinds = new Map<string, NodeKind>()
  for (let start = 0; start < names.length; start += BATCH) {
    const rows = await sql.query<{ name: string; type: string; retain: boolean }>(
      `select name, body->>'type' as type, body->>'deletionPolicy' = 'Retain' as retain from isotherm.definitions
       where stack_id = $1 and until = ${OPEN} and name = any($2::text[])`,
      [stackId, names.slice(start, start + BATCH)],
    )
    for (const { name, type, retain } of rows) kinds.set(name, { type, retain })
  }
  return kinds
}

/** Takes the definitions of these names out of force as of `traversal`. */
export async function closeDefinitions(
  sql: Sql,
  stackId: number,
  traversal: number,
  names: readonly string[],
): Promise<void> {
  for (let start = 0; start < names.length; start += BATCH) {
    await sql.query(
      `update isotherm.definitions set until = $2
       where stack_id = $1 and until = ${OPEN} and name = any($3::text[])`,
      [stackId, traversal, names.slice(start, start + BATCH)],
    )
  }
}

/** Takes all definitions out of force as of `traversal`. */
export async function closeAllDefinitions(sql: Sql, stackId: number, traversal: number): Promise<void> {
  await sql.query(`update isotherm.definitions set until = $2 where stack_id = $1 and until = ${OPEN}`, [
    stackId,
    traversal,
  ])
}

/** Puts definitions in force as of `traversal`; earlier ones of the same names must have been closed. */
export async function loadDefinitions(
  sql: Transaction,
  stackId: number,
  traversal: number,
  declaration: Declaration,
  chosen: (node: number) => boolean,
): Promise<void> {
  await sql.copy(COPY, declaration.rows(stackId, traversal, chosen))
  const secrets = [...declaration.secrets].flatMap(([node, definition]) => (chosen(node) ? definition : []))
  if (secrets.length === 0) return
  const sealed = await sealBodies(sql, () => stackId, secrets)
  await sql.copy(COPY, chunksOf(sealed.map((definition) => rowText(stackId, traversal, definition))))
}

const COPY = 'copy isotherm.definitions (stack_id, since, name, hash, requires, body) from stdin'
