// The engine processes of a chaos run, and what is done to them.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

interface EngineProcess {
  readonly number: number
  child: ChildProcess
  frozen: boolean
}

export class Engines {
  readonly #engines: EngineProcess[]
  #stopping = false
  /** How often one was started. */
  started = 0
  /** Ends that nobody asked for. */
  readonly crashes: string[] = []
  readonly #wanted = new WeakSet<ChildProcess>()

  constructor(
    count: number,
    readonly database: string,
    readonly farSide: string,
  ) {
    this.#engines = Array.from({ length: count }, (_, number) => ({ number, child: this.#start(), frozen: false }))
  }

  get count(): number {
    return this.#engines.length
  }

  get frozen(): number {
    return this.#engines.filter(({ frozen }) => frozen).length
  }

  /** As a crash of the machine: at whatever instruction. It is started again at once, as a supervisor would. */
  kill(number: number): void {
    this.#replace(number, 'SIGKILL')
  }

  /** As a deployment: it may finish what it is at. */
  async replaceOrderly(number: number): Promise<void> {
    const engine = this.#engines[number]
    if (!engine || engine.frozen) return
    const { child } = engine
    this.#wanted.add(child)
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    engine.child = this.#start()
    await ended
  }

  freeze(number: number): void {
    const engine = this.#engines[number]
    if (!engine || engine.frozen) return
    engine.frozen = true
    engine.child.kill('SIGSTOP')
  }

  thaw(number: number): void {
    const engine = this.#engines[number]
    if (!engine?.frozen) return
    engine.frozen = false
    engine.child.kill('SIGCONT')
  }

  thawAll(): void {
    for (const { number } of this.#engines) this.thaw(number)
  }

  async stop(): Promise<void> {
    this.#stopping = true
    this.thawAll()
    await Promise.all(
      this.#engines.map(async ({ child }) => {
        if (child.exitCode !== null || child.signalCode !== null) return
        this.#wanted.add(child)
        const ended = once(child, 'exit')
        child.kill('SIGKILL')
        await ended
      }),
    )
  }

  #replace(number: number, signal: NodeJS.Signals): void {
    const engine = this.#engines[number]
    if (!engine) return
    this.#wanted.add(engine.child)
    engine.child.kill(signal)
    engine.child = this.#start()
    engine.frozen = false
  }

  #start(): ChildProcess {
    this.started++
    const program = join(import.meta.dirname, 'engine.js')
    const child = spawn(process.execPath, [program, this.database, this.farSide], { stdio: ['pipe', 'ignore', 'pipe'] })
    let said = ''
    child.stderr?.on('data', (text: Buffer) => {
      said = (said + text.toString()).slice(-2_000)
    })
    child.once('exit', (code, signal) => {
      if (this.#stopping || this.#wanted.has(child)) return
      // While the database is away an engine cannot start; its supervisor tries again.
      if (!said.includes('DatabaseUnavailable')) this.crashes.push(`ended with ${code ?? signal}: ${said}`)
      const engine = this.#engines.find((one) => one.child === child)
      if (engine) setTimeout(() => this.#again(engine, child), 300)
    })
    return child
  }

  #again(engine: EngineProcess, ended: ChildProcess): void {
    if (this.#stopping || engine.child !== ended) return
    engine.child = this.#start()
    engine.frozen = false
  }
}
