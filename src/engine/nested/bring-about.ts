// Bringing composites about: what for other types is a provider call is here a command to a nested stack, or a look at it.
// It happens in the turn's own transaction, so a nested stack and the row that waits for it are begun together or not at
// all, and no engine that dies leaves one without the other. Pending, such a row is never polled: its stack wakes it.

import { forbidden } from '../../graph/policies.js'
import { isVisiting } from '../../graph/stage.js'
import { hashOf, type Json, type JsonObject } from '../../lib/json.js'
import { InvalidInput } from '../../lib/problem.js'
import type { Composition, Peer } from '../../provider/composite.js'
import { ProviderError } from '../../provider/error.js'
import type { TypeRegistry } from '../../provider/registry.js'
import { readRequired } from '../../store/claim.js'
import type { Transaction } from '../../store/database.js'
import { Declaration } from '../../store/declaration.js'
import { appendEvents } from '../../store/events.js'
import { readProtectedInside } from '../../store/extensions.js'
import {
  type ChildRow,
  noteComposed,
  readChildren,
  readSurroundings,
  type Surrounding,
  tryLockStacks,
  writeMemories,
} from '../../store/nested.js'
import { type Removal, takeDownStacks } from '../../store/nested-removal.js'
import { readStack } from '../../store/stacks.js'
import { Takings, takingsOf } from '../adoptions.js'
import { converge, halt } from '../converge.js'
import type { Declared } from '../declare/declare.js'
import { compose } from '../declare/nested.js'
import { DEFAULT_TREE_LIMITS, tooDeep } from '../declare/tree-limits.js'
import { referenceOf } from '../inputs.js'
import { isVisit } from '../visit-settle.js'
import type { FinishedWork, Outcome, Work } from '../work.js'
import { type Beginning, beginChildren } from './begin-children.js'
import { Declaring } from './declaring.js'
import { lookInto, type Seen } from './look.js'
import { failed, gone, insideReason, isAgain, nameOf, pending, removes, resting, waitingOf } from './outcomes.js'
import { restoredInside } from './restore-inside.js'
import { Room } from './room.js'
import { tellsItsStack, type VisitMatter, visitInside } from './visit-inside.js'

/** A piece of work with the nested stack that it is about, if that is there already. */
interface Matter {
  readonly work: Work
  readonly child: ChildRow | undefined
  readonly around: Surrounding
}

const isVisited = (matter: Matter): matter is VisitMatter => isVisit(matter.work)

/** Of each work the outcome, as a provider call would have one; the commands have been given. */
export async function bringAbout(
  sql: Transaction,
  types: TypeRegistry,
  works: readonly Work[],
): Promise<FinishedWork[]> {
  if (works.length === 0) return []
  const children = new Map(
    (
      await readChildren(
        sql,
        works.map(({ token }) => token),
      )
    ).map((row) => [row.uid, row]),
  )
  const around = new Map(
    (await readSurroundings(sql, [...new Set(works.map(({ stackId }) => stackId))])).map((one) => [one.id, one]),
  )
  const matters = works.flatMap((work): Matter[] => {
    const surrounding = around.get(work.stackId)
    return surrounding ? [{ work, child: children.get(work.token), around: surrounding }] : []
  })
  return new Bringing(sql, types, matters).bring()
}

class Bringing {
  readonly #outcomes = new Map<Work, Outcome>()
  readonly #seen = new Map<number, Seen>()
  readonly #beginnings: (Beginning & { readonly matter: Matter; readonly composition: Composition })[] = []
  readonly #removals: Removal[] = []
  #locked: ReadonlySet<number> = new Set()
  readonly #room: Room
  readonly #declaring: Declaring
  readonly #takings: Takings

  constructor(
    readonly sql: Transaction,
    readonly types: TypeRegistry,
    readonly matters: readonly Matter[],
  ) {
    this.#room = new Room(sql)
    this.#declaring = new Declaring(sql, types)
    this.#takings = new Takings(sql)
  }

  async bring(): Promise<FinishedWork[]> {
    const existing = this.matters.flatMap(({ child }) => (child && !child.deleted ? child.id : []))
    // In one go, for whatever must be told something; the others are only looked at.
    this.#locked = await tryLockStacks(this.sql, existing.length === 0 ? [] : this.#toBeTold())
    await this.#look()
    for (const [work, outcome] of await visitInside(this.sql, this.matters.filter(isVisited), this.#locked)) {
      this.#outcomes.set(work, outcome)
    }
    for (const matter of this.matters) {
      if (!isVisited(matter)) this.#outcomes.set(matter.work, await this.#judge(matter))
    }
    await this.#begin()
    await this.#remove()
    return this.matters.map(({ work }) => ({ work, outcome: this.#outcomes.get(work) ?? gone(work) }))
  }

  #toBeTold(): number[] {
    return this.matters.flatMap((matter) => {
      const { work, child } = matter
      if (!child || child.deleted) return []
      if (isVisited(matter)) return tellsItsStack(matter) ? child.id : []
      const only = work.task.kind === 'poll' && !waitingOf(work).todo && !isAgain(work, child)
      return only ? [] : [child.id]
    })
  }

  /** Into those stacks whose content matters now: complete ones, and those whose members decide what comes next. */
  async #look(): Promise<void> {
    const wanted = new Map<number, { members: boolean }>()
    for (const { work, child } of this.matters) {
      if (!child || child.deleted || removes(work) || isVisit(work)) continue
      const composite = this.types.get(work.type)?.composite
      const asked = work.intent?.nested?.asked ?? []
      const members = (composite?.looksAtMembers ?? false) || asked.some((name) => name.startsWith('resource.'))
      if (child.status === 'COMPLETE' || members) wanted.set(child.id, { members })
    }
    if (wanted.size === 0) return
    for (const [id, seen] of await lookInto(this.sql, this.types, wanted)) this.#seen.set(id, seen)
  }

  #judge(matter: Matter): Promise<Outcome> | Outcome {
    const { work, child } = matter
    switch (work.task.kind) {
      case 'create':
      case 'update':
        return this.#command(matter)
      case 'delete':
        return this.#delete(matter)
      case 'cancel':
        return this.#cancel(matter, work.task.operation.cancelReason ?? 'cancelled')
      case 'poll':
        if (work.task.operation.of === 'delete') return this.#delete(matter)
        return waitingOf(work).todo || isAgain(work, child) ? this.#command(matter) : this.#poll(matter)
      case 'visit':
        throw new Error(`the visit of ${work.name} is no command`)
    }
  }

  // ── commands ──────────────────────────────────────────────────────────────────────────────────────────────────────

  async #command(matter: Matter): Promise<Outcome> {
    const { work, child, around } = matter
    if (child?.deleted) return failed('its stack has been deleted')
    const depthMax = around.nestedDepthMax ?? DEFAULT_TREE_LIMITS.nestedDepthMax
    if (around.depth + 1 > depthMax) return failed(tooDeep(depthMax))
    try {
      const composition = await this.#compose(matter)
      const hash = hashOf(composedOf(composition, work))
      if (child && this.#isUnderstood(child, hash)) return this.#poll(matter, composition)
      if (child && !this.#locked.has(child.id)) return pending(work, composition, { todo: true })
      const plain = this.#declaring.declare(work, around, composition, hash)
      const room = await this.#room.for(around, child, plain.size)
      if (room.kind === 'exceeded') return failed(room.reason)
      if (room.kind === 'held') return pending(work, composition, { todo: true })
      const declared = await restoredInside(this.sql, plain, work.intent?.nested?.restore)
      if (!child) {
        await this.#takings.refuse({ project: work.project, stackId: null }, takingsOf(declared))
        this.#beginnings.push({ matter, composition, declared, child: newChild(matter, composition, hash) })
        return pending(work, composition)
      }
      await this.#update(child, matter, composition, declared)
      await noteComposed(this.sql, child.id, hash)
      await this.#remember([{ work, memory: composition.memory }])
      return pending(work, composition)
    } catch (error) {
      if (error instanceof ProviderError) return failed(error.message)
      if (error instanceof InvalidInput) return failed(error.message)
      throw error
    }
  }

  /**
   * It has been told already, by whoever began this before, has not failed since, and has not been visited instead: what a check
   * inside has found is still to be mended, though another visit ended well after it.
   */
  #isUnderstood(child: ChildRow, hash: string): boolean {
    const { action, status } = child
    if (child.composedHash !== hash || action === 'DELETE' || status === 'FAILED' || child.failed) return false
    return !isVisiting(action)
  }

  async #compose({ work, child, around }: Matter): Promise<Composition> {
    const type = this.types.get(work.type)
    if (!type) throw new ProviderError('fatal', `the type ${work.type} is not registered in this engine`)
    return compose(type, wantedOf(work), {
      name: work.name,
      token: work.token,
      files: around.files,
      updatePolicy: work.intent?.nested?.updatePolicy ?? {},
      memory: memoryOf(work),
      members: (child && this.#seen.get(child.id)?.members) ?? [],
      ...(type.composite?.looksAtPeers && { peers: await this.#peersOf(work) }),
    })
  }

  async #peersOf({ stackId, id }: Work): Promise<Peer[]> {
    const rows = await readRequired(this.sql, stackId, id)
    return rows.map((row) => ({
      reference: referenceOf(row, this.types.get(row.type)),
      type: row.type,
      properties: row.properties ?? {},
    }))
  }

  async #update(
    child: ChildRow,
    { work, around }: Matter,
    composition: Composition,
    declared: Declared,
  ): Promise<void> {
    const stack = { ...(await readStack(this.sql, child.id)), traceparent: work.traceparent }
    await converge(this.sql, stack, {
      action: isOnlyAdopted(child) ? 'ADOPT' : 'UPDATE',
      onFailure: around.onFailure === 'continue' ? 'continue' : 'stop',
      timeoutSeconds: composition.timeoutSeconds,
      template: declared.record,
      definitions: { kind: 'whole', definitions: Declaration.of(declared.definitions.values()) },
    })
  }

  async #begin(): Promise<void> {
    const begun = await beginChildren(this.sql, this.#beginnings)
    for (const { matter, child } of this.#beginnings) {
      if (!begun.has(child.uid)) this.#outcomes.set(matter.work, failed(`there is a stack ${child.name} already`))
    }
    await this.#remember(this.#beginnings.map(({ matter: { work }, composition: { memory } }) => ({ work, memory })))
  }

  #remember(memories: readonly { readonly work: Work; readonly memory: Json | undefined }[]): Promise<void> {
    return writeMemories(
      this.sql,
      memories.flatMap(({ work: { stackId, id }, memory }) => (memory === undefined ? [] : { stackId, id, memory })),
    )
  }

  #delete({ work, child, around }: Matter): Outcome {
    if (!child || child.deleted) return { kind: 'gone' }
    const told = work.task.kind === 'poll' && !waitingOf(work).todo
    if (told) return child.status === 'FAILED' ? failed(insideReason(child.reason)) : pending(work)
    if (!this.#locked.has(child.id)) return pending(work, undefined, { todo: true })
    const onFailure = around.onFailure === 'continue' ? 'continue' : 'stop'
    this.#removals.push({ id: child.id, onFailure, traceparent: work.traceparent })
    return pending(work)
  }

  async #remove(): Promise<void> {
    const inTheWay = await this.#protectedInside()
    const started = await takeDownStacks(
      this.sql,
      this.#removals.filter(({ id }) => !inTheWay.has(id)),
    )
    await appendEvents(
      this.sql,
      started.map(({ id, ...stack }) => ({ ...stack, stackId: id, action: 'DELETE', status: 'IN_PROGRESS' })),
    )
  }

  /** A command refuses what it can see; a resource may be replaced, or something inside have come to be, only later. */
  async #protectedInside(): Promise<ReadonlySet<number>> {
    const ids = this.#removals.map(({ id }) => id)
    const paths = new Map((await readProtectedInside(this.sql, ids)).map(({ stackId, path }) => [stackId, path]))
    for (const { work, child } of this.matters) {
      const path = child && paths.get(child.id)
      if (path !== undefined) this.#outcomes.set(work, failed(`${path} is inside: ${forbidden('delete', PROTECTED)}`))
    }
    return new Set(paths.keys())
  }

  /** Its end is waited for: what is under way in it may have to be undone. */
  async #cancel({ work, child }: Matter, reason: string): Promise<Outcome> {
    if (!child || child.deleted || child.status !== 'IN_PROGRESS') return failed(reason, work.token)
    if (!child.cancelled) {
      if (!this.#locked.has(child.id)) return pending(work, undefined, { todo: true })
      await halt(this.sql, await readStack(this.sql, child.id))
    }
    return pending(work)
  }

  // ── looks ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  #poll({ work, child }: Matter, composition?: Composition): Outcome {
    if (!child || child.deleted) return failed('its stack is gone')
    switch (child.status) {
      case 'IN_PROGRESS':
        return pending(work, composition)
      case 'FAILED':
        return failed(insideReason(child.reason), child.uid)
      case 'COMPLETE': {
        const againAfterSeconds = composition ? composition.againAfterSeconds : waitingOf(work).againAfterSeconds
        if (againAfterSeconds !== undefined) return resting(work, againAfterSeconds)
        return this.#done(work, child, composition)
      }
    }
  }

  #done(work: Work, child: ChildRow, composition: Composition | undefined): Outcome {
    const seen = this.#seen.get(child.id) ?? { outputs: {}, members: [] }
    const memory = composition?.memory ?? memoryOf(work)
    const composite = this.types.get(work.type)?.composite
    const asked = work.intent?.nested?.asked ?? []
    const attributes = composite?.attributes({ id: child.uid, name: child.name, memory, ...seen }, asked) ?? {}
    return { kind: 'done', physicalId: child.uid, attributes, privateData: memory }
  }
}

const PROTECTED = { isotherm: { protect: true } } as const

/** It is there with what it takes over, and has been told nothing yet. */
const isOnlyAdopted = ({ action, composedHash }: ChildRow): boolean => action === 'ADOPT' && composedHash === null

// ── from work to what is said in it ─────────────────────────────────────────────────────────────────────────────────

function wantedOf({ task, intent }: Work): JsonObject {
  return task.kind === 'create' || task.kind === 'update' ? task.wanted : (intent?.properties ?? {})
}

function memoryOf({ task }: Work): Json {
  if (task.kind === 'update') return task.thing.privateData
  return task.kind === 'poll' ? task.operation.privateData : null
}

/** All that the nested stack's definitions depend on: where this is the same, so are they. */
function composedOf({ template, parameters = {} }: Composition, { intent }: Work): Json {
  const { hash = null, updatePolicy = {}, restore } = intent?.nested ?? {}
  const said = [template, parameters, hash, updatePolicy, intent?.metadata ?? {}, intent?.retain ?? false]
  return restore ? [...said, { ...restore }] : said
}

function newChild({ work, around }: Matter, composition: Composition, composedHash: string): Beginning['child'] {
  return {
    uid: work.token,
    name: nameOf(work),
    projectId: around.projectId,
    parentId: work.stackId,
    parentResource: work.id,
    rootId: around.rootId,
    depth: around.depth + 1,
    composedHash,
    onFailure: around.onFailure === 'continue' ? 'continue' : 'stop',
    timeoutSeconds: composition.timeoutSeconds ?? null,
    traceparent: work.traceparent,
  }
}
