// Definitions on their way into the database. Of each, planning keeps a few numbers; the rest waits as the bytes that
// `copy` will send, which the garbage collector never looks at. A million definitions are a few hundred megabytes.
import { type WantedGraph, WantedGraphBuilder } from '../graph/wanted.js'
import type { Extensions } from '../template/extensions.js'
import { copyJson, copyText, listText } from './copy-text.js'
import type { StoredDefinition } from './templates.js'

/** What arming needs to know of a definition to make a row for it. */
export interface NodeKind {
  readonly type: string
  readonly retain: boolean
}

export class Declaration {
  readonly graph: WantedGraph
  /** Of those definitions that say anything under `isotherm:`. */
  readonly extensions: ReadonlyMap<string, Extensions>
  /** Definitions that hold secrets, by node: they are sealed for the place where they will stand. */
  readonly secrets: ReadonlyMap<number, StoredDefinition>
  readonly #lines: Lines
  readonly #kinds: readonly NodeKind[]

  constructor(
    graph: WantedGraph,
    lines: Lines,
    kinds: readonly NodeKind[],
    secrets: ReadonlyMap<number, StoredDefinition>,
    extensions: ReadonlyMap<string, Extensions>,
  ) {
    this.graph = graph
    this.extensions = extensions
    this.secrets = secrets
    this.#lines = lines
    this.#kinds = kinds
  }

  static of(definitions: Iterable<StoredDefinition>): Declaration {
    const builder = new DeclarationBuilder()
    for (const definition of definitions) builder.add(definition)
    return builder.finish()
  }

  kindOf(name: string): NodeKind | undefined {
    const node = this.graph.numberOf(name)
    return node === undefined ? undefined : this.#kinds[node]
  }

  /** Rows of `definitions` for `copy`, of the nodes that are chosen and hold no secrets. */
  rows(stackId: number, since: number, chosen: (node: number) => boolean): Iterable<Uint8Array> {
    return this.#lines.chosen(Buffer.from(keyText(stackId, since)), chosen)
  }
}

/** One row, without its end. */
export const rowText = (
  stackId: number,
  since: number,
  definition: Omit<StoredDefinition, 'body'> & { readonly body: object },
): string => `${keyText(stackId, since)}${lineOf(definition, JSON.stringify(definition.body))}`

/** A stack and a traversal are known only under the stack's lock; their places in each line are kept free. */
const fixed = (id: number): string => `${id}`.padStart(10, '0')
const keyText = (stackId: number, since: number): string => `${fixed(stackId)}\t${fixed(since)}\t`
const KEY = keyText(0, 0)

const lineOf = ({ name, hash, requires }: Omit<StoredDefinition, 'body'>, body: string): string =>
  `${copyText(name)}\t${hash}\t${copyText(listText(requires))}\t${copyJson(body)}`

export class DeclarationBuilder {
  readonly #graph = new WantedGraphBuilder()
  readonly #lines = new Lines()
  readonly #kinds: NodeKind[] = []
  readonly #secrets = new Map<number, StoredDefinition>()
  readonly #extensions = new Map<string, Extensions>()
  /** One object for all definitions of a kind, by type. */
  readonly #deleted = new Map<string, NodeKind>()
  readonly #retained = new Map<string, NodeKind>()

  typeOf(name: string): string | undefined {
    const node = this.#graph.numberOf(name)
    return node === undefined ? undefined : this.#kinds[node]?.type
  }

  /** Requirements that are not among the definitions. */
  missing(): Iterable<{ readonly name: string; readonly required: string }> {
    return this.#graph.missing()
  }

  /** @returns false when there is one of that name already, and nothing was added. */
  add(definition: StoredDefinition): boolean {
    const { name, hash, requires, body, text } = definition
    const node = this.#graph.size
    if (!this.#graph.add(name, hash, requires)) return false
    if (body.secret) this.#secrets.set(node, definition)
    this.#kinds.push(this.#kindOf(body.type, body.deletionPolicy === 'Retain'))
    if (body.isotherm) this.#extensions.set(name, body.isotherm)
    this.#lines.add(body.secret ? '' : `${KEY}${lineOf(definition, text ?? JSON.stringify(body))}\n`)
    return true
  }

  finish(): Declaration {
    return new Declaration(this.#graph.finish(), this.#lines, this.#kinds, this.#secrets, this.#extensions)
  }

  #kindOf(type: string, retain: boolean): NodeKind {
    const kinds = retain ? this.#retained : this.#deleted
    const known = kinds.get(type)
    if (known) return known
    const kind = { type, retain }
    kinds.set(type, kind)
    return kind
  }
}

const BLOCK_BYTES_MIN = 16_000
const BLOCK_BYTES_MAX = 1_000_000

/** Lines of UTF-8 in blocks that get larger and larger, outside of the heap. */
class Lines {
  readonly #blocks: { readonly bytes: Buffer; readonly ends: number[] }[] = []
  #room = 0

  add(line: string): void {
    // No character takes more than three bytes for each of its units.
    const most = line.length * 3
    if (this.#room < most || this.#blocks.length === 0) this.#open(most)
    const block = this.#blocks.at(-1)
    if (!block) return
    const start = block.ends.at(-1) ?? 0
    const written = block.bytes.write(line, start)
    block.ends.push(start + written)
    this.#room -= written
  }

  /** Pieces of whole lines; each chosen line gets `key` as its beginning. */
  *chosen(key: Uint8Array, chosen: (line: number) => boolean): Iterable<Uint8Array> {
    let line = 0
    for (const { bytes, ends } of this.#blocks) {
      let begun = 0
      let start = 0
      for (const end of ends) {
        if (end === start) line++
        else if (chosen(line++)) bytes.set(key, start)
        else {
          if (start > begun) yield bytes.subarray(begun, start)
          begun = end
        }
        start = end
      }
      if (start > begun) yield bytes.subarray(begun, start)
    }
  }

  #open(most: number): void {
    const last = this.#blocks.at(-1)?.bytes.length ?? 0
    const size = Math.max(most, Math.min(BLOCK_BYTES_MAX, Math.max(BLOCK_BYTES_MIN, last * 2)))
    this.#blocks.push({ bytes: Buffer.allocUnsafeSlow(size), ends: [] })
    this.#room = size
  }
}
