// YAQL, the query language of the function of that name: an expression over data, and what it gives.
import type { Json } from '../../lib/json.js'
import { EvaluationError } from '../evaluation-error.js'
import type { Work } from '../work.js'
import { evaluate } from './evaluate.js'
import { itemOf, jsonOf } from './items.js'
import { Mistake } from './mistake.js'
import { Names } from './names.js'
import { parse, type Tree } from './parser.js'
import { Run } from './run.js'

/** The value of `expression` where `$` is `data`. Throws EvaluationError, nothing else; it ends whatever the expression is. */
export function evaluateYaql(expression: string, data: Json, work: Work): Json {
  return guarded(expression, () => {
    const run = new Run(work)
    const tree = treeOf(expression)
    const names = new Names().set('1', itemOf(data, run.key))
    return jsonOf(evaluate(tree, names, run), (items) => run.bounded(items))
  })
}

/** Throws EvaluationError when `expression` cannot be read. */
export function checkYaql(expression: string): void {
  guarded(expression, () => treeOf(expression))
}

/** A template evaluates few expressions often: the last ones read are kept. */
const trees = new Map<string, Tree>()
const TREES_MAX = 200

function treeOf(expression: string): Tree {
  const known = trees.get(expression)
  if (known) return known
  if (trees.size >= TREES_MAX) trees.clear()
  const tree = parse(expression)
  trees.set(expression, tree)
  return tree
}

function guarded<T>(expression: string, act: () => T): T {
  try {
    return act()
  } catch (error) {
    if (error instanceof EvaluationError) throw error
    if (error instanceof Mistake)
      throw new EvaluationError(`${error.reason}, ${placeIn(expression, error.at ?? 0)} of the expression`)
    if (error instanceof RangeError)
      throw new EvaluationError('the expression works on values that are too large or too deep')
    throw error
  }
}

function placeIn(expression: string, at: number): string {
  const lines = expression.slice(0, at).split('\n')
  const character = `character ${(lines.at(-1)?.length ?? 0) + 1}`
  return expression.trimEnd().includes('\n') ? `line ${lines.length}, ${character}` : `at ${character}`
}
