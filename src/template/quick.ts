// The quick reader: the part of YAML that nearly all templates are written in, and JSON. Whatever it does not know, wrong
// text included, it declines, and the full reader takes over; what it accepts it reads exactly as the full one does
// (a test compares the two). It exists because 10,000 resources take the library 1.5 to 3 seconds, and this 0.15.
import { plainScalar } from './scalar.js'
import type { ListNode, MapNode, Node } from './tree.js'

/** The tree of `text`, or undefined when the text needs the full reader. */
export function readQuickly(text: string, depthMax: number): Node | undefined {
  if (UNUSUAL.test(text)) return undefined
  const reader = new QuickReader(text, depthMax)
  try {
    return reader.document()
  } catch (error) {
    if (error === DECLINED) return undefined
    throw error
  }
}

// Control characters (line feed and tab aside), carriage returns, byte order marks and exotic line ends.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const UNUSUAL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\ud800-\udfff\ufeff]/
const DECLINED = Symbol('declined')

function decline(): never {
  throw DECLINED
}

const NEWLINE = 10
const SPACE = 32
const QUOTE = 34
const HASH = 35
const APOSTROPHE = 39
const COMMA = 44
const DASH = 45
const COLON = 58
const OPEN_LIST = 91
const BACKSLASH = 92
const CLOSE_LIST = 93
const OPEN_MAP = 123
const BAR = 124
const CLOSE_MAP = 125
const TAB = 9

/** Characters that give the following text a meaning of its own: anchors, tags, directives, folded text and the like. */
const INDICATORS = new Set([...'&*!|>%@`?,]}[{#:"\''].map((character) => character.charCodeAt(0)))

class QuickReader {
  /** The current line: its indentation, the offset of its first character that counts, and its end. */
  #indent = 0
  #start = 0
  #end = 0
  #done = false
  #depth = 0
  #json = false

  constructor(
    readonly text: string,
    readonly depthMax: number,
  ) {}

  document(): Node {
    this.#moveTo(0)
    if (!this.#done && this.#indent === 0 && this.text.slice(this.#start, this.#end) === '---') this.#nextLine()
    if (this.#done) decline()
    const first = this.#code(this.#start)
    this.#json = first === OPEN_MAP || first === OPEN_LIST
    if (!this.#json && this.text.includes('\t')) decline()
    const root = this.#json ? this.#inline(this.#start, -1) : this.#block()
    if (!this.#done) decline()
    return root
  }

  // Lines

  #nextLine(): void {
    this.#moveTo(this.#end + 1)
  }

  /** Makes the first line at or after `offset` that is neither blank nor a comment the current one. */
  #moveTo(offset: number): void {
    for (let at = offset; at < this.text.length; at = this.#end + 1) {
      const newline = this.text.indexOf('\n', at)
      this.#end = newline < 0 ? this.text.length : newline
      let start = at
      while (start < this.#end && this.#code(start) === SPACE) start++
      if (start === this.#end || this.#code(start) === HASH) continue
      this.#indent = start - at
      this.#start = start
      if (this.#indent === 0 && (this.text.startsWith('---', at) || this.text.startsWith('...', at)) && at > 0)
        decline()
      return
    }
    this.#done = true
    this.#indent = -1
  }

  #code(offset: number): number {
    return this.text.charCodeAt(offset)
  }

  #skipSpaces(from: number): number {
    let at = from
    while (this.#code(at) === SPACE) at++
    return at
  }

  /** Nothing but spaces or a comment follows on the line. `at` stands behind white space or behind a value. */
  #lineEnds(at: number): boolean {
    const next = this.#skipSpaces(at)
    if (next >= this.#end) return true
    return this.#code(next) === HASH && this.#code(next - 1) === SPACE
  }

  #enter(): void {
    if (++this.#depth > this.depthMax) decline()
  }

  // Block collections

  #block(): Node {
    return this.#atItem(this.#start) ? this.#list(this.#indent) : this.#map(this.#indent)
  }

  #atItem(at: number): boolean {
    return this.#code(at) === DASH && (at + 1 >= this.#end || this.#code(at + 1) === SPACE)
  }

  #map(indent: number): MapNode {
    this.#enter()
    const node: MapNode = { kind: 'map', offset: this.#start, keys: [], keyOffsets: [], values: [] }
    const seen = new Set<string>()
    while (!this.#done && this.#indent === indent && !this.#atItem(this.#start)) {
      const offset = this.#start
      const colon = this.#keyEnd(offset) ?? decline()
      const key = this.#key(offset, colon)
      if (seen.has(key) || key === '<<') decline()
      seen.add(key)
      node.keys.push(key)
      node.keyOffsets.push(offset)
      node.values.push(this.#fieldValue(colon + 1, indent))
    }
    if (this.#indent > indent || (this.#indent === indent && !this.#done)) decline()
    this.#depth--
    return node
  }

  #fieldValue(at: number, indent: number): Node {
    if (!this.#lineEnds(at)) return this.#inline(this.#skipSpaces(at), indent)
    const offset = Math.min(this.#skipSpaces(at), this.#end)
    this.#nextLine()
    if (this.#indent > indent) return this.#block()
    if (this.#indent === indent && this.#atItem(this.#start)) return this.#list(indent, true)
    return { kind: 'scalar', offset, value: null }
  }

  /** `shared`: the list stands at its key's own indentation, so further keys may follow it there. */
  #list(indent: number, shared = false): ListNode {
    this.#enter()
    const node: ListNode = { kind: 'list', offset: this.#start, items: [] }
    while (!this.#done && this.#indent === indent && this.#atItem(this.#start)) {
      node.items.push(this.#item(this.#start + 1, indent))
    }
    if (this.#indent > indent || (this.#indent === indent && !shared && !this.#done)) decline()
    this.#depth--
    return node
  }

  #item(at: number, indent: number): Node {
    if (this.#lineEnds(at)) {
      const offset = at
      this.#nextLine()
      return this.#indent > indent ? this.#block() : { kind: 'scalar', offset, value: null }
    }
    const start = this.#skipSpaces(at)
    if (this.#atItem(start) || this.#keyEnd(start) !== undefined) {
      // A collection that begins on the item's own line: its indentation is where it begins.
      this.#indent += start - this.#start
      this.#start = start
      return this.#block()
    }
    return this.#inline(start, indent)
  }

  // Keys

  /** The offset of the colon that ends the key beginning at `start`, or undefined when there is no key. */
  #keyEnd(start: number): number | undefined {
    const first = this.#code(start)
    if (first === QUOTE || first === APOSTROPHE) {
      const colon = this.#skipSpaces(this.#quoteEnd(start) + 1)
      return this.#colonAt(colon) ? colon : undefined
    }
    if (INDICATORS.has(first)) return undefined
    for (let at = start; at < this.#end && at - start < 1000; at++) {
      const code = this.#code(at)
      if (code === COLON && this.#colonAt(at)) return at
      if (code === HASH && this.#code(at - 1) === SPACE) return undefined
    }
    return undefined
  }

  #colonAt(at: number): boolean {
    return this.#code(at) === COLON && (at + 1 >= this.#end || this.#code(at + 1) === SPACE)
  }

  #key(start: number, colon: number): string {
    const first = this.#code(start)
    if (first === QUOTE || first === APOSTROPHE) return this.#quoted(start, this.#quoteEnd(start))
    return this.text.slice(start, colon).trimEnd()
  }

  // Values that begin on the current line; afterwards the current line is the one behind the value

  #inline(start: number, indent: number): Node {
    const first = this.#code(start)
    if (first === BAR) return this.#literal(start, indent)
    if (first === OPEN_LIST || first === OPEN_MAP) {
      const flow = { at: start, indent }
      const node = this.#flow(flow)
      this.#endLineAfter(flow.at)
      return node
    }
    if (first === QUOTE || first === APOSTROPHE) {
      const end = this.#quoteEnd(start)
      const value = this.#quoted(start, end)
      this.#endLineAfter(end + 1)
      return { kind: 'scalar', offset: start, value }
    }
    const text = this.#plain(start)
    this.#nextLine()
    return { kind: 'scalar', offset: start, value: this.#word(text) }
  }

  #endLineAfter(at: number): void {
    if (at > this.#end) {
      const newline = this.text.indexOf('\n', at)
      this.#end = newline < 0 ? this.text.length : newline
    }
    if (!this.#lineEnds(at)) decline()
    this.#nextLine()
  }

  #plain(start: number): string {
    if (INDICATORS.has(this.#code(start)) || this.#atItem(start)) decline()
    let end = this.#end
    for (let at = start; at < this.#end; at++) {
      const code = this.#code(at)
      if (code === COLON && this.#colonAt(at)) decline()
      if (code !== HASH || this.#code(at - 1) !== SPACE) continue
      end = at
      break
    }
    return this.text.slice(start, end).trimEnd()
  }

  #word(text: string) {
    const code = text.charCodeAt(0)
    // `.inf` and the like need the full reader's message.
    if ((code === 46 || code === 43 || code === DASH) && /^[-+]?\.[a-zA-Z]/.test(text)) decline()
    return plainScalar(text, this.#json)
  }

  #quoteEnd(start: number): number {
    const quote = this.#code(start)
    for (let at = start + 1; at < this.text.length; at++) {
      const code = this.#code(at)
      if (code === NEWLINE) decline()
      if (quote === QUOTE && code === BACKSLASH) at++
      else if (code !== quote) continue
      else if (quote === APOSTROPHE && this.#code(at + 1) === APOSTROPHE) at++
      else return at
    }
    return decline()
  }

  #quoted(start: number, end: number): string {
    const body = this.text.slice(start + 1, end)
    if (this.#code(start) === APOSTROPHE) return body.replaceAll("''", "'")
    if (!body.includes('\\')) return body
    try {
      return String(JSON.parse(`"${body}"`))
    } catch {
      return decline()
    }
  }

  /** Text behind `|` or `|-`: kept as it is, less the indentation of its first line. */
  #literal(start: number, indent: number): Node {
    const header = this.text.slice(start, this.#end).trimEnd()
    if (header !== '|' && header !== '|-') decline()
    const lines: string[] = []
    let margin = 0
    let at = this.#end + 1
    while (at < this.text.length) {
      const newline = this.text.indexOf('\n', at)
      const end = newline < 0 ? this.text.length : newline
      const content = Math.min(this.#skipSpaces(at), end)
      if (content < end) {
        if (margin === 0) margin = content - at
        if (margin <= indent || margin === 0) decline()
        if (content - at < margin) break
      } else if (lines.length === 0 || end - at > margin) decline()
      lines.push(this.text.slice(Math.min(at + margin, end), end))
      at = end + 1
    }
    while (lines.at(-1) === '') lines.pop()
    if (lines.length === 0) decline()
    this.#moveTo(at)
    if (this.#indent > indent) decline()
    return { kind: 'scalar', offset: start, value: lines.join('\n') + (header === '|' ? '\n' : '') }
  }

  // Flow collections

  #flow(flow: Flow): Node {
    const start = flow.at
    const first = this.#code(start)
    if (first === OPEN_LIST) return this.#flowList(flow)
    if (first === OPEN_MAP) return this.#flowMap(flow)
    if (first === QUOTE || first === APOSTROPHE) {
      const end = this.#quoteEnd(start)
      flow.at = end + 1
      return { kind: 'scalar', offset: start, value: this.#quoted(start, end) }
    }
    return { kind: 'scalar', offset: start, value: this.#word(this.#flowWord(flow)) }
  }

  #flowList(flow: Flow): ListNode {
    this.#enter()
    const node: ListNode = { kind: 'list', offset: flow.at++, items: [] }
    for (this.#flowSpace(flow); this.#code(flow.at) !== CLOSE_LIST; this.#flowComma(flow, CLOSE_LIST)) {
      node.items.push(this.#flow(flow))
      this.#flowSpace(flow)
    }
    flow.at++
    this.#depth--
    return node
  }

  #flowMap(flow: Flow): MapNode {
    this.#enter()
    const node: MapNode = { kind: 'map', offset: flow.at++, keys: [], keyOffsets: [], values: [] }
    const seen = new Set<string>()
    for (this.#flowSpace(flow); this.#code(flow.at) !== CLOSE_MAP; this.#flowComma(flow, CLOSE_MAP)) {
      const offset = flow.at
      const key = this.#flowKey(flow)
      if (seen.has(key) || key === '<<') decline()
      seen.add(key)
      node.keys.push(key)
      node.keyOffsets.push(offset)
      this.#flowSpace(flow)
      node.values.push(this.#flow(flow))
      this.#flowSpace(flow)
    }
    flow.at++
    this.#depth--
    return node
  }

  #flowKey(flow: Flow): string {
    const start = flow.at
    const first = this.#code(start)
    const quoted = first === QUOTE || first === APOSTROPHE
    if (first === OPEN_LIST || first === OPEN_MAP) decline()
    const key = quoted ? this.#quoted(start, this.#quoteEnd(start)) : this.#flowWord(flow)
    if (quoted) flow.at = this.#quoteEnd(start) + 1
    const colon = this.#skipSpaces(flow.at)
    if (this.#code(colon) !== COLON || colon - start > 1000) decline()
    const next = this.#code(colon + 1)
    if (!quoted && next !== SPACE && next !== NEWLINE) decline()
    flow.at = colon + 1
    return key
  }

  /** An unquoted word up to an indicator; a word over several lines is left to the full reader. */
  #flowWord(flow: Flow): string {
    const start = flow.at
    if (INDICATORS.has(this.#code(start)) || !(start < this.text.length)) decline()
    if (this.#code(start) === DASH && !(this.#code(start + 1) >= 48)) decline()
    let at = start
    for (; at < this.text.length; at++) {
      const code = this.#code(at)
      if (code === COMMA || code === CLOSE_LIST || code === CLOSE_MAP) break
      if (code === TAB || code === HASH || code === OPEN_LIST || code === OPEN_MAP) decline()
      if (code === NEWLINE && !this.#flowEnds(at)) decline()
      if (code === NEWLINE) break
      if (code !== COLON) continue
      const next = this.#code(at + 1)
      if (next === SPACE || next === NEWLINE) break
      if (next === COMMA || next === CLOSE_LIST || next === CLOSE_MAP) decline()
    }
    flow.at = at
    return this.text.slice(start, at).trimEnd()
  }

  /** Behind the white space at `at` comes what ends a word. */
  #flowEnds(at: number): boolean {
    let next = at
    while (this.#code(next) === SPACE || this.#code(next) === NEWLINE) next++
    const code = this.#code(next)
    return code === COMMA || code === CLOSE_LIST || code === CLOSE_MAP
  }

  #flowComma(flow: Flow, close: number): void {
    const code = this.#code(flow.at)
    if (code === close) return
    if (code !== COMMA) decline()
    flow.at++
    this.#flowSpace(flow)
    if (this.#code(flow.at) === COMMA) decline()
  }

  #flowSpace(flow: Flow): void {
    for (; flow.at < this.text.length; flow.at++) {
      const code = this.#code(flow.at)
      if (code === NEWLINE) {
        const next = this.#skipSpaces(flow.at + 1)
        if (next - flow.at - 1 <= flow.indent && this.#code(next) !== NEWLINE) decline()
        if (this.text.startsWith('---', flow.at + 1) || this.text.startsWith('...', flow.at + 1)) decline()
      } else if (code !== SPACE && code !== TAB) break
    }
    if (flow.at >= this.text.length) decline()
  }
}

/** Where a flow collection is being read, and how far its further lines must be indented at least. */
interface Flow {
  at: number
  readonly indent: number
}
