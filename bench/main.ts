// `npm run bench`: measures a stack's life on the embedded database or on PostgreSQL, and prints a table or JSON.
import { parseArgs } from 'node:util'
import { openHost } from './host.js'
import { measure, type Phase, phaseNames } from './measure.js'
import { type ShapeName, shapeNames } from './shapes.js'
import { situations } from './situations.js'

const USAGE = `npm run bench -- [options]

  --embedded            the three figures that the embedded database is held to, in memory and in a directory
  --shape NAME          ${shapeNames.join(' | ')} (default layered: 10 layers, 3 dependencies each)
  --situation NAME      instead of the phases of one stack: ${Object.keys(situations).join(' | ')}
  --resources N         default 10000, or what the situation is stated for
  --engines N           engine processes on PostgreSQL, default 1
  --database WHERE      postgres://…, embedded (a temporary directory) or memory:; default: a PostgreSQL of its own
  --slots N             provider calls at once per engine, default 100
  --phases A,B          only the phases whose name begins so: ${phaseNames.join(' | ')}
  --statements          where the time of the statements went, as each process saw it
  --waits               what the server's sessions were doing, and whom they waited for
  --json                one JSON document instead of a table
`

interface Subject {
  readonly shape: ShapeName
  readonly resources: number
  readonly engines: number
  readonly slots: number
  readonly database: string | undefined
  readonly statements: boolean
  readonly waits: boolean
  readonly only?: readonly string[]
}

interface Result extends Subject {
  readonly where: string
  readonly phases: readonly Phase[]
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      embedded: { type: 'boolean', default: false },
      shape: { type: 'string', default: 'layered' },
      resources: { type: 'string' },
      situation: { type: 'string' },
      engines: { type: 'string', default: '1' },
      database: { type: 'string' },
      slots: { type: 'string', default: '100' },
      json: { type: 'boolean', default: false },
      statements: { type: 'boolean', default: false },
      waits: { type: 'boolean', default: false },
      phases: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  const shape = shapeNames.find((name) => name === values.shape)
  if (!shape) throw new Error(`there is no shape ${values.shape}: ${shapeNames.join(', ')}`)
  const resources = values.resources === undefined ? undefined : wholeNumber(values.resources)
  return { ...values, shape, resources, engines: wholeNumber(values.engines), slots: wholeNumber(values.slots) }
}

function wholeNumber(text: string): number {
  const number = Number(text.replaceAll('_', ''))
  if (!Number.isInteger(number) || number < 1) throw new Error(`${text} is not a whole number above 0`)
  return number
}

function beginningOfPhase(text: string): string {
  const beginning = text.trim()
  if (beginning !== '' && phaseNames.some((name) => name.startsWith(beginning))) return beginning
  throw new Error(`there is no phase whose name begins with '${beginning}': ${phaseNames.join(', ')}`)
}

async function run(subject: Subject, json: boolean): Promise<Result> {
  const host = await openHost(subject)
  const phases: Phase[] = []
  const { shape, resources, slots } = subject
  const title = `${resources} resources, ${shape}, ${slots} slots: ${host.description}`
  if (!json) console.log(`\n${title}\n${HEADER}`)
  try {
    await measure(host, subject, (phase) => {
      phases.push(phase)
      if (!json) console.log([lineOf(phase), ...phase.waits].join('\n'))
    })
    if (subject.statements) console.log(host.costliest().join('\n'))
    return { ...subject, where: host.description, phases }
  } finally {
    await host.close()
  }
}

const COLUMNS: readonly [string, (phase: Phase) => string][] = [
  ['seconds', ({ seconds }) => seconds.toFixed(2)],
  ['command', ({ commandSeconds }) => commandSeconds.toFixed(2)],
  ['cpu s', ({ cpuSeconds }) => cpuSeconds.toFixed(2)],
  ['engines cpu s', ({ engineCpuSeconds }) => engineCpuSeconds.toFixed(2)],
  ['database cpu s', ({ databaseCpuSeconds: seconds }) => (Number.isNaN(seconds) ? '-' : seconds.toFixed(2))],
  ['resources/s', ({ resourcesPerSecond }) => resourcesPerSecond.toFixed(0)],
  ['versions/r', ({ rowVersionsPerResource }) => rowVersionsPerResource.toFixed(3)],
  ['WAL bytes/r', ({ walBytesPerResource }) => walBytesPerResource.toFixed(0)],
  ['statements/r', ({ statementsPerResource }) => statementsPerResource.toFixed(3)],
  ['floor s', (phase) => phase.floorSeconds.toFixed(2)],
  ['x floor', (phase) => (phase.floorSeconds > 0.05 ? (phase.seconds / phase.floorSeconds).toFixed(1) : '-')],
  ['MB commander', ({ commanderPeakBytes }) => megabytes(commanderPeakBytes)],
  ['MB engines', ({ enginePeakBytes }) => enginePeakBytes.map(megabytes).join('+') || '-'],
]
const WIDTH = 15
const HEADER = ['phase'.padEnd(21), ...COLUMNS.map(([name]) => name.padStart(WIDTH))].join('')
const lineOf = (phase: Phase) =>
  [phase.name.padEnd(21), ...COLUMNS.map(([, show]) => show(phase).padStart(WIDTH))].join('')
const megabytes = (bytes: number) => (bytes / 1e6).toFixed(0)

/** What the embedded database is held to, in seconds. */
const TARGETS = [
  { shape: 'independent', resources: 1_000, phase: 'create', seconds: 1.5 },
  { shape: 'layered', resources: 10_000, phase: 'create', seconds: 6 },
  { shape: 'layered', resources: 10_000, phase: 'no-op update', seconds: 1.5 },
] as const

async function embedded(slots: number, json: boolean): Promise<boolean> {
  const results: Result[] = []
  for (const database of ['memory:', 'embedded']) {
    for (const [shape, resources] of [
      ['independent', 1_000],
      ['layered', 10_000],
    ] as const) {
      results.push(await run({ shape, resources, engines: 1, slots, database, statements: false, waits: false }, json))
    }
  }
  const judged = results.flatMap(({ shape, resources, where, phases }) =>
    TARGETS.filter((target) => target.shape === shape && target.resources === resources).flatMap((target) =>
      phases
        .filter(({ name }) => name === target.phase)
        .map(({ seconds, cpuSeconds }) => ({
          ...target,
          where,
          limit: target.seconds,
          seconds,
          cpuSeconds,
          met: seconds < target.seconds,
        })),
    ),
  )
  if (json) console.log(JSON.stringify({ results, judged }, null, 2))
  else {
    console.log()
    for (const { where, shape, resources, phase, seconds, cpuSeconds, limit, met } of judged) {
      const subject = `${phase} of ${resources} ${shape}, ${where}`
      console.log(
        `${met ? 'met   ' : 'MISSED'} ${seconds.toFixed(2)} s of ${limit} s (${cpuSeconds.toFixed(2)} s of processor time): ${subject}`,
      )
    }
  }
  return judged.every(({ met }) => met)
}

async function look(name: string, options: ReturnType<typeof readOptions>): Promise<boolean> {
  const situation = situations[name]
  if (!situation) throw new Error(`there is no situation ${name}: ${Object.keys(situations).join(', ')}`)
  const { resources, engines, slots, database, json } = options
  const verdict = await situation({ resources, engines, slots, database })
  console.log(json ? JSON.stringify(verdict) : `${verdict.met ? 'met   ' : 'MISSED'} ${name}: ${verdict.said}`)
  return verdict.met
}

try {
  const options = readOptions()
  if (options.help) console.log(USAGE)
  else if (options.embedded) process.exitCode = (await embedded(options.slots, options.json)) ? 0 : 1
  else if (options.situation !== undefined) process.exitCode = (await look(options.situation, options)) ? 0 : 1
  else {
    const { shape, resources = 10_000, engines, slots, database, statements, waits, phases, json } = options
    const only = phases?.split(',').map(beginningOfPhase)
    const subject = { shape, resources, engines, slots, database, statements, waits, ...(only && { only }) }
    const result = await run(subject, json)
    if (json) console.log(JSON.stringify(result, null, 2))
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  console.error(`\n${USAGE}`)
  process.exitCode = 2
}
