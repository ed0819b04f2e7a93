// The doctor: looks at the whole database, says what is wrong with it, and mends it if asked to. It opens the database as it
// is, for the schema may be what is wrong, and it changes nothing unless told to.
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { advanceStack } from '../engine/advance.js'
import { byHalves, type Turn } from '../engine/apart.js'
import { sweep } from '../engine/sweep.js'
import { nextStage } from '../graph/stage.js'
import { realWorld, type World } from '../lib/world.js'
import type { ResourceType } from '../provider/contract.js'
import { readClearStacks } from '../store/clear-secrets.js'
import {
  allowAutovacuum,
  forgetTransactions,
  mendIndex,
  queueLost,
  recount,
  removeOrphans,
  takeAway,
  tidyTable,
} from '../store/cures.js'
import { type Database, DatabaseUnavailable, type Sql } from '../store/database.js'
import {
  countLivingEngines,
  countOrphans,
  readBrokenIndexes,
  readHeldRows,
  readServerHealth,
  readSilentEngines,
  readStacksInProgress,
  readStacksWithFutureEvents,
  readTableHealth,
  readUnfinished,
  readWrongCounters,
} from '../store/doctor.js'
import { explaining } from '../store/explain.js'
import { readFailing } from '../store/failing.js'
import { compareMigrations, migrate } from '../store/migrate.js'
import { readUnheard, wakeParents } from '../store/nested.js'
import { connect, DEFAULT_DATABASE } from '../store/open.js'
import { lockStack } from '../store/stacks.js'
import { asked } from './asked-options.js'
import { type DoctorLimits, type Finding, judge, judgeMigrations, type Symptoms } from './diagnosis.js'
import { secretTypes } from './rekey.js'

export interface DoctorOptions extends Partial<DoctorLimits> {
  /** As for `open`, but it must exist, and its schema is left as it is. */
  readonly database?: string | Database
  /** Mend what can be mended. Without it nothing is changed. */
  readonly fix?: boolean
  /** Types of your own, besides the built-in ones: they tell what is secret. */
  readonly types?: readonly ResourceType[]
  readonly world?: World
  /** Milliseconds since 1970, on this machine. */
  readonly now?: () => number
}

export interface Diagnosis {
  /** Nothing was found, or all of it is mended. */
  readonly healthy: boolean
  readonly findings: readonly (Finding & { readonly fixed: boolean })[]
}

const defaultLimits: DoctorLimits = { silentSeconds: 30, heldSeconds: 3_600, deadRowsMin: 50_000, clockSeconds: 5 }

/** What passes by itself is looked at again after so long, and reported only if it is still there. */
const PASSING_SECONDS = 2.5

/** Throws DatabaseUnavailable. */
export async function doctor(options: DoctorOptions = {}): Promise<Diagnosis> {
  const { database: where = DEFAULT_DATABASE } = asked.doctor(options)
  if (typeof where !== 'string') return examineAndFix(where, options)
  requireDatabase(where)
  const database = explaining(await connect(where))
  try {
    return await examineAndFix(database, options)
  } finally {
    await database.close()
  }
}

/** A look must not make an embedded database where there is none. */
function requireDatabase(where: string): void {
  const embedded = where !== 'memory:' && !/^[a-z][a-z0-9+.-]+:\/\//i.test(where)
  if (embedded && !existsSync(resolve(where, 'data'))) {
    throw new DatabaseUnavailable(`there is no database in ${resolve(where)}`)
  }
}

async function examineAndFix(database: Database, options: DoctorOptions): Promise<Diagnosis> {
  const found = await examine(database, options)
  if (!options.fix || found.findings.length === 0) return diagnosisOf(found.findings, () => false)
  await cure(database, found, options)
  // What was wrong with the schema hid everything else.
  const behind = found.symptoms === undefined
  const after = await examine(database, options)
  if (behind && after.symptoms) await cure(database, after, options)
  const last = behind ? await examine(database, options) : after
  const left = new Set(last.findings.map(identityOf))
  const all = new Map([...found.findings, ...after.findings, ...last.findings].map((one) => [identityOf(one), one]))
  return diagnosisOf([...all.values()], (finding) => !left.has(identityOf(finding)))
}

const identityOf = ({ kind, stack, subject }: Finding): string => JSON.stringify([kind, stack, subject])

function diagnosisOf(findings: readonly Finding[], isFixed: (finding: Finding) => boolean): Diagnosis {
  const judged = findings.map((finding) => ({ ...finding, fixed: isFixed(finding) }))
  return { healthy: judged.every(({ fixed }) => fixed), findings: judged }
}

interface Examination {
  readonly findings: readonly Finding[]
  /** Undefined when the schema did not allow a look. */
  readonly symptoms: Symptoms | undefined
}

async function examine(database: Database, options: DoctorOptions): Promise<Examination> {
  const migrations = await compareMigrations(database)
  if (migrations.missing.length > 0) return { findings: judgeMigrations(migrations), symptoms: undefined }
  const limits = { ...defaultLimits, ...defined(options) }
  const symptoms = await readSymptoms(database, limits, options)
  const passing = symptoms.livingEngines > 0 && (symptoms.stuck.length > 0 || symptoms.heldRows.length > 0)
  if (!passing) return { findings: judge(symptoms, limits), symptoms }
  await (options.world ?? realWorld).sleep(PASSING_SECONDS)
  const lasting = stillThere(symptoms, await readSymptoms(database, limits, options))
  return { findings: judge(lasting, limits), symptoms: lasting }
}

/** An undefined limit means the default. */
const defined = ({ silentSeconds, heldSeconds, deadRowsMin, clockSeconds }: DoctorOptions): Partial<DoctorLimits> =>
  Object.fromEntries(
    Object.entries({ silentSeconds, heldSeconds, deadRowsMin, clockSeconds }).filter(
      ([, value]) => value !== undefined,
    ),
  )

function stillThere(before: Symptoms, now: Symptoms): Symptoms {
  const held = new Set(before.heldRows.map(({ stackId, id, fence }) => `${stackId}/${id}/${fence}`))
  const stuck = new Set(before.stuck.map(({ id, traversal, stage }) => `${id}/${traversal}/${stage}`))
  return {
    ...now,
    heldRows: now.heldRows.filter(({ stackId, id, fence }) => held.has(`${stackId}/${id}/${fence}`)),
    stuck: now.stuck.filter(({ id, traversal, stage }) => stuck.has(`${id}/${traversal}/${stage}`)),
  }
}

async function readSymptoms(database: Database, limits: DoctorLimits, { now = Date.now, types }: DoctorOptions) {
  const asked = now()
  const server = await readServerHealth(database)
  const stacksInProgress = await readStacksInProgress(database)
  const counters: { stack: (typeof stacksInProgress)[number]; wrong: Symptoms['counters'][number]['wrong'] }[] = []
  for (const stack of stacksInProgress) {
    const wrong = await readWrongCounters(database, stack.id)
    if (wrong.length > 0) counters.push({ stack, wrong })
  }
  const stuck: Symptoms['stuck'][number][] = []
  for (const stack of stacksInProgress) {
    if (!stack.active) stuck.push({ ...stack, unfinished: await readUnfinished(database, stack.id) })
  }
  return {
    migrations: await compareMigrations(database),
    server,
    clockAheadSeconds: server.clockSeconds - asked / 1000,
    livingEngines: await countLivingEngines(database, limits.silentSeconds),
    silentEngines: await readSilentEngines(database, limits.silentSeconds),
    heldRows: await readHeldRows(database, limits.heldSeconds),
    stacksInProgress,
    counters,
    stuck,
    failing: await readFailing(database),
    unheard: await readUnheard(database),
    orphans: await countOrphans(database),
    futureEvents: await readStacksWithFutureEvents(database),
    clearStacks: await readClearStacks(database, secretTypes(types)),
    indexes: await readBrokenIndexes(database),
    tables: await readTableHealth(database),
  } satisfies Symptoms
}

/** Every cure is conditional on what was seen, so what has mended itself meanwhile is left alone. */
async function cure(database: Database, { findings, symptoms }: Examination, options: DoctorOptions): Promise<void> {
  const kinds = new Set(findings.filter(({ fixable }) => fixable).map(({ kind }) => kind))
  if (kinds.has('migrations')) await migrate(database)
  if (!symptoms) return
  if (kinds.has('heldTooLong'))
    await takeAway(
      database,
      symptoms.heldRows.filter(({ abandoned }) => !abandoned),
    )
  if (kinds.has('silentEngine') || kinds.has('abandonedRow') || kinds.has('heldTooLong')) {
    await sweep(database, options.silentSeconds ?? defaultLimits.silentSeconds, {
      apart: (_, ids, turn) => each(ids, turn),
    })
  }
  for (const { stack } of symptoms.counters) await each([stack.id], () => underLock(database, stack.id, recount))
  for (const stack of symptoms.stuck) {
    await each([stack.id], async () => {
      if (nextStage(stack) === 'wait') await underLock(database, stack.id, queueLost)
      else await advanceStack(database, stack.id)
    })
  }
  if (symptoms.unheard.length > 0)
    await wakeParents(
      database,
      symptoms.unheard.map(({ id }) => id),
    )
  if (kinds.has('orphans')) await removeOrphans(database)
  for (const { id } of symptoms.futureEvents) await forgetTransactions(database, id)
  for (const index of symptoms.indexes) await mendIndex(database, index)
  for (const { kind, subject } of findings) {
    if (kind === 'bloat' && subject !== undefined) await tidyTable(database, subject)
    if (kind === 'autovacuum' && subject !== undefined) await allowAutovacuum(database, subject)
  }
}

/** What cannot be mended is still there when the doctor looks again. */
const each = (stackIds: readonly number[], turn: Turn) => byHalves(stackIds, turn, async () => undefined)

function underLock(
  database: Database,
  stackId: number,
  work: (sql: Sql, stackId: number) => Promise<void>,
): Promise<void> {
  return database.transaction(async (sql) => {
    await lockStack(sql, stackId)
    await work(sql, stackId)
  })
}
