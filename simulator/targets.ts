// What each stack is meant to become, followed from outside: the commands that were given, and the rule that a rollback
// goes to the last template that was reached. The database's own idea of it is compared with this.
import { isVisiting } from '../src/graph/stage.js'
import type { Declared } from './commands.js'
import type { Rows } from './rows.js'
import { declarationOf, type SimTemplate } from './templates.js'

export class Targets {
  readonly #inForce = new Map<number, SimTemplate>()
  readonly #reached = new Map<number, SimTemplate>()
  readonly #known = new Map<number, { traversal: number; status: string }>()

  /** A command has been committed. */
  declare({ stackId, traversal, command }: Declared): void {
    const was = this.#known.get(stackId)?.traversal ?? 0
    if (traversal === was) return
    switch (command.kind) {
      case 'up':
        this.#inForce.set(stackId, command.template)
        break
      case 'patch': {
        const template: { [name: string]: SimTemplate[string] } = { ...this.templateOf(stackId), ...command.put }
        for (const name of command.removed) delete template[name]
        this.#inForce.set(stackId, template)
        break
      }
      case 'delete':
        this.#inForce.set(stackId, {})
        break
      case 'rollback':
        this.#inForce.set(stackId, this.reachedBy(stackId))
        break
      case 'cancel':
      case 'suspend':
      case 'resume':
      case 'check':
      case 'look':
        break
    }
    this.#known.set(stackId, { traversal, status: 'IN_PROGRESS' })
  }

  /** After each transaction: an automatic rollback changes what is in force, completion what is reached. */
  follow(_before: Rows, rows: Rows): void {
    for (const { id, traversal, action, status } of rows.stacks) {
      const was = this.#known.get(id)
      if (was && was.traversal < traversal && action === 'ROLLBACK') this.#inForce.set(id, this.reachedBy(id))
      const finished = status === 'COMPLETE' && (was?.traversal !== traversal || was.status !== 'COMPLETE')
      if (finished && !isVisiting(action)) this.#reached.set(id, this.templateOf(id))
      this.#known.set(id, { traversal, status })
    }
  }

  templateOf(stackId: number): SimTemplate {
    return this.#inForce.get(stackId) ?? {}
  }

  reachedBy(stackId: number): SimTemplate {
    return this.#reached.get(stackId) ?? {}
  }

  /** The definitions in force are those of the template that is meant. */
  *breaches(rows: Rows): Iterable<string> {
    for (const { id, name, deleted_at, parent_id } of rows.stacks) {
      // What is meant of a nested stack is said by the one around it: the oracle looks into both.
      if (deleted_at !== null || parent_id !== null) continue
      const { graph } = declarationOf(this.templateOf(id))
      const meant = [...graph.names()].map((name, node) => `${name} ${graph.hashOf(node)}`)
      const written = rows.definitions.filter(({ stack_id }) => stack_id === id).map((row) => `${row.name} ${row.hash}`)
      if (meant.sort().join() !== written.sort().join())
        yield `the definitions in force of ${name} are not those that are meant`
    }
  }
}
