// The phases of a stack's life, each timed from the call to the stack at rest.
import type { Run } from '../src/index.js'
import type { Host } from './host.js'
import { difference, floorSeconds, keepSamples, type TableWrites, tableWrites, versionsIn } from './row-versions.js'
import { serverUsage } from './server-usage.js'
import { definition, definitions, nameOf, type ShapeName } from './shapes.js'
import { sampleWaits } from './waits.js'

export interface Phase {
  readonly name: string
  readonly seconds: number
  /** Until the command was durable. */
  readonly commandSeconds: number
  /** Of the commanding process and the engines; on the embedded database that includes the database. */
  readonly cpuSeconds: number
  /** The engines' part of it. */
  readonly engineCpuSeconds: number
  /** Of the database server's processes, where they can be seen. */
  readonly databaseCpuSeconds: number
  readonly walBytesPerResource: number
  readonly resourcesPerSecond: number
  readonly rowVersions: number
  readonly rowVersionsPerResource: number
  readonly statements: number
  readonly statementsPerResource: number
  /** What bare statements need to write as many row versions. */
  readonly floorSeconds: number
  readonly commanderPeakBytes: number
  readonly enginePeakBytes: readonly number[]
  readonly writes: readonly TableWrites[]
  /** What the server's sessions were seen to do. */
  readonly waits: readonly string[]
}

export interface Subject {
  readonly shape: ShapeName
  readonly resources: number
  /** The beginnings of the names of the phases to go through; default all. */
  readonly only?: readonly string[]
  /** Looks at the server's sessions while they work. */
  readonly waits: boolean
}

export const phaseNames = [
  'create',
  'no-op update',
  'update of one',
  'patch of one',
  'update of all',
  'delete',
] as const
type PhaseName = (typeof phaseNames)[number]

const STACK = 'bench'

/** @param tell called after each phase. */
export async function measure(
  host: Host,
  { shape, resources, only, waits }: Subject,
  tell: (phase: Phase) => void,
): Promise<void> {
  const { isotherm } = host
  const up = (sizeOf: (index: number) => number) =>
    isotherm.up({ stack: STACK, template: { resources: definitions(shape, resources, sizeOf) } })
  const last = resources - 1
  const one = { [nameOf(last)]: definition(shape, last, resources, 2) }
  const steps: [PhaseName, () => Promise<Run>][] = [
    ['create', () => up(() => 0)],
    ['no-op update', () => up(() => 0)],
    ['update of one', () => up((index) => (index === last ? 1 : 0))],
    ['patch of one', () => isotherm.patch(STACK, { resources: one })],
    ['update of all', () => up(() => 3)],
    ['delete', () => isotherm.down(STACK)],
  ]
  const chosen = steps.filter(([name]) => !only || only.some((beginning) => name.startsWith(beginning)))
  for (const [name, command] of chosen) {
    const phase = await timed(host, { name, resources, waits }, command)
    if (name === 'create') await keepSamples(host.database)
    tell({ ...phase, floorSeconds: await floorSeconds(host.database, phase.writes) })
  }
}

async function timed(
  host: Host,
  { name, resources, waits }: { name: string; resources: number; waits: boolean },
  command: () => Promise<Run>,
): Promise<Phase> {
  const sampler = waits ? sampleWaits(host.database) : undefined
  const before = await observe(host)
  const begun = performance.now()
  const run = await command()
  const commanded = performance.now()
  const { status, reason } = await run.settled()
  const seconds = (performance.now() - begun) / 1000
  const sampled = (await sampler?.end()) ?? []
  if (!status.endsWith('_COMPLETE')) throw new Error(`${name}: ${status}: ${reason}`)
  const after = await observe(host)
  const writes = difference(after.writes, before.writes)
  const statements = after.statements - before.statements
  return {
    name,
    seconds,
    commandSeconds: (commanded - begun) / 1000,
    cpuSeconds: after.cpuSeconds - before.cpuSeconds,
    engineCpuSeconds: after.engineCpuSeconds - before.engineCpuSeconds,
    databaseCpuSeconds: after.server.cpuSeconds - before.server.cpuSeconds,
    walBytesPerResource: (after.server.walBytes - before.server.walBytes) / resources,
    resourcesPerSecond: resources / seconds,
    rowVersions: versionsIn(writes),
    rowVersionsPerResource: versionsIn(writes) / resources,
    statements,
    statementsPerResource: statements / resources,
    floorSeconds: 0,
    commanderPeakBytes: host.commander().peakBytes,
    enginePeakBytes: after.enginePeakBytes,
    writes,
    waits: sampled,
  }
}

async function observe(host: Host) {
  const engines = await host.engines()
  const all = [host.commander(), ...engines]
  const statements = all.reduce((sum, usage) => sum + usage.statements, 0)
  const cpuSeconds = all.reduce((sum, usage) => sum + usage.cpuSeconds, 0)
  const engineCpuSeconds = engines.reduce((sum, usage) => sum + usage.cpuSeconds, 0)
  return {
    writes: await tableWrites(host.database),
    server: await serverUsage(host.database),
    statements,
    cpuSeconds,
    engineCpuSeconds,
    enginePeakBytes: engines.map(({ peakBytes }) => peakBytes),
  }
}
