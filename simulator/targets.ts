// What each stack is meant to become, followed from outside: the commands that were given, and the rule that a rollback
// goes to the last template that was reached. The database's own idea of it is compared with this.
import { isVisiting } from '../src/graph/stage.js'
import type { JsonObject } from '../src/lib/json.js'
import type { Declared } from './commands.js'
import type { Pictures } from './pictures.js'
import type { Rows } from './rows.js'
import { declarationOf, type SimTemplate } from './templates.js'

/** What an abandoned stack has left: it can be adopted, once. */
export interface Left {
  readonly stack: string
  readonly template: SimTemplate
  readonly document: JsonObject
}

interface Abandoning extends Left {
  readonly traversal: number
}

export class Targets {
  readonly #inForce = new Map<number, SimTemplate>()
  readonly #reached = new Map<number, SimTemplate>()
  readonly #known = new Map<number, { traversal: number; status: string }>()
  /** By snapshot: the template that was in force when it was taken. */
  readonly #kept = new Map<string, SimTemplate>()
  readonly #abandoning = new Map<number, Abandoning>()
  #left: Left[] = []

  constructor(readonly pictures: Pictures) {}

  /** A command has been committed. */
  declare({ stackId, traversal, command, found }: Declared): void {
    const was = this.#known.get(stackId)?.traversal ?? 0
    if (traversal === was) return
    const before = this.templateOf(stackId)
    const after = this.#meant(stackId, command, found.snapshot)
    if (command.kind === 'snapshot') this.#kept.set(found.snapshot ?? '', before)
    this.#setInForce(stackId, after)
    if (command.kind === 'abandon' && found.document)
      this.#abandoning.set(stackId, { stack: command.stack, template: before, document: found.document, traversal })
    this.#known.set(stackId, { traversal, status: 'IN_PROGRESS' })
  }

  #meant(stackId: number, command: Declared['command'], snapshot: string | undefined): SimTemplate | undefined {
    switch (command.kind) {
      case 'up':
      case 'adopt':
        return command.template
      case 'patch': {
        const template: { [name: string]: SimTemplate[string] } = { ...this.templateOf(stackId), ...command.put }
        for (const name of command.removed) delete template[name]
        return template
      }
      case 'delete':
      case 'abandon':
        return {}
      case 'rollback':
        return this.reachedBy(stackId)
      case 'restore':
        return this.pictures.laidOver(this.#kept.get(snapshot ?? '') ?? {}, snapshot)
      default:
        return undefined
    }
  }

  /** A template that comes ends what an earlier command let go of; nothing ends it but a template. */
  #setInForce(stackId: number, template: SimTemplate | undefined): void {
    if (!template) return
    this.#inForce.set(stackId, template)
    if (Object.keys(template).length > 0) this.#abandoning.delete(stackId)
  }

  /** After each transaction: an automatic rollback changes what is in force, completion what is reached. */
  follow(rows: Rows): void {
    for (const { id, traversal, action, status, deleted_at } of rows.stacks) {
      const was = this.#known.get(id)
      if (was && was.traversal < traversal && action === 'ROLLBACK') this.#setInForce(id, this.reachedBy(id))
      const finished = status === 'COMPLETE' && (was?.traversal !== traversal || was.status !== 'COMPLETE')
      if (finished && !isVisiting(action)) this.#reached.set(id, this.templateOf(id))
      if (this.#inForce.has(id)) this.#known.set(id, { traversal, status })
      const abandoned = deleted_at === null ? undefined : this.#abandoning.get(id)
      // What came after it may have changed what it told.
      if (abandoned && this.#abandoning.delete(id) && abandoned.traversal === traversal) this.#left.push(abandoned)
    }
  }

  /** Whether it was ever declared: what a composite was is declared by nobody. */
  knows(stackId: number): boolean {
    return this.#inForce.has(stackId)
  }

  templateOf(stackId: number): SimTemplate {
    return this.#inForce.get(stackId) ?? {}
  }

  reachedBy(stackId: number): SimTemplate {
    return this.#reached.get(stackId) ?? {}
  }

  /** Whether all that its stack has is to stay in the world. */
  isAbandoned(stackId: number): boolean {
    return this.#abandoning.has(stackId)
  }

  get left(): readonly Left[] {
    return this.#left
  }

  /** Somebody adopts it. */
  take(left: Left): void {
    this.#left = this.#left.filter((other) => other !== left)
  }

  /** The definitions in force are those of the template that is meant. */
  *breaches(rows: Rows): Iterable<string> {
    for (const { id, name, deleted_at, parent_id } of rows.stacks) {
      // What is meant of a nested stack is said by the one around it: the oracle looks into both.
      if (deleted_at !== null || parent_id !== null || !this.knows(id)) continue
      const { graph } = declarationOf(this.templateOf(id))
      const meant = [...graph.names()].map((name, node) => `${name} ${graph.hashOf(node)}`)
      const written = rows.definitions.filter(({ stack_id }) => stack_id === id).map((row) => `${row.name} ${row.hash}`)
      if (meant.sort().join() !== written.sort().join())
        yield `the definitions in force of ${name} are not those that are meant`
    }
  }
}
