// For tests: the built program as a process of its own, in a folder of its own.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { packageDirectory } from '../lib/package-directory.js'

const program = fileURLToPath(new URL('dist/src/cli/main.js', packageDirectory))

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export class Desk {
  private constructor(readonly directory: string) {}

  /** @param name of the folder, after which a stack may be called. */
  static async open(name = 'desk'): Promise<Desk> {
    const directory = join(await mkdtemp(join(tmpdir(), 'isotherm-cli-')), name)
    await mkdir(directory)
    return new Desk(directory)
  }

  path = (...parts: string[]): string => join(this.directory, ...parts)

  async write(files: { readonly [name: string]: string }): Promise<void> {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(this.path(name)), { recursive: true })
      await writeFile(this.path(name), text)
    }
  }

  /** No terminal, no input, and nothing from the outer environment. */
  start(words: readonly string[], env: { readonly [name: string]: string } = {}): Running {
    const child = spawn(process.execPath, [program, ...words], {
      cwd: this.directory,
      env: { PATH: process.env.PATH ?? '', HOME: this.directory, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    return new Running(child)
  }

  run = (...words: string[]): Promise<Ended> => this.start(words).ended

  close = (): Promise<void> => rm(dirname(this.directory), { recursive: true, force: true })
}

export class Running {
  out = ''
  err = ''
  readonly ended: Promise<Ended>
  readonly #child: ChildProcess

  constructor(child: ChildProcess) {
    this.#child = child
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.out += text
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.err += text
    })
    this.ended = once(child, 'close').then(() => ({ code: child.exitCode, out: this.out, err: this.err }))
  }

  /** Resolves when the program has written it. */
  async says(words: RegExp): Promise<void> {
    while (!words.test(this.out)) {
      const more = this.#child.stdout && once(this.#child.stdout, 'data').then(() => true)
      const goesOn = await Promise.race([more, this.ended.then(() => false)])
      if (!goesOn && !words.test(this.out)) throw new Error(`it ended without saying ${words}: ${this.out}${this.err}`)
    }
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }
}
