// The desk at which commands are handed in: it finds the stack, runs the command under its lock, wakes the engines, and
// gives the run back. What a command does is none of its business.
import type { Standpoint } from '../engine/declare/options.js'
import type { TreeLimits } from '../engine/declare/tree-limits.js'
import type { Engine } from '../engine/engine.js'
import type { World } from '../lib/world.js'
import type { TypeRegistry } from '../provider/registry.js'
import type { Database, Transaction } from '../store/database.js'
import { readShown } from '../store/shown-stack.js'
import type { StackRow } from '../store/stacks.js'
import { type Addressee, issue } from './command.js'
import { failingWithin } from './failing.js'
import { Conflict, checkRevision, getStack, NotFound, type StackRef } from './find.js'
import { Rests } from './rests.js'
import { makeRun, type Run } from './run.js'
import { showing } from './shown.js'
import type { StackView } from './views.js'
import { reach } from './within.js'

export interface Parts {
  readonly database: Database
  readonly types: TypeRegistry
  readonly engines: readonly Engine[]
  readonly world: World
  readonly project: string
  /** Seconds that running calls get to finish when the library is closed. */
  readonly drainSeconds: number
  /** What is done now and then, for as long as the library is open. */
  readonly duties: readonly { stop(): Promise<void> }[]
  /** Aborted when this process cannot go on with its database. */
  readonly lost: AbortSignal
  readonly treeLimits?: Partial<TreeLimits>
  /** Where a server for these stacks is reached. */
  readonly publicUrl?: string | Promise<string>
  /** The id of the command that is given with these, where its commander has one. */
  readonly commandId?: string
}

export class Desk {
  readonly #rests: Rests

  constructor(readonly parts: Parts) {
    this.#rests = new Rests(parts.database, parts.world)
  }

  /** @param known the stack whose next update is declared, if it is there already. */
  pseudo(stackName: string, stackId: string, known?: Pick<StackRow, 'traversal'>): Standpoint {
    const { project: projectId, treeLimits } = this.parts
    const updateId = String((known?.traversal ?? 0) + 1)
    return { stackId, stackName, projectId, updateId, ...(treeLimits && { treeLimits }) }
  }

  /** Throws NotFound. */
  get(ref: StackRef): Promise<StackRow> {
    return getStack(this.parts, ref)
  }

  /** The stack and the name that a resource's path means, seen from a stack. Throws NotFound. */
  async reach(ref: StackRef, path: string): Promise<{ readonly stack: StackRow; readonly resource: string }> {
    return reach(this.parts.database, await this.get(ref), path)
  }

  /** A command on a stack that exists. */
  async commandOn(ref: StackRef, command: (sql: Transaction, stack: StackRow) => Promise<unknown>): Promise<Run> {
    for (;;) {
      const found = await this.get(ref)
      if (found.deletedAt) throw new NotFound(`stack ${found.name} has been deleted`)
      const run = await this.command(found, (sql, stack) => {
        checkRevision(ref, stack)
        return command(sql, stack)
      })
      if (run) return run
    }
  }

  /** Runs a command under its stack's lock. @returns undefined when the stack has gone, or another one has its name. */
  async command(
    addressee: Addressee,
    command: (sql: Transaction, stack: StackRow, isNew: boolean) => Promise<unknown>,
  ): Promise<Run | undefined> {
    const started = await issue(this.parts, addressee, (sql, stack, isNew) => {
      if (stack.parentUid !== null) throw new Conflict(partOfAnother(stack))
      return command(sql, stack, isNew)
    })
    if (!started) return undefined
    this.wake()
    return this.run(started)
  }

  run(started: StackRow): Run {
    return makeRun(this.parts.world, this.#rests, started, () => this.view(started))
  }

  wake(): void {
    for (const engine of this.parts.engines) engine.wake()
  }

  /** The stack as it is now, and what engines fail for in it, be it in a stack nested in it. */
  async view({ id, name }: StackRow): Promise<StackView> {
    const found = await readShown(this.parts.database, id)
    if (!found) throw new NotFound(`stack ${name} is forgotten`)
    const view = (await showing(this.parts, [found]))(found)
    return { ...view, failing: view.failing ?? (await failingWithin(this.parts.database, found, { nested: true })) }
  }
}

const partOfAnother = ({ name, parentUid }: StackRow) =>
  `stack ${name} is a part of the stack ${parentUid}, and changes with it: change that one`
