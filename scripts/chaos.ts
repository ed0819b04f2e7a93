// `npm run chaos -- --minutes 5 --engines 4 [--stacks 6] [--seed N] [--say]`: several engines as real processes on a real PostgreSQL,
// random commands on several stacks, and a hand that kills, stops, disconnects, restarts and poisons. Then everybody is left in peace,
// and the world is compared with the templates. The seed fixes what is chosen, not what the machine does meanwhile. The last
// line counts the checks, so that a minute of it is a lane of `npm test`.
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Chance } from '../simulator/chance.js'
import { doctor, type Isotherm, open, type StackView } from '../src/index.js'
import { Commander } from './chaos/commands.js'
import { Engines } from './chaos/engines.js'
import { FarSideServer } from './chaos/far-side.js'
import { Hand } from './chaos/hand.js'
import { asEngine, Poison } from './chaos/poison.js'
import { farTypes } from './chaos/types.js'
import {
  type Check,
  checkGone,
  checkLeaks,
  checkMeaning,
  checkReality,
  checkRest,
  readRecords,
} from './chaos/verdict.js'
import { type RunningPostgres, startPostgres } from './postgres.js'

const { values: words } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    engines: { type: 'string', default: '4' },
    stacks: { type: 'string', default: '6' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
    /** Every command and blow as it happens. */
    say: { type: 'boolean', default: false },
  },
})
const [minutes, engineCount, stackCount, seed] = [words.minutes, words.engines, words.stacks, words.seed].map(Number)
const chance = new Chance(seed ?? 0)
const stackNames = Array.from({ length: stackCount ?? 6 }, (_, i) => `stack${i + 1}`)

/** How long the engines may take to bring everything to rest once they are left in peace. */
const PEACE_SECONDS = 120

const begun = performance.now()
const elapsed = () => (performance.now() - begun) / 1000
const say = (line: string) => {
  if (words.say) console.log(`${elapsed().toFixed(1).padStart(7)}  ${line}`)
}

interface Stage {
  readonly postgres: RunningPostgres
  readonly farSide: FarSideServer
  readonly engines: Engines
  readonly poison: Poison
  readonly isotherm: Isotherm
}

async function prepare(): Promise<Stage> {
  // What is committed must outlive a crash of the server, though not one of the machine.
  const postgres = await startPostgres({ settings: { max_connections: '200', synchronous_commit: 'on' } })
  const farSide = new FarSideServer(chance.int(1_000_000))
  const farUrl = await farSide.listen()
  const isotherm = await open({ database: postgres.url, engines: 0, types: farTypes(farUrl) })
  const poison = await Poison.prepare(postgres.url)
  return { postgres, farSide, isotherm, poison, engines: new Engines(engineCount ?? 4, asEngine(postgres.url), farUrl) }
}

async function main(): Promise<number> {
  console.log(`chaos: ${minutes} min, ${engineCount} engines, ${stackCount} stacks, seed ${seed}`)
  const stage = await prepare()
  const commander = new Commander(stage.isotherm, stackNames, chance.fork())
  const hand = new Hand(stage.engines, stage.postgres, stage.poison, stackNames, chance.fork(), say)
  try {
    await wreak(commander, hand)
    const checks = await judge(stage, commander, hand)
    return report(stage, commander, hand, checks)
  } finally {
    await stage.engines.stop()
    stage.farSide.close()
    await stage.poison.close().catch(() => undefined)
    await stage.isotherm.close().catch(() => undefined)
    await stage.postgres.stop()
  }
}

/** Commands and blows, side by side, until the time is over. */
async function wreak(commander: Commander, hand: Hand): Promise<void> {
  const over = () => elapsed() > (minutes ?? 5) * 60
  const commanding = async () => {
    while (!over()) {
      await commander.giveAny()
      await sleep(50 + chance.int(500))
    }
  }
  const striking = async () => {
    while (!over()) await hand.strike()
  }
  await Promise.all([commanding(), striking()])
  await hand.rest()
}

async function judge(stage: Stage, commander: Commander, hand: Hand): Promise<Check[]> {
  const { farSide, engines } = stage
  farSide.calmDown()
  return [
    await judgePoisoned(stage, commander),
    ...(await judgeStacks(stage, commander)),
    { title: 'the far side was never asked for what must not be', problems: farSide.far.violations },
    { title: 'no user saw an error that is not one of his', problems: commander.surprises },
    { title: 'no engine ended by itself', problems: engines.crashes },
    { title: 'no counter was ever wrong, nothing ever lay about', problems: hand.sicknesses },
  ]
}

/** One stack is poisoned, and engines die beside it: all others come to rest, and whoever looks at that one is told why it does not. */
async function judgePoisoned({ isotherm, engines, poison }: Stage, commander: Commander): Promise<Check> {
  const title = 'beside a poisoned stack, whose engines die, all others come to rest'
  const [sick = '', ...others] = stackNames
  say(`${sick} is poisoned, and engines are killed`)
  await untilAtRest(isotherm)
  await poison.giveAll(sick)
  for (const stack of stackNames) await commander.giveFinal(stack)
  for (let number = 0; number < engines.count; number++) {
    engines.kill(number)
    await sleep(500)
  }
  const problems: string[] = []
  if (!(await untilAtRest(isotherm, ({ name }) => others.includes(name)))) problems.push('others are not at rest')
  const isTold = () => isotherm.stack(sick).then(({ failing }) => failing?.why.startsWith('poisoned') ?? false)
  for (const end = elapsed() + PEACE_SECONDS; elapsed() < end && !(await isTold()); ) await sleep(300)
  if (!(await isTold())) problems.push(`${sick} is ${(await isotherm.stack(sick)).status}, and does not say why`)
  await poison.take(sick)
  say(`${sick} is mended`)
  return { title, problems }
}

async function judgeStacks({ postgres, farSide, isotherm }: Stage, commander: Commander): Promise<Check[]> {
  const { far } = farSide
  say('peace')
  const atRest = await untilAtRest(isotherm)
  const records = await readRecords(postgres.url)
  const checks = [
    checkRest(records),
    checkReality(records, far),
    checkMeaning(records, commander.meanings),
    checkLeaks(records, far),
    await checkHealth('the doctor finds nothing', postgres.url),
  ]
  // What does not come to rest by itself has been found; waiting for more would only take time.
  if (!atRest) return checks
  say('a last template for each stack')
  for (const stack of stackNames) await commander.giveFinal(stack)
  await untilAtRest(isotherm)
  const last = await readRecords(postgres.url)
  const incomplete = last.rows.stacks.filter(({ status, deleted_at }) => status !== 'COMPLETE' && deleted_at === null)
  checks.push(
    {
      title: 'every stack reaches a last template',
      problems: incomplete.map(({ name, action, status, reason }) => `${name} is ${action}_${status}: ${reason}`),
    },
    ...[checkReality(last, far), checkMeaning(last, commander.meanings), checkLeaks(last, far)].map(again),
  )
  say('and down')
  for (const stack of stackNames) await isotherm.down(stack)
  await untilAtRest(isotherm)
  return [...checks, checkGone(far), await checkHealth('the doctor finds nothing in the end', postgres.url)]
}

const again = ({ title, problems }: Check): Check => ({ title: `then too: ${title}`, problems })

async function untilAtRest(isotherm: Isotherm, which: (stack: StackView) => boolean = () => true): Promise<boolean> {
  for (const end = elapsed() + PEACE_SECONDS; elapsed() < end; await sleep(300)) {
    // Right after the chaos a connection may still be a broken one.
    const stacks = await isotherm.stacks().catch(() => undefined)
    if (stacks?.filter(which).every(({ status }) => !status.endsWith('IN_PROGRESS'))) return true
  }
  return false
}

async function checkHealth(title: string, database: string): Promise<Check> {
  const { findings } = await doctor({ database, silentSeconds: 10 })
  return { title, problems: findings.map(({ kind, stack = '', message }) => `${kind} ${stack} ${message}`) }
}

const PROBLEMS_SHOWN = 10

function report(stage: Stage, { counts }: Commander, { blows }: Hand, checks: readonly Check[]): number {
  const rows: [string, string][] = [
    ['seconds', elapsed().toFixed(0)],
    ['commands accepted', `${counts.accepted}`],
    ['commands declined', `${counts.declined}`],
    ['commands unanswered', `${counts.unanswered}`],
    ['provider calls', `${stage.farSide.far.calls.length}`],
    ['engine processes', `${stage.engines.started}`],
    ...[...blows].sort().map(([blow, count]): [string, string] => [`blows: ${blow}`, `${count}`]),
  ]
  console.log()
  for (const [name, value] of rows) console.log(`  ${name.padEnd(22)}${value.padStart(8)}`)
  console.log()
  for (const { title, problems } of checks) {
    console.log(`  ${problems.length === 0 ? 'ok  ' : 'FAIL'}  ${title}`)
    for (const problem of problems.slice(0, PROBLEMS_SHOWN)) console.log(`          ${problem}`)
    if (problems.length > PROBLEMS_SHOWN) console.log(`          and ${problems.length - PROBLEMS_SHOWN} more`)
  }
  const failed = checks.filter(({ problems }) => problems.length > 0).length
  console.log(`\n${failed === 0 ? 'PASS' : 'FAIL'}  seed ${seed}`)
  const { minutes, engines, stacks } = words
  const again = `npm run chaos -- --minutes ${minutes} --engines ${engines} --stacks ${stacks} --seed ${seed} --say`
  if (failed > 0) console.log(`  again: ${again}`)
  console.log(`${checks.length - failed} passed, ${failed} failed`)
  return failed
}

process.exitCode = (await main()) > 0 ? 1 : 0
