// Flow collections, `[a, b]` and `{ a: b }`, over one or many lines; all of JSON is made of them.
import {
  APOSTROPHE,
  CLOSE_LIST,
  CLOSE_MAP,
  COLON,
  COMMA,
  DASH,
  decline,
  HASH,
  INDICATORS,
  NEWLINE,
  OPEN_LIST,
  OPEN_MAP,
  QUOTE,
  SPACE,
  TAB,
  TextReader,
} from './quick-text.js'
import type { ListNode, MapNode, Node } from './tree.js'

/** Where a flow collection is being read, and how far its further lines must be indented at least. */
interface Flow {
  at: number
  readonly indent: number
}

export class FlowReader extends TextReader {
  /** Where the last value began. */
  protected flowAt = 0

  protected flow(flow: Flow): Node {
    const start = flow.at
    this.flowAt = start
    const first = this.code(start)
    if (first === OPEN_LIST) return this.#flowList(flow)
    if (first === OPEN_MAP) return this.#flowMap(flow)
    if (first === QUOTE || first === APOSTROPHE) {
      const end = this.quoteEnd(start)
      flow.at = end + 1
      return { kind: 'scalar', offset: start, value: this.quoted(start, end) }
    }
    return this.word(this.#flowWord(flow), start)
  }

  #flowList(flow: Flow): ListNode {
    this.enter()
    const node: ListNode = { kind: 'list', offset: flow.at++, items: [] }
    for (this.#flowSpace(flow); this.code(flow.at) !== CLOSE_LIST; this.#flowComma(flow, CLOSE_LIST)) {
      node.items.push(this.flow(flow))
      this.#flowSpace(flow)
    }
    flow.at++
    this.depth--
    return node
  }

  #flowMap(flow: Flow): MapNode {
    this.enter()
    const node: MapNode = { kind: 'map', offset: flow.at++, keys: [], keyOffsets: [], values: [] }
    const seen = new Set<string>()
    for (this.#flowSpace(flow); this.code(flow.at) !== CLOSE_MAP; this.#flowComma(flow, CLOSE_MAP)) {
      const offset = flow.at
      const key = this.#flowKey(flow)
      if (seen.has(key) || key === '<<') decline()
      seen.add(key)
      node.keys.push(key)
      node.keyOffsets.push(offset)
      this.#flowSpace(flow)
      node.values.push(this.flow(flow))
      this.#flowSpace(flow)
    }
    flow.at++
    this.depth--
    return node
  }

  #flowKey(flow: Flow): string {
    const start = flow.at
    const first = this.code(start)
    const quoted = first === QUOTE || first === APOSTROPHE
    if (first === OPEN_LIST || first === OPEN_MAP) decline()
    const key = quoted ? this.quoted(start, this.quoteEnd(start)) : this.#flowWord(flow)
    if (quoted) flow.at = this.quoteEnd(start) + 1
    const colon = this.skipSpaces(flow.at)
    if (this.code(colon) !== COLON || colon - start > 1000) decline()
    const next = this.code(colon + 1)
    if (!quoted && next !== SPACE && next !== NEWLINE) decline()
    flow.at = colon + 1
    return key
  }

  /** An unquoted word up to an indicator; a word over several lines is left to the full reader. */
  #flowWord(flow: Flow): string {
    const start = flow.at
    if (INDICATORS.has(this.code(start)) || !(start < this.text.length)) decline()
    if (this.code(start) === DASH && !(this.code(start + 1) >= 48)) decline()
    let at = start
    for (; at < this.text.length; at++) {
      const code = this.code(at)
      if (code === COMMA || code === CLOSE_LIST || code === CLOSE_MAP) break
      if (code === TAB || code === HASH || code === OPEN_LIST || code === OPEN_MAP) decline()
      if (code === NEWLINE && !this.#flowEnds(at)) decline()
      if (code === NEWLINE) break
      if (code !== COLON) continue
      const next = this.code(at + 1)
      if (next === SPACE || next === NEWLINE) break
      if (next === COMMA || next === CLOSE_LIST || next === CLOSE_MAP) decline()
    }
    flow.at = at
    return this.text.slice(start, at).trimEnd()
  }

  /** Behind the white space at `at` comes what ends a word. */
  #flowEnds(at: number): boolean {
    let next = at
    while (this.code(next) === SPACE || this.code(next) === NEWLINE) next++
    const code = this.code(next)
    return code === COMMA || code === CLOSE_LIST || code === CLOSE_MAP
  }

  #flowComma(flow: Flow, close: number): void {
    const code = this.code(flow.at)
    if (code === close) return
    if (code !== COMMA) decline()
    flow.at++
    this.#flowSpace(flow)
    if (this.code(flow.at) === COMMA) decline()
  }

  #flowSpace(flow: Flow): void {
    for (; flow.at < this.text.length; flow.at++) {
      const code = this.code(flow.at)
      if (code === NEWLINE) {
        const next = this.skipSpaces(flow.at + 1)
        if (next - flow.at - 1 <= flow.indent && this.code(next) !== NEWLINE) decline()
        if (this.text.startsWith('---', flow.at + 1) || this.text.startsWith('...', flow.at + 1)) decline()
      } else if (code !== SPACE && code !== TAB) break
    }
    if (flow.at >= this.text.length) decline()
  }
}
