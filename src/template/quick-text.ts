// What the quick reader's parts share: characters by their codes, words, quoted texts, and the way to give up.
import { plainNode } from './scalar.js'
import type { ScalarNode } from './tree.js'

export const NEWLINE = 10
export const SPACE = 32
export const QUOTE = 34
export const HASH = 35
export const APOSTROPHE = 39
export const COMMA = 44
export const DASH = 45
export const COLON = 58
export const OPEN_LIST = 91
const BACKSLASH = 92
export const CLOSE_LIST = 93
export const OPEN_MAP = 123
export const BAR = 124
export const CLOSE_MAP = 125
export const TAB = 9

/** Characters that give the following text a meaning of its own: anchors, tags, directives, folded text and the like. */
export const INDICATORS = new Set([...'&*!|>%@`?,]}[{#:"\''].map((character) => character.charCodeAt(0)))

/** Thrown where the text needs the full reader. */
export const DECLINED = Symbol('declined')

export function decline(): never {
  throw DECLINED
}

export class TextReader {
  protected depth = 0
  /** The document is JSON, whose numbers differ a little. */
  protected json = false

  constructor(
    readonly text: string,
    readonly depthMax: number,
  ) {}

  protected enter(): void {
    if (++this.depth > this.depthMax) decline()
  }

  protected code(offset: number): number {
    return this.text.charCodeAt(offset)
  }

  protected skipSpaces(from: number): number {
    let at = from
    while (this.code(at) === SPACE) at++
    return at
  }

  protected word(text: string, offset: number): ScalarNode {
    const code = text.charCodeAt(0)
    // `.inf` and the like need the full reader's message.
    if ((code === 46 || code === 43 || code === DASH) && /^[-+]?\.[a-zA-Z]/.test(text)) decline()
    return plainNode(text, offset, this.json)
  }

  protected quoteEnd(start: number): number {
    const quote = this.code(start)
    for (let at = start + 1; at < this.text.length; at++) {
      const code = this.code(at)
      if (code === NEWLINE) decline()
      if (quote === QUOTE && code === BACKSLASH) at++
      else if (code !== quote) continue
      else if (quote === APOSTROPHE && this.code(at + 1) === APOSTROPHE) at++
      else return at
    }
    return decline()
  }

  protected quoted(start: number, end: number): string {
    const body = this.text.slice(start + 1, end)
    if (this.code(start) === APOSTROPHE) return body.replaceAll("''", "'")
    if (!body.includes('\\')) return body
    try {
      return String(JSON.parse(`"${body}"`))
    } catch {
      return decline()
    }
  }
}
