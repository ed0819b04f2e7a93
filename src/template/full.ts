// The full reader: all of YAML through the `yaml` library, with every mistake and its place. It reads what the quick reader
// declines, and it is where documents that would cost memory or time (depth, aliases) are refused.
import {
  type Alias,
  Composer,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  type Pair,
  Parser,
  type YAMLError,
  type YAMLMap,
  type YAMLSeq,
  type Scalar as YamlScalar,
} from 'yaml'
import type { Problem } from '../lib/problem.js'
import type { Limits } from './limits.js'
import { yamlMistake } from './mistakes.js'
import { notFinite, plainNode } from './scalar.js'
import type { Lines, ListNode, MapNode, Node } from './tree.js'

export interface Reading {
  readonly root: Node | undefined
  readonly problems: readonly Problem[]
  /** What is read all the same, but surely not meant. */
  readonly warnings: readonly Problem[]
}

/** `declinedAt`: about where the quick reader found what it does not know. */
export function readFully(lines: Lines, limits: Limits, declinedAt = 0): Reading {
  const reader = new FullReader(lines, limits, declinedAt)
  return { root: reader.read(), problems: reader.problems, warnings: reader.warnings }
}

type Item = unknown

const NOTHING = { kind: 'scalar', offset: 0, value: null } as const

/** How many problems of one text are told: a reader of the first dozens has enough to do. */
const PROBLEMS_MAX = 50

class FullReader {
  readonly problems: Problem[] = []
  readonly warnings: Problem[] = []
  readonly #anchors = new Map<string, Anchored>()
  readonly #path: (string | number)[] = []
  /** Nodes that aliases stand for, were they written out. */
  #expanded = 0
  #refused = false

  constructor(
    readonly lines: Lines,
    readonly limits: Limits,
    readonly declinedAt: number,
  ) {}

  read(): Node | undefined {
    const document = this.#document()
    if (!document || this.problems.length > 0) return undefined
    const { node } = this.#node(document.contents)
    return this.problems.length > 0 ? undefined : node
  }

  /** The library's document. The parser is driven by hand so that deep nesting is refused before it is built. */
  #document(): Document.Parsed | undefined {
    const parser = new Parser()
    const composer = new Composer({ schema: 'failsafe', version: '1.1', uniqueKeys: false, logLevel: 'silent' })
    const documents: Document.Parsed[] = []
    let tokens = 0
    for (const lexeme of new Lexer().lex(this.lines.text)) {
      if (++tokens > this.limits.tokensMax) return this.#tooMany()
      for (const token of parser.next(lexeme)) documents.push(...composer.next(token))
      if (parser.stack.length > 2 * this.limits.depthMax + 8) return this.#tooDeep(parser.offset)
    }
    for (const token of parser.end()) documents.push(...composer.next(token))
    documents.push(...composer.end(true, this.lines.text.length))
    const [first, second] = documents
    if (second) this.#manyDocuments(second)
    for (const error of first?.errors ?? []) this.#mistake(error)
    return first
  }

  #tooMany(): undefined {
    const hint = 'from here on: anchors, tags, tabs, folded text, values over several lines, or a mistake'
    this.#problem(this.declinedAt, 'something here needs the full YAML reader, and the text is too long for it', hint)
  }

  #tooDeep(offset: number): undefined {
    if (this.#refused) return
    this.#refused = true
    const hint = 'a template never needs as much; look for brackets that are not closed'
    this.#problem(offset, `nested more than ${this.limits.depthMax} levels deep`, hint)
  }

  #manyDocuments(second: Document.Parsed): void {
    const hint = 'keep one template per file and remove the `---` between them'
    this.#problem(second.range[0], 'the text contains more than one document', hint)
  }

  #mistake(error: YAMLError): void {
    if (error.code === 'MULTIPLE_DOCS' || this.problems.length >= PROBLEMS_MAX) return
    // One slip makes several errors; the first on a line is the one that helps.
    if (this.problems.some(({ line }) => line === this.lines.place(error.pos[0]).line)) return
    const { message, hint } = yamlMistake(error)
    this.#problem(error.pos[0], message, hint)
  }

  #problem(offset: number, message: string, hint?: string): void {
    if (this.problems.length >= PROBLEMS_MAX) return
    const place = this.lines.place(offset)
    this.problems.push({ ...place, path: this.#path.join('.'), message, ...(hint === undefined ? {} : { hint }) })
  }

  // From the library's nodes to ours

  #node(item: Item): Sized {
    if (this.#path.length > this.limits.depthMax) {
      this.#tooDeep(isMap(item) || isSeq(item) || isScalar(item) ? (item.range?.[0] ?? 0) : 0)
      return { node: NOTHING, size: 1 }
    }
    if (isAlias(item)) return this.#alias(item)
    if (isScalar(item)) return this.#anchored(item, () => ({ node: this.#scalar(item), size: 1 }))
    if (isMap(item)) return this.#anchored(item, () => this.#map(item))
    if (isSeq(item)) return this.#anchored(item, () => this.#list(item))
    return { node: NOTHING, size: 1 }
  }

  /** An anchor without a result yet is one that is still being read: an alias to it would contain itself. */
  #anchored(item: YamlScalar | YAMLMap | YAMLSeq, read: () => Sized): Sized {
    const name = item.anchor
    if (name !== undefined) this.#anchors.set(name, 'open')
    this.#checkTag(item)
    const result = read()
    if (name !== undefined) this.#anchors.set(name, result)
    return result
  }

  #alias(alias: Alias): Sized {
    const target = this.#anchors.get(alias.source)
    const offset = alias.range?.[0] ?? 0
    if (target === undefined)
      this.#problem(offset, `no anchor &${alias.source} stands before the alias *${alias.source}`)
    else if (target === 'open') this.#problem(offset, `the alias *${alias.source} stands inside its own anchor`)
    else if (this.#expand(target.size, offset)) return target
    return { node: NOTHING, size: 1 }
  }

  #expand(size: number, offset: number): boolean {
    this.#expanded += size
    if (this.#expanded <= this.limits.aliasNodesMax) return true
    if (!this.#refused) {
      const hint = 'write the repeated parts out, or use parameters'
      this.#problem(offset, `aliases expand to more than ${this.limits.aliasNodesMax} values`, hint)
    }
    this.#refused = true
    return false
  }

  #checkTag(item: YamlScalar | YAMLMap | YAMLSeq): void {
    const tag = item.tag
    if (tag === undefined || KNOWN_TAGS.has(tag)) return
    const short = tag.replace('tag:yaml.org,2002:', '!!')
    const hint = short.startsWith('!!')
      ? undefined
      : `write the function as a map, for example ${exampleOf(this.lines.text, short)}`
    this.#problem(item.range?.[0] ?? 0, `the tag ${short} means nothing in a template`, hint)
  }

  #scalar(item: YamlScalar): Node {
    const offset = item.range?.[0] ?? 0
    const text = typeof item.value === 'string' ? item.value : ''
    const plain = item.type === 'PLAIN' || item.type === undefined
    const tag = item.tag?.replace('tag:yaml.org,2002:', '!!')
    if (tag === '!!str' || tag === '!' || (!plain && tag === undefined)) return { kind: 'scalar', offset, value: text }
    if (notFinite(text))
      this.#problem(offset, `${text} is a number that JSON cannot hold`, `quote it if it is text: "${text}"`)
    return plainNode(text, offset, /^\s*[[{]/.test(this.lines.text))
  }

  #list(item: YAMLSeq): Sized {
    const node: ListNode = { kind: 'list', offset: item.range?.[0] ?? 0, items: [] }
    let size = 1
    item.items.forEach((child, index) => {
      this.#path.push(index)
      const read = this.#node(child)
      this.#path.pop()
      node.items.push(read.node)
      size += read.size
    })
    return { node, size }
  }

  #map(item: YAMLMap): Sized {
    const node: MapNode = { kind: 'map', offset: item.range?.[0] ?? 0, keys: [], keyOffsets: [], values: [] }
    const fields = new Fields(node)
    for (const pair of item.items) this.#pair(pair, fields)
    for (const merged of fields.merges) this.#merge(merged, fields)
    return { node, size: fields.size }
  }

  #pair(pair: Pair, fields: Fields): void {
    if (!isScalar(pair.key)) {
      const offset = offsetOfItem(pair.key) ?? fields.node.offset
      this.#problem(offset, 'the key of a field must be a word', 'quote keys that begin with { or [')
      return
    }
    const key = typeof pair.key.value === 'string' ? pair.key.value : ''
    const offset = pair.key.range?.[0] ?? 0
    if (key === '<<' && pair.key.type === 'PLAIN') return void fields.merges.push(pair.value)
    this.#path.push(key)
    if (fields.has(key)) this.#twice(key, offset, fields.offset(key))
    const value = this.#node(pair.value)
    const child = pair.value === null ? { kind: 'scalar' as const, offset, value: null } : value.node
    fields.add(key, offset, child, value.size)
    this.#path.pop()
  }

  /** The last one holds, as in Heat: people have such templates, and they run. */
  #twice(key: string, offset: number, before: number): void {
    if (this.warnings.length >= PROBLEMS_MAX) return
    const message = `the key ${key} stands here twice, and only this one holds`
    const hint = `the first is on line ${this.lines.place(before).line}; remove or rename one`
    const path = this.#path.join('.')
    this.warnings.push({ ...this.lines.place(offset), path, message, hint, severity: 'warning' })
  }

  /** `<<: *base`: the fields of another map, where this one has none of that name. */
  #merge(value: Item, fields: Fields): void {
    const { node } = this.#node(value)
    for (const source of node.kind === 'list' ? node.items : [node]) {
      if (source.kind !== 'map') {
        this.#problem(source.offset, 'only a map, or a list of maps, can be merged by <<')
        continue
      }
      if (!this.#expand(source.keys.length, fields.node.offset)) return
      source.keys.forEach((key, index) => {
        const child = source.values[index]
        if (child && !fields.has(key)) fields.add(key, source.keyOffsets[index] ?? 0, child, 1)
      })
    }
  }
}

/** The number of nodes under a node, aliases counted as if they were written out. */
interface Sized {
  readonly node: Node
  readonly size: number
}

type Anchored = Sized | 'open'

const KNOWN_TAGS = new Set([
  '!',
  ...['str', 'map', 'seq', 'null', 'bool', 'int', 'float', 'timestamp'].map(standardTag),
])

function standardTag(name: string): string {
  return `tag:yaml.org,2002:${name}`
}

function offsetOfItem(item: Item): number | undefined {
  return isMap(item) || isSeq(item) || isAlias(item) ? item.range?.[0] : undefined
}

/** A map under construction; names are looked up by hash, so a map of 100,000 fields is read in linear time. */
class Fields {
  readonly merges: Item[] = []
  readonly #offsets = new Map<string, number>()
  size = 1

  constructor(readonly node: MapNode) {}

  has(key: string): boolean {
    return this.#offsets.has(key)
  }

  offset(key: string): number {
    return this.#offsets.get(key) ?? 0
  }

  add(key: string, offset: number, value: Node, size: number): void {
    this.#offsets.set(key, offset)
    this.node.keys.push(key)
    this.node.keyOffsets.push(offset)
    this.node.values.push(value)
    this.size += size
  }
}

/** The short forms of CloudFormation begin with a capital: `!Ref web`, `!GetAtt web.port`. */
function exampleOf(text: string, tag: string): string {
  const name = /^!([A-Z]\w*)$/.exec(tag)?.[1]
  if (name === undefined || text.includes('heat_template_version')) return '{ get_param: name }'
  return name === 'Ref' || name === 'Condition' ? `{ ${name}: name }` : `{ "Fn::${name}": … }`
}
