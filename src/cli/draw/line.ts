// Lines of text before they reach a terminal: pieces with a tone. Drawing functions make them from values and nothing else;
// colour and the width of the screen come last, so that a test reads the same words as a person.
import type { createColors } from 'picocolors'

export type Paint = ReturnType<typeof createColors>
export type Tone = 'plain' | 'bold' | 'dim' | 'good' | 'bad' | 'busy' | 'warn' | 'name'
export type Piece = string | { readonly text: string; readonly tone: Tone }
export type Line = readonly Piece[]

export const toned = (tone: Tone, text: string): Piece => ({ text, tone })
export const textOf = (piece: Piece): string => (typeof piece === 'string' ? piece : piece.text)
export const plain = (line: Line): string => line.map(textOf).join('').trimEnd()

/** A line as a terminal of so many columns shows it; what does not fit ends in `…`. */
export function render(line: Line, paint: Paint, columns = Number.POSITIVE_INFINITY): string {
  let room = columns
  const parts: string[] = []
  const whole = line.reduce((length, piece) => length + textOf(piece).length, 0) <= columns
  for (const piece of line) {
    const text = whole ? textOf(piece) : cut(textOf(piece), room)
    room -= text.length
    if (text !== '') parts.push(paintPiece(text, typeof piece === 'string' ? 'plain' : piece.tone, paint))
    if (room <= 0) break
  }
  return parts.join('').trimEnd()
}

const cut = (text: string, room: number): string =>
  text.length < room ? text : `${text.slice(0, Math.max(0, room - 1))}…`

function paintPiece(text: string, tone: Tone, paint: Paint): string {
  switch (tone) {
    case 'plain':
      return text
    case 'bold':
      return paint.bold(text)
    case 'dim':
      return paint.dim(text)
    case 'good':
      return paint.green(text)
    case 'bad':
      return paint.red(text)
    case 'busy':
      return paint.cyan(text)
    case 'warn':
      return paint.yellow(text)
    case 'name':
      return paint.bold(paint.cyan(text))
  }
}

/** Control characters shown instead of obeyed: what a provider or a template says must not move the cursor. */
export const tame = (text: string): string => text.replace(/\p{Cc}/gu, (character) => CONTROL[character] ?? '\ufffd')
const CONTROL: { readonly [character: string]: string } = { '\n': '⏎', '\t': ' ', '\r': '' }

export const shorten = (text: string, lengthMax: number): string =>
  text.length <= lengthMax ? text : `${text.slice(0, lengthMax - 1)}…`

/** `0.4 s`, `12.3 s`, `4 min 05 s`, `2 h 03 min`. */
export function span(seconds: number): string {
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  const two = (value: number) => String(value).padStart(2, '0')
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`
}

/** `9,950`. */
export const count = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ',')

export const many = (value: number, word: string): string => `${count(value)} ${word}${value === 1 ? '' : 's'}`

/** Columns side by side, each as wide as its widest cell but for the last; two spaces between. */
export function table(rows: readonly (readonly Piece[])[]): Line[] {
  const widths: number[] = []
  for (const row of rows) {
    row.forEach((cell, index) => {
      widths[index] = Math.max(widths[index] ?? 0, textOf(cell).length)
    })
  }
  return rows.map((row) =>
    row.flatMap((cell, index): Piece[] => {
      if (index === row.length - 1) return [cell]
      const space = ' '.repeat((widths[index] ?? 0) - textOf(cell).length + 2)
      return [cell, space]
    }),
  )
}
