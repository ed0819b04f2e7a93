// Rows as `copy` reads them: a line each, fields between tabs, in chunks that are worth a packet.

const SPECIAL = /[\\\n\r\t]/
const ESCAPED: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** A JSON text: of all that is special it can hold backslashes only. */
export const copyJson = (text: string): string => (text.includes('\\') ? text.replaceAll('\\', '\\\\') : text)

export function copyText(text: string): string {
  return SPECIAL.test(text) ? text.replace(/[\\\n\r\t]/g, (character) => ESCAPED[character] ?? character) : text
}

/** A list of texts as PostgreSQL writes it. */
export function listText(texts: readonly string[]): string {
  let list = ''
  for (const text of texts) list += `${list === '' ? '{' : ','}"${escaped(text)}"`
  return list === '' ? '{}' : `${list}}`
}

const escaped = (text: string): string => (/["\\]/.test(text) ? text.replace(/["\\]/g, '\\$&') : text)

const CHUNK_CHARACTERS = 65_536

/** @param lines without their ends */
export function* chunksOf(lines: Iterable<string>): Iterable<Uint8Array> {
  let text = ''
  for (const line of lines) {
    text += `${line}\n`
    if (text.length < CHUNK_CHARACTERS) continue
    yield Buffer.from(text)
    text = ''
  }
  if (text !== '') yield Buffer.from(text)
}
