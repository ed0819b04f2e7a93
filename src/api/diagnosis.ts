// From symptoms to findings: what is wrong, and its mend. Pure, so that each rule can be read and tried by itself.
import { nextStage } from '../graph/stage.js'
import type { ClearStack } from '../store/clear-secrets.js'
import type {
  BrokenIndex,
  HeldRow,
  Orphans,
  ServerHealth,
  SilentEngine,
  StackInProgress,
  TableHealth,
  UnfinishedRow,
  WrongCounter,
} from '../store/doctor.js'
import type { FailingStack } from '../store/failing.js'
import type { MigrationState } from '../store/migrate.js'
import type { UnheardStack } from '../store/nested.js'

export type FindingKind =
  | 'migrations'
  | 'silentEngine'
  | 'noEngine'
  | 'abandonedRow'
  | 'heldTooLong'
  | 'counters'
  | 'stuckStack'
  | 'failingTurns'
  | 'unheard'
  | 'orphans'
  | 'futureEvents'
  | 'clearSecrets'
  | 'index'
  | 'bloat'
  | 'autovacuum'
  | 'clock'

export interface Finding {
  readonly kind: FindingKind
  /** What is wrong, in a sentence. */
  readonly message: string
  /** What to do about it. */
  readonly mend: string
  /** `doctor` with `fix` does it. */
  readonly fixable: boolean
  /** `web`, or `project/web` outside of the project `default`. */
  readonly stack?: string
  /** The resource, engine, table or index that it is about. */
  readonly subject?: string
}

export interface DoctorLimits {
  /** Seconds after which an engine counts as silent. Engines notice each other sooner: one that is found here was not. */
  readonly silentSeconds: number
  /** Seconds for which an engine may hold a row. */
  readonly heldSeconds: number
  /** Dead rows that are nothing to speak of. */
  readonly deadRowsMin: number
  /** Seconds by which clocks may differ. */
  readonly clockSeconds: number
}

export interface StuckStack extends StackInProgress {
  readonly unfinished: readonly UnfinishedRow[]
}

export interface Symptoms {
  readonly migrations: MigrationState
  readonly server: ServerHealth
  /** By how much the database's clock is ahead of this machine's. */
  readonly clockAheadSeconds: number
  readonly livingEngines: number
  readonly silentEngines: readonly SilentEngine[]
  readonly heldRows: readonly HeldRow[]
  readonly stacksInProgress: readonly StackInProgress[]
  readonly counters: readonly { readonly stack: StackInProgress; readonly wrong: readonly WrongCounter[] }[]
  /** In progress, and nothing goes on by itself. */
  readonly stuck: readonly StuckStack[]
  /** Engines have put them aside. */
  readonly failing: readonly FailingStack[]
  /** Nested stacks at rest whose parents still wait for them. */
  readonly unheard: readonly UnheardStack[]
  readonly orphans: Orphans
  readonly futureEvents: readonly { readonly id: number; readonly stack: string }[]
  readonly clearStacks: readonly ClearStack[]
  readonly indexes: readonly BrokenIndex[]
  readonly tables: readonly TableHealth[]
}

/** What is wrong, the most urgent first. */
export function judge(symptoms: Symptoms, limits: DoctorLimits): Finding[] {
  return [
    ...judgeMigrations(symptoms.migrations),
    ...symptoms.silentEngines.map(silentEngine),
    ...judgeHelp(symptoms),
    ...symptoms.heldRows.map(heldRow),
    ...symptoms.counters.map(({ stack, wrong }) => wrongCounters(stack.stack, wrong)),
    ...symptoms.failing.map(failingTurns),
    ...symptoms.stuck.filter((stack) => !explained(symptoms, stack)).map(stuckStack),
    ...symptoms.unheard.map(unheardStack),
    ...judgeLeftovers(symptoms),
    ...symptoms.clearStacks.map(clearSecrets),
    ...symptoms.indexes.map(brokenIndex),
    ...judgeTables(symptoms, limits),
    ...judgeClock(symptoms.clockAheadSeconds, limits),
  ]
}

const BY_FIX = 'isotherm doctor --fix'

export function judgeMigrations({ missing, foreign }: MigrationState): Finding[] {
  const findings: Finding[] = []
  if (missing.length > 0) {
    findings.push({
      kind: 'migrations',
      message: `The schema is behind this program: ${missing.join(', ')} not applied.`,
      mend: `${BY_FIX} applies them; so does any command`,
      fixable: true,
    })
  }
  if (foreign.length > 0) {
    findings.push({
      kind: 'migrations',
      subject: 'ahead',
      message: `The schema is ahead of this program: ${foreign.join(', ')}.`,
      mend: 'use the newer isotherm that applied them',
      fixable: false,
    })
  }
  return findings
}

function silentEngine({ id, host, pid, silentSeconds }: SilentEngine): Finding {
  return {
    kind: 'silentEngine',
    subject: id,
    message: `Engine ${id} (process ${pid} on ${host}) has been silent for ${whole(silentSeconds)}, and nobody has noticed.`,
    mend: `start an engine, which takes its work over; ${BY_FIX} hands it back for the next one`,
    fixable: true,
  }
}

function* judgeHelp({ livingEngines, stacksInProgress }: Symptoms): Iterable<Finding> {
  if (livingEngines > 0 || stacksInProgress.length === 0) return
  const names = stacksInProgress.slice(0, 3).map(({ stack }) => stack)
  const more = stacksInProgress.length > names.length ? ', …' : ''
  yield {
    kind: 'noEngine',
    message: `${count(stacksInProgress.length, 'stack is', 'stacks are')} in progress (${names.join(', ')}${more}) and no engine is alive.`,
    mend: 'start one: isotherm engine, or isotherm attach STACK --engine',
    fixable: false,
  }
}

function heldRow({ stack, name, engineId, abandoned, heldSeconds }: HeldRow): Finding {
  if (abandoned) {
    return {
      kind: 'abandonedRow',
      stack,
      subject: name,
      message: `${name} is held by engine ${engineId}, which is not there.`,
      mend: `start an engine, which takes it over; ${BY_FIX} hands it back for the next one`,
      fixable: true,
    }
  }
  return {
    kind: 'heldTooLong',
    stack,
    subject: name,
    message: `${name} has been held by engine ${engineId} for ${whole(heldSeconds)}.`,
    mend: `look at isotherm why ${stack} ${name}; ${BY_FIX} takes it from that engine and gives it to any`,
    fixable: true,
  }
}

function wrongCounters(stack: string, wrong: readonly WrongCounter[]): Finding {
  const some = wrong
    .slice(0, 3)
    .map(({ name, awaiting, expected }) => `${name} awaits ${awaiting} instead of ${expected}`)
  return {
    kind: 'counters',
    stack,
    message: `${count(wrong.length, 'counter disagrees', 'counters disagree')} with the rows: ${some.join(', ')}${wrong.length > 3 ? ', …' : ''}.`,
    mend: `${BY_FIX} counts again, under the stack's lock`,
    fixable: true,
  }
}

/** Why such a stack does not finish is told by its counters, or by what its turns fail for. */
const explained = ({ counters, failing }: Symptoms, { id, stack: name }: StuckStack): boolean =>
  counters.some(({ stack }) => stack.id === id) || failing.some(({ stack }) => stack === name)

function failingTurns({ stack, why }: FailingStack): Finding {
  return {
    kind: 'failingTurns',
    stack,
    message: `The engines have put it aside, for they fail to go on with it: ${why}.`,
    mend: "look at the engines' logs; when the cause is gone it goes on by itself, within a minute",
    fixable: false,
  }
}

function stuckStack(stack: StuckStack): Finding {
  const base = { kind: 'stuckStack', stack: stack.stack } as const
  const next = nextStage(stack)
  if (next !== 'wait') {
    return {
      ...base,
      message: `Everything has settled, but nobody took the stack to its next stage (${next}).`,
      mend: `start an engine; ${BY_FIX} takes that step`,
      fixable: true,
    }
  }
  const lost = stack.unfinished.filter(({ state }) => state === 'idle').map(({ name }) => name)
  if (lost.length > 0 && !stack.failed) {
    return {
      ...base,
      message: `${lost.join(', ')} should be visited, but stand in no queue.`,
      mend: `${BY_FIX} queues them`,
      fixable: true,
    }
  }
  const waits = stack.unfinished.map(
    ({ name, waitsFor }) => `${name} waits for ${waitsFor.map((other) => other.name).join(' and ') || 'nobody'}`,
  )
  return {
    ...base,
    message: `Nothing goes on, and it is not finished: ${waits.join(', ')}.`,
    mend: 'give the command again (isotherm up), or go back (isotherm rollback); each counts afresh',
    fixable: false,
  }
}

function unheardStack({ nested, stack, resource }: UnheardStack): Finding {
  return {
    kind: 'unheard',
    stack,
    subject: resource,
    message: `${resource} waits for its nested stack ${nested}, which has come to rest.`,
    mend: `${BY_FIX} makes it look`,
    fixable: true,
  }
}

function* judgeLeftovers({ orphans, futureEvents }: Symptoms): Iterable<Finding> {
  if (orphans.data + orphans.definitions > 0) {
    const parts = [
      ...(orphans.data > 0 ? [`${count(orphans.data, 'data row belongs', 'data rows belong')} to no resource`] : []),
      ...(orphans.definitions > 0
        ? [`${count(orphans.definitions, 'definition', 'definitions')} outlived a stack`]
        : []),
    ]
    yield { kind: 'orphans', message: `${parts.join(', ')}.`, mend: `${BY_FIX} removes them`, fixable: true }
  }
  for (const { stack } of futureEvents) {
    yield {
      kind: 'futureEvents',
      stack,
      message: 'Its events come from another cluster (a restore), so that readers do not see the newest.',
      mend: `${BY_FIX} puts them before all new ones; readers that remember an event's id begin again`,
      fixable: true,
    }
  }
}

function clearSecrets({ stack }: ClearStack): Finding {
  return {
    kind: 'clearSecrets',
    stack,
    message: 'Secrets of it lie in clear: they were stored without a key, or by an older program.',
    mend: 'isotherm rekey seals them; on a PostgreSQL give it a key (--key-file), and the engines too',
    fixable: false,
  }
}

function brokenIndex({ name, trouble }: BrokenIndex): Finding {
  return {
    kind: 'index',
    subject: name,
    message: `The index ${name} is ${trouble}.`,
    mend: `${BY_FIX} makes it while everybody works on; a unique one needs rows that are unique`,
    fixable: true,
  }
}

function* judgeTables({ server, tables }: Symptoms, { deadRowsMin }: DoctorLimits): Iterable<Finding> {
  for (const { name, liveRows, deadRows, autovacuum } of tables) {
    if (deadRows >= deadRowsMin && deadRows > liveRows) {
      yield {
        kind: 'bloat',
        subject: name,
        message: `The table ${name} has ${deadRows} dead rows beside ${liveRows} living ones.`,
        mend: server.embedded
          ? `${BY_FIX} tidies it`
          : `${BY_FIX} tidies it; if it comes back, look for transactions left open and at the autovacuum settings`,
        fixable: true,
      }
    }
    if (!autovacuum) {
      const message = `Autovacuum is off for the table ${name}.`
      yield { kind: 'autovacuum', subject: name, message, mend: `${BY_FIX} allows it again`, fixable: true }
    }
  }
  if (!server.autovacuum && !server.embedded) {
    yield {
      kind: 'autovacuum',
      message: 'Autovacuum is off in the whole server.',
      mend: `as its owner: alter system set autovacuum = on; select pg_reload_conf();`,
      fixable: false,
    }
  }
}

function* judgeClock(aheadSeconds: number, { clockSeconds }: DoctorLimits): Iterable<Finding> {
  if (Math.abs(aheadSeconds) <= clockSeconds) return
  const direction = aheadSeconds > 0 ? 'ahead of' : 'behind'
  yield {
    kind: 'clock',
    message: `The database's clock is ${whole(Math.abs(aheadSeconds))} ${direction} this machine's.`,
    mend: 'let both follow a time server; engines only ever use the clock of the database, people read both',
    fixable: false,
  }
}

const count = (value: number, one: string, many: string): string => `${value} ${value === 1 ? one : many}`

const whole = (seconds: number): string => `${Math.round(seconds)} s`
