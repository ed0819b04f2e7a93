// Where words go: answers to stdout, everything said about them to stderr; coloured and alive only where a person looks on.
import { createInterface } from 'node:readline/promises'
import { createLogUpdate } from 'log-update'
import { createColors } from 'picocolors'
import { type Line, type Paint, render } from './draw/line.js'

export interface TerminalOptions {
  readonly json: boolean
  readonly color: boolean
}

export class Terminal {
  readonly json: boolean
  readonly #paint: Paint
  readonly #paintErrors: Paint
  readonly #live: ReturnType<typeof createLogUpdate>

  constructor({ json, color }: TerminalOptions) {
    this.json = json
    const forced = color && ![undefined, '', '0'].includes(process.env.FORCE_COLOR)
    const allowed = color && (process.env.NO_COLOR ?? '') === '' && process.env.TERM !== 'dumb'
    this.#paint = createColors(forced || (allowed && process.stdout.isTTY))
    this.#paintErrors = createColors(forced || (allowed && process.stderr.isTTY))
    this.#live = createLogUpdate(process.stdout)
  }

  /** A picture may be drawn over and over. */
  get alive(): boolean {
    return !this.json && process.stdout.isTTY && process.env.TERM !== 'dumb'
  }

  /** Somebody can be asked. */
  get interactive(): boolean {
    return !this.json && process.stdin.isTTY && process.stderr.isTTY
  }

  get screen(): { readonly rows: number; readonly columns: number } {
    return { rows: process.stdout.rows ?? 24, columns: process.stdout.columns ?? 80 }
  }

  /** An answer for people. */
  print(lines: readonly Line[]): void {
    if (lines.length === 0) return
    process.stdout.write(`${lines.map((line) => render(line, this.#paint)).join('\n')}\n`)
  }

  /** An answer for programs: one document. */
  value(value: unknown): void {
    process.stdout.write(`${JSON.stringify(value, null, 2)}\n`)
  }

  /** A part of a stream for programs, a line each. */
  values(values: readonly unknown[]): void {
    process.stdout.write(values.map((value) => `${JSON.stringify(value)}\n`).join(''))
  }

  text(text: string): void {
    process.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
  }

  /** What is not the answer itself: problems, notes, progress beside JSON. */
  say(lines: readonly Line[]): void {
    if (lines.length === 0) return
    process.stderr.write(`${lines.map((line) => render(line, this.#paintErrors)).join('\n')}\n`)
  }

  /** Draws over what was drawn last. */
  draw(lines: readonly Line[]): void {
    const { columns } = this.screen
    this.#live(lines.map((line) => render(line, this.#paint, columns)).join('\n'))
  }

  /** The last drawing goes; what is printed next stands in its place. */
  erase(): void {
    this.#live.clear()
    this.#live.done()
  }

  /** @returns false also when the question is broken off. */
  async confirm(question: string, signal: AbortSignal, interrupt: () => void): Promise<boolean> {
    const reader = createInterface({ input: process.stdin, output: process.stderr })
    // In this mode the terminal tells the reader of Ctrl-C, not the process.
    reader.on('SIGINT', interrupt)
    const ended = new Promise<string>((resolve) => reader.once('close', () => resolve('')))
    try {
      const asked = reader.question(`${question} [y/N] `, { signal }).catch(() => '')
      return /^\s*y(es)?\s*$/i.test(await Promise.race([asked, ended]))
    } finally {
      reader.close()
    }
  }
}
