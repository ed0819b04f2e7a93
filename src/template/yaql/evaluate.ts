// Walks the tree of an expression. Functions get their arguments unevaluated and ask for what they need.
import { didYouMean } from '../../lib/suggest.js'
import { Moment, Span } from './dates.js'
import {
  Dictionary,
  describe,
  type Item,
  isIterable,
  isList,
  isNumber,
  Real,
  Sequence,
  textOf,
  truth,
} from './items.js'
import { partOf } from './library/dates.js'
import { LIBRARY } from './library/index.js'
import { binary, negative } from './library/operators.js'
import { Mistake } from './mistake.js'
import { Names } from './names.js'
import type { Argument, Tree } from './parser.js'
import type { Run } from './run.js'
import { type Call, describeGivens, type Given, type Lambda, type Overload, type Rule } from './signature.js'

type TreeOf<K extends Tree['kind']> = Extract<Tree, { readonly kind: K }>

/** Throws Mistake. */
export function evaluate(tree: Tree, names: Names, run: Run): Item {
  run.step()
  try {
    return value(tree, names, run)
  } catch (error) {
    // The innermost place that is known is the one to tell.
    if (error instanceof Mistake && error.at === undefined) throw new Mistake(error.reason, tree.at)
    throw error
  }
}

function value(tree: Tree, names: Names, run: Run): Item {
  switch (tree.kind) {
    case 'constant':
      return tree.value
    case 'number':
      return tree.real && Number.isInteger(tree.value) ? new Real(tree.value) : tree.value
    case 'variable':
      return names.variable(tree.name)
    case 'list':
      return run.list(tree.items.map((item) => evaluate(item, names, run)))
    case 'dictionary':
      return run.dictionary(tree.pairs.map(([key, of]) => [evaluate(key, names, run), evaluate(of, names, run)]))
    case 'member':
      return member(tree, names, run)
    case 'index':
      return index(tree, names, run)
    case 'call':
      return call(tree, names, run)
    case 'unary': {
      const operand = evaluate(tree.operand, names, run)
      return tree.operator === 'not' ? !truth(operand) : negative(tree.operator, operand)
    }
    case 'binary':
      return twoSided(tree, names, run)
  }
}

/** Operators that may not need their right side come first. */
function twoSided({ operator, left, right }: TreeOf<'binary'>, names: Names, run: Run): Item {
  const first = evaluate(left, names, run)
  if (operator === 'and') return truth(first) ? evaluate(right, names, run) : first
  if (operator === 'or') return truth(first) ? first : evaluate(right, names, run)
  if (operator !== '->') return binary(operator, first, evaluate(right, names, run), run)
  if (!(first instanceof Names))
    throw new Mistake(`what stands before -> must be let, with, def or unpack, not ${describe(first)}`, left.at)
  return evaluate(right, first, run)
}

function member({ receiver, safe, name }: TreeOf<'member'>, names: Names, run: Run): Item {
  const owner = evaluate(receiver, names, run)
  return safe && owner === null ? null : field(owner, name, run)
}

/** A field of a dictionary; of a collection, the field of each of its items. */
function field(owner: Item, name: string, run: Run): Item {
  if (owner instanceof Dictionary) {
    const found = owner.get(name)
    if (found !== undefined) return found
    const known = [...owner.entries()].map(([key]) => textOf(key))
    throw new Mistake(`the dictionary has no key ${name}${suffix(didYouMean(name, known))}`, undefined)
  }
  if (isIterable(owner)) {
    const items = run.bounded(owner)
    return new Sequence(eachField(items, name, run))
  }
  if (owner instanceof Moment || owner instanceof Span) {
    const part = partOf(owner, name)
    if (part !== undefined) return part
  }
  const hint = owner === null ? '; write ?. where something may be null' : ''
  throw new Mistake(`${describe(owner)} has no key ${name}${hint}`, undefined)
}

function* eachField(items: Iterable<Item>, name: string, run: Run): Iterable<Item> {
  for (const item of items) yield field(item, name, run)
}

const suffix = (hint: string | undefined): string => (hint === undefined ? '' : `; ${hint}`)

function index({ target, args }: TreeOf<'index'>, names: Names, run: Run): Item {
  const owner = evaluate(target, names, run)
  const [place = null, ...more] = args.map((arg) => evaluate(arg, names, run))
  if (args.length === 0 || more.length > 1) throw new Mistake('an index is one value, in square brackets', undefined)
  if (owner instanceof Dictionary) {
    const found = owner.get(place) ?? more[0]
    if (found === undefined) throw new Mistake(`the dictionary has no key ${run.text(place)}`, undefined)
    return found
  }
  const items = isIterable(owner) && more.length === 0 ? [...(isList(owner) ? owner : run.bounded(owner))] : undefined
  if (!items) throw new Mistake(`${describe(owner)} cannot be indexed`, undefined)
  if (!isNumber(place) || place instanceof Real || !Number.isInteger(place))
    throw new Mistake(`a list is indexed by whole numbers, not ${describe(place)}`, undefined)
  const found = items.at(place)
  if (found === undefined) throw new Mistake(`the list has ${items.length} items, none at ${place}`, undefined)
  return found
}

// Calls

function call(tree: TreeOf<'call'>, names: Names, run: Run): Item {
  const receiver = tree.receiver && evaluate(tree.receiver, names, run)
  if (tree.safe && receiver === null) return null
  const made = callOf(tree.args, receiver, names, run)
  const defined = names.definedFunction(tree.name)
  if (defined) {
    const items = made.positional.map((given) => given?.item() ?? null)
    const named = new Map([...made.keywords].map(([key, of]) => [key, of.item()]))
    return run.nested(() => defined(items, named))
  }
  if (tree.name === 'call' && receiver === undefined) return callByName(made, names, run)
  return callNamed(tree.name, made, receiver !== undefined, run)
}

/** `call(name, arguments, keywords, receiver)`: a function, or a method of the receiver, whose name is a value. */
function callByName(made: Call, names: Names, run: Run): Item {
  const [name = null, args = [], named = run.dictionary([]), receiver = null] = made.positional.map(
    (given) => given?.item() ?? null,
  )
  if (typeof name !== 'string' || !isList(args) || !(named instanceof Dictionary))
    throw new Mistake(
      'call takes the name of a function, a list of arguments and a dictionary of named ones',
      undefined,
    )
  const positional = args.map((item) => givenItem(item, names))
  const keywords = new Map([...named.entries()].map(([key, item]) => [run.text(key), givenItem(item, names)]))
  const rules = [...named.entries()].map(([key, item]) => ({
    source: givenItem(key, names),
    destination: givenItem(item, names),
  }))
  const asMethod = receiver !== null && isMethod(name)
  if (asMethod) positional.unshift(givenItem(receiver, names))
  return callNamed(name, { positional, keywords, rules, names }, asMethod, run)
}

const isMethod = (name: string): boolean => LIBRARY.get(name)?.some(({ shape }) => shape !== 'function') ?? false

/** Calls a library function by name. */
function callNamed(name: string, made: Call, asMethod: boolean, run: Run): Item {
  const overloads = LIBRARY.get(name)
  if (!overloads)
    throw new Mistake(`there is no function ${name}${suffix(didYouMean(name, LIBRARY.keys()))}`, undefined)
  const usable = overloads.filter(({ shape }) => shape === 'both' || (shape === 'method') === asMethod)
  if (usable.length === 0) {
    const wanted = asMethod ? `as ${name}(value)` : `with a dot: value.${name}()`
    throw new Mistake(`${name} is called ${wanted}`, undefined)
  }
  for (const overload of usable) {
    if (!keysFit(overload, made)) continue
    const ready = overload.bind(made, run)
    if (ready) return run.nested(ready)
  }
  const signatures = [...new Set(usable.map(({ signature }) => signature))].join(' or ')
  throw new Mistake(`${name} does not take (${describeGivens(made)}); it is ${signatures}`, undefined)
}

/** Keys that are expressions mean something only to functions that take rules. */
function keysFit({ takesRules }: Overload, { rules, keywords }: Call): boolean {
  return takesRules || rules.length === keywords.size
}

function callOf(args: readonly Argument[], receiver: Item | undefined, names: Names, run: Run): Call {
  const positional: (Given | undefined)[] = receiver === undefined ? [] : [givenItem(receiver, names)]
  const keywords = new Map<string, Given>()
  const rules: Rule[] = []
  for (const { key, value: tree, at } of args) {
    if (!tree) {
      if (args.length > 1) positional.push(undefined)
      continue
    }
    if (!key && rules.length > 0) throw new Mistake('arguments without a name stand before those with one', at)
    if (key) {
      rules.push({ source: given(key, names, run), destination: given(tree, names, run) })
      if (key.kind === 'constant' && typeof key.value === 'string') keywords.set(key.value, given(tree, names, run))
    } else positional.push(given(tree, names, run))
  }
  return { positional, keywords, rules, names }
}

function given(tree: Tree, names: Names, run: Run): Given {
  let known: { item: Item } | undefined
  return {
    item: () => {
      known ??= { item: evaluate(tree, names, run) }
      return known.item
    },
    lambda: () => lambdaOf(tree, names, run),
  }
}

/** An argument whose value is there already. */
function givenItem(item: Item, names: Names): Given {
  const lambda: Lambda = Object.assign(() => item, { within: () => item, names })
  return { item: () => item, lambda: () => lambda }
}

function lambdaOf(tree: Tree, names: Names, run: Run): Lambda {
  const apply = (...items: Item[]): Item => evaluate(tree, names.with(items), run)
  return Object.assign(apply, { within: (others: Names) => evaluate(tree, others, run), names })
}
