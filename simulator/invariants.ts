// The invariants of the design, each named by its number, as pure checks over all rows, before and after a transaction.
import { isVisiting } from '../src/graph/stage.js'
import { hooksOf } from '../src/template/hooks.js'
import type { FarSide } from './far-side.js'
import { mixedTrees } from './projects.js'
import type { ResourceView, Rows, StackView } from './rows.js'

export interface Moment {
  readonly before: Rows
  readonly rows: Rows
  readonly far: FarSide
  /** Tokens of things that may stay though no row knows them: their deletion policy says so. */
  readonly retained: ReadonlySet<string>
}

type Check = (moment: Moment) => Iterable<string>

const LIVING = (row: ResourceView) => `${row.name}#${row.id}`

/** 1. Only the current traversal arms, arrives or finishes. */
function* onlyTheCurrentTraversal({ before, rows }: Moment): Iterable<string> {
  const earlier = new Map(before.stacks.map((stack) => [stack.id, stack]))
  const stacks = stacksById(rows)
  for (const stack of rows.stacks) {
    const was = earlier.get(stack.id)
    if (was && stack.traversal < was.traversal) yield `the traversal of ${stack.name} went back`
    if (was && stack.traversal > was.traversal + 1) yield `the traversal of ${stack.name} skipped one`
    if ((stack.complete_traversal ?? 0) > stack.traversal) yield `${stack.name} has completed a traversal of the future`
    if (was?.status !== 'IN_PROGRESS' && was?.traversal === stack.traversal && was.status !== stack.status) {
      yield `${stack.name} changed its status after it had finished`
    }
  }
  for (const row of rows.resources) {
    if (row.traversal > (stacks.get(row.stack_id)?.traversal ?? 0)) yield `${LIVING(row)} belongs to a future traversal`
  }
}

/** 2. `awaiting` is the number of armed predecessors that have not settled. */
function* awaitingIsExact({ rows }: Moment): Iterable<string> {
  const stacks = stacksById(rows)
  for (const [stackId, resources] of byStack(rows)) {
    const stack = stacks.get(stackId)
    if (stack?.status !== 'IN_PROGRESS') continue
    const expected = new Map<number, number>()
    const count = (id: number) => expected.set(id, (expected.get(id) ?? 0) + 1)
    for (const row of resources) {
      if (stack.stage !== 'cleanup' && isArmed(row, stack)) for (const id of row.tells) count(id)
      if (stack.stage === 'cleanup') for (const id of row.requires) if (id !== row.id) count(id)
    }
    for (const row of resources) {
      if (!isArmed(row, stack)) continue
      const wanted = expected.get(row.id) ?? 0
      // A predecessor that failed has settled and told nobody: its successors wait in vain, until the traversal ends.
      const right = stack.failed && row.phase !== 'cleanup' ? row.awaiting >= wanted : row.awaiting === wanted
      if (!right) yield `${LIVING(row)} awaits ${row.awaiting}, but ${wanted} have not settled`
    }
  }
}

/** 3. A node runs only after all its predecessors settled; a version is deleted only when no living row requires it. */
function* nothingRunsTooEarly({ before, rows }: Moment): Iterable<string> {
  const stacks = stacksById(rows)
  const fences = new Map(before.resources.map((row) => [keyOf(row), row.fence]))
  const traversals = new Map(before.stacks.map(({ id, traversal }) => [id, traversal]))
  // A pending operation is polled or cancelled whatever has been armed since.
  const pending = new Set(rows.data.filter(({ handle }) => handle !== null).map(keyOf))
  for (const [stackId, resources] of byStack(rows)) {
    const stack = stacks.get(stackId)
    for (const row of resources) {
      const claimedNow = row.state === 'running' && fences.get(keyOf(row)) !== row.fence
      if (!claimedNow) continue
      const armedBefore = resources.filter((other) => stack && isArmed(other, stack) && other.tells.includes(row.id))
      const visited = row.phase === 'visit' || (row.phase === 'update' && row.status === 'IN_PROGRESS')
      // A turn claims first and gives its commands to nested stacks then: what it claimed was for the traversal before.
      const commandedNow = traversals.get(stackId) !== stack?.traversal
      if (visited && !commandedNow && row.traversal === stack?.traversal) {
        for (const other of pending.has(keyOf(row)) ? [] : armedBefore)
          yield `${LIVING(row)} runs before ${LIVING(other)} has settled`
      }
      // What makes way for its replacement goes while its dependants still have it.
      if (row.action !== 'DELETE' || row.phase === 'update') continue
      for (const other of resources) {
        if (other.id !== row.id && other.requires.includes(row.id))
          yield `${LIVING(row)} is deleted while ${LIVING(other)} requires it`
      }
    }
  }
}

/** 3b. When clean-up begins, no current row requires a version that is not current. */
function* cleanupBeginsClean({ before, rows }: Moment): Iterable<string> {
  const earlier = new Map(before.stacks.map((stack) => [stack.id, stack]))
  const groups = byStack(rows)
  for (const stack of rows.stacks) {
    const was = earlier.get(stack.id)
    const begins = stack.stage === 'cleanup' && (was?.stage !== 'cleanup' || was.traversal !== stack.traversal)
    if (!begins) continue
    const resources = groups.get(stack.id) ?? []
    const old = new Set(resources.filter((row) => !row.current).map(({ id }) => id))
    for (const row of resources) {
      if (row.current && row.phase === 'update') yield `clean-up began before ${LIVING(row)} had settled`
      for (const id of row.requires)
        if (row.current && old.has(id)) yield `clean-up began while ${LIVING(row)} requires #${id}`
    }
  }
}

/** 4. At most one version per name is current; a physical id belongs to one row; who is being deleted is not current. */
function* identitiesAreUnique({ rows, far }: Moment): Iterable<string> {
  const current = new Set<string>()
  const physical = new Set<string>()
  for (const row of rows.resources) {
    const name = `${row.stack_id}/${row.name}`
    if (row.current && current.has(name)) yield `two versions of ${row.name} are current`
    if (row.current) current.add(name)
    if (row.current && row.action === 'DELETE') yield `${LIVING(row)} is being deleted and current`
    // What others made may be referred to by many.
    if (row.physical_id === null || far.things.get(row.physical_id)?.foreign === 'referred') continue
    if (physical.has(row.physical_id)) yield `two rows have ${row.physical_id}`
    physical.add(row.physical_id)
  }
}

/** 5. At most one engine acts on a row at a time, and the fence never falls. */
function* fencesRise({ before, rows }: Moment): Iterable<string> {
  const earlier = new Map(before.resources.map((row) => [keyOf(row), row]))
  for (const row of rows.resources) {
    const was = earlier.get(keyOf(row))
    if ((row.state === 'running') !== (row.engine_id !== null))
      yield `${LIVING(row)} is ${row.state} with engine ${row.engine_id}`
    if (!was) continue
    if (row.fence < was.fence) yield `the fence of ${LIVING(row)} fell`
    if (
      row.engine_id !== null &&
      was.engine_id !== null &&
      row.engine_id !== was.engine_id &&
      row.fence === was.fence &&
      row.engine_id !== NOBODY
    ) {
      yield `${LIVING(row)} went from engine to engine under one fence`
    }
  }
}

/** 6. Whatever was made stands on a row or can be found again through the token of one. */
function* nothingLeaks({ rows, far, retained }: Moment): Iterable<string> {
  const tokens = new Set(rows.resources.map(({ token }) => token))
  for (const thing of far.things.values()) {
    // What others made and nobody has taken over is theirs.
    if (thing.foreign === 'free' || thing.foreign === 'referred') continue
    if (!tokens.has(thing.token) && !retained.has(thing.token)) yield `${thing.name} (${thing.id}) is known to no row`
  }
}

/** 8. A stack at rest says COMPLETE or FAILED, with a reason; nothing is armed to go on in it. */
function* restIsRest({ rows }: Moment): Iterable<string> {
  const groups = byStack(rows)
  for (const stack of rows.stacks) {
    if (stack.status === 'IN_PROGRESS') continue
    if (stack.reason === '') yield `${stack.name} is at rest without a reason`
    for (const row of groups.get(stack.id) ?? []) {
      if (row.state === 'running' || row.state === 'parked')
        yield `${stack.name} is at rest, but ${LIVING(row)} is ${row.state}`
      if (row.status === 'IN_PROGRESS') yield `${stack.name} is at rest, but ${LIVING(row)} says IN_PROGRESS`
      // A person may have said that it is unwell.
      const marked = row.action === 'CHECK' && row.status === 'FAILED'
      const unsound = row.phase !== null || (row.status !== 'COMPLETE' && !marked)
      if (isVisiting(stack.action)) {
        // What an update left behind waits for the next one.
        if (stack.status === 'COMPLETE' && row.current && unsound)
          yield `${stack.name} is complete, but ${LIVING(row)} is not`
        continue
      }
      if (stack.status !== 'COMPLETE') continue
      if (row.stale || (row.suspended && !isOnlyTakenOver(stack)))
        yield `${stack.name} is complete, but ${LIVING(row)} is stale or suspended`
      if (unsound || !row.current) {
        yield `${stack.name} is complete, but ${LIVING(row)} is not`
      }
    }
    if (stack.deleted_at !== null && (groups.get(stack.id) ?? []).length > 0)
      yield `${stack.name} is deleted but has rows`
  }
}

/** 9. The wide rows and definitions belong to somebody. */
function* nothingDangles({ rows }: Moment): Iterable<string> {
  const living = new Set(rows.resources.map(keyOf))
  for (const data of rows.data) if (!living.has(keyOf(data))) yield `data of #${data.id} has no row`
  const deleted = new Set(rows.stacks.filter((stack) => stack.deleted_at !== null).map(({ id }) => id))
  for (const { stack_id, name } of rows.definitions)
    if (deleted.has(stack_id)) yield `the definition of ${name} outlived its stack`
}

/** 10. A nested stack has a row that it belongs to; whoever waits for one that has come to rest is told. */
function* nestedStacksAreHeard({ rows }: Moment): Iterable<string> {
  const living = new Map(rows.resources.map((row) => [keyOf(row), row]))
  for (const { id, name, uid, status, parent_id, parent_resource, deleted_at } of rows.stacks) {
    if (parent_id === null || parent_resource === null) continue
    const row = living.get(`${parent_id}/${parent_resource}`)
    if (row && row.token !== uid) yield `the stack ${name} (${id}) hangs on ${LIVING(row)}, which has another token`
    if (!row && deleted_at === null) yield `the stack ${name} belongs to nobody`
    if (row?.state === 'parked' && status !== 'IN_PROGRESS' && (row.due_at ?? '') > NEVER)
      yield `${name} has come to rest, and ${LIVING(row)} waits for it for ever`
  }
}

/**
 * 11. A handle belongs to the operation that is pending, and outlives it by nothing: whoever takes a row over would poll what
 * came before.
 */
function* handlesAreOfWhatIsPending({ rows }: Moment): Iterable<string> {
  const living = new Map(rows.resources.map((row) => [keyOf(row), row]))
  for (const data of rows.data) {
    const row = data.handle === null ? undefined : living.get(keyOf(data))
    if (row && row.state !== 'parked' && row.state !== 'running')
      yield `${LIVING(row)} is ${row.state} and has a handle`
  }
}

/** 12. Nothing is begun while its hook has not been cleared in this traversal, and nothing done is settled before. */
function* hooksHold({ before, rows }: Moment): Iterable<string> {
  const stacks = stacksById(rows)
  const earlier = new Map(before.resources.map((row) => [keyOf(row), row]))
  for (const [stackId, resources] of byStack(rows)) {
    const stack = stacks.get(stackId)
    // A turn claims first and gives its commands to nested stacks then.
    const commandedNow = before.stacks.find(({ id }) => id === stackId)?.traversal !== stack?.traversal
    if (!stack?.hooks || commandedNow) continue
    const siblings = [...resources, ...before.resources.filter(({ stack_id }) => stack_id === stackId)]
    const isCleared = ({ name }: ResourceView, hook: string) =>
      siblings.some(
        (row) => row.name === name && row.hook === hook && row.hook_cleared && row.hook_at === stack.traversal,
      )
    for (const row of resources) {
      const was = earlier.get(keyOf(row))
      const hooks: readonly string[] = hooksOf(stack.hooks, row.name)
      const hook = row.state === 'running' ? `pre-${row.action}`.toLowerCase() : `post-${row.action}`.toLowerCase()
      if (!hooks.includes(hook) || row.traversal !== stack.traversal || isCleared(row, hook)) continue
      const underWay = was?.status === 'IN_PROGRESS' && was.action === row.action
      const begun = row.state === 'running' && row.status === 'IN_PROGRESS' && !underWay
      const settled =
        was?.state === 'running' && was.traversal === row.traversal && row.status === 'COMPLETE' && underWay
      if (begun) yield `${LIVING(row)} went past its hook ${hook}`
      if (settled && row.phase === null && was.phase === 'update') yield `${LIVING(row)} settled past its hook ${hook}`
    }
  }
}

/** 15. An engine lets no tree of nested stacks grow beyond its limit; what a command declares is checked when it is given. */
function* treesKeepTheirLimits({ before, rows }: Moment): Iterable<string> {
  const earlier = new Map(before.stacks.map((stack) => [stack.id, stack]))
  for (const root of rows.stacks) {
    const most = root.tree_resources_max
    const was = earlier.get(root.id)
    // What looks at reality first is planned when that is over.
    const isPlannedNow = was?.traversal !== root.traversal || (was.stage === 'visit' && root.stage === 'update')
    if (most === null || isPlannedNow) continue
    const size = treeSize(root.id, rows)
    if (size > most && size > treeSize(root.id, before)) yield `${root.name} grows to ${size} resources of ${most}`
  }
}

/** What is on its way out does not count. */
function treeSize(stackId: number, rows: Rows): number {
  const own = rows.definitions.filter(({ stack_id }) => stack_id === stackId)
  const names = new Set(own.map(({ name }) => name))
  const holders = rows.resources.filter((row) => row.stack_id === stackId && row.current && names.has(row.name))
  const ids = new Set(holders.map(({ id }) => id))
  const inside = rows.stacks.filter(
    ({ parent_id, parent_resource, deleted_at }) =>
      parent_id === stackId && deleted_at === null && ids.has(parent_resource ?? 0),
  )
  return inside.reduce((size, { id }) => size + treeSize(id, rows), own.length)
}

/** The simulated clock is far from it: so long waits only who is to be woken. */
const NEVER = '2045'

/** 18. Projects stand side by side. */
function* projectsAreApart({ rows }: Moment): Iterable<string> {
  yield* mixedTrees(rows)
}

const checks: { readonly [number: string]: Check } = {
  '1': onlyTheCurrentTraversal,
  '2': awaitingIsExact,
  '3': nothingRunsTooEarly,
  '3b': cleanupBeginsClean,
  '4': identitiesAreUnique,
  '5': fencesRise,
  '6': nothingLeaks,
  '8': restIsRest,
  '9': nothingDangles,
  '10': nestedStacksAreHeard,
  '11': handlesAreOfWhatIsPending,
  '12': hooksHold,
  '15': treesKeepTheirLimits,
  '18': projectsAreApart,
}

/** Every breach at this moment, as `invariant 3: …`. */
export function breachesOf(moment: Moment): string[] {
  return Object.entries(checks).flatMap(([number, check]) =>
    [...check(moment)].map((text) => `invariant ${number}: ${text}`),
  )
}

/** Left to nobody, for the sweep to find. */
const NOBODY = '00000000-0000-0000-0000-000000000000'

const keyOf = ({ stack_id, id }: { stack_id: number; id: number }) => `${stack_id}/${id}`

const isArmed = (row: ResourceView, stack: StackView) => row.phase !== null && row.traversal === stack.traversal

/** A nested stack to which nothing has been told since it was adopted: what rested when it was abandoned rests still. */
const isOnlyTakenOver = ({ parent_id, action, traversal }: StackView): boolean =>
  parent_id !== null && action === 'ADOPT' && traversal === 1

const stacksById = (rows: Rows) => new Map(rows.stacks.map((stack) => [stack.id, stack]))

function byStack(rows: Rows): Map<number, ResourceView[]> {
  const groups = new Map<number, ResourceView[]>()
  for (const row of rows.resources) {
    const group = groups.get(row.stack_id)
    if (group) group.push(row)
    else groups.set(row.stack_id, [row])
  }
  return groups
}
