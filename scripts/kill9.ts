// `npm run kill9 -- --times 20 [--seed N] [--only nested,restored]`: `isotherm up`, or a return to a snapshot, as a real process
// on the embedded database is killed (-9) at a random moment, then run again to its end; each time the world is compared with the template. Nothing may be made twice, nothing may
// be lost, and after `down` nothing is left. The last line counts the rounds, so the script is also a lane of `npm test`.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { nested, restored } from './kill9-nested.js'
import { type Complaint, commands, type Subject, type Tools, website } from './kill9-subjects.js'

const program = join(import.meta.dirname, '..', 'src', 'cli', 'main.js')
const SUBJECTS: readonly Subject[] = [commands, website, nested, restored]

interface Round {
  readonly number: number
  readonly killedAfterSeconds: number
  /** False when the command was through before it could be killed. */
  readonly inTheMiddle: boolean
  readonly secondsToFinish: number
  readonly complaints: readonly Complaint[]
}

/** What has to be undone when this script itself is ended. */
const underWay: { child?: ChildProcess; tidy?: () => Promise<void> } = {}
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    underWay.child?.kill('SIGKILL')
    await underWay.tidy?.()
    process.exit(1)
  })
}

/** Seeded, so that a run can be tried again with the same moments; what the machine does meanwhile is its own. */
function chance(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let bits = Math.imul(state ^ (state >>> 15), state | 1)
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61)
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }
}

function start(folder: string, words: readonly string[]): { child: ChildProcess; said: () => string } {
  let said = ''
  const env = { ...process.env, NO_COLOR: '1', ISOTHERM_DATABASE_URL: join(folder, '.isotherm') }
  const child = spawn(process.execPath, [program, ...words], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
  underWay.child = child
  for (const output of [child.stdout, child.stderr]) output?.on('data', (text: Buffer) => (said += text.toString()))
  return { child, said: () => said }
}

/** Runs the program to its end. Throws with all it has said when it fails. */
async function isotherm(folder: string, ...words: string[]): Promise<string> {
  const { child, said } = start(folder, words)
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`isotherm ${words.join(' ')} ended with ${code}:\n${said()}`)
  return said()
}

/** @returns whether the process was still at work. */
async function killed(folder: string, words: readonly string[], afterSeconds: number): Promise<boolean> {
  const { child, said } = start(folder, words)
  const closed = once(child, 'close')
  const timer = setTimeout(() => child.kill('SIGKILL'), afterSeconds * 1000)
  const [code, signal] = await closed
  clearTimeout(timer)
  if (signal === null && code !== 0) throw new Error(`isotherm ${words.join(' ')} ended with ${code}:\n${said()}`)
  return signal !== null
}

async function trial(subject: Subject, times: number, random: () => number): Promise<Round[]> {
  const folder = await mkdtemp(join(tmpdir(), 'isotherm-kill9-'))
  const tools: Tools = { folder, run: (...words) => isotherm(folder, ...words) }
  const rounds: Round[] = []
  const tidy = async () => {
    await subject.cleanUp(tools)
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
  underWay.tidy = tidy
  try {
    await mkdir(join(folder, 'work'))
    // The first round is left alone, to learn how long one takes.
    let typicalSeconds = 0
    for (let number = 0; number <= times; number++) {
      const words = await subject.up(tools, number)
      const begun = performance.now()
      const killedAfterSeconds = number === 0 ? 0 : typicalSeconds * (0.05 + 0.9 * random())
      const inTheMiddle = number > 0 && (await killed(folder, words, killedAfterSeconds))
      const again = performance.now()
      await isotherm(folder, ...words)
      const secondsToFinish = (performance.now() - again) / 1000
      if (number === 0) typicalSeconds = secondsToFinish
      else if (!inTheMiddle) typicalSeconds = Math.min(typicalSeconds, (again - begun) / 1000)
      const complaints = await subject.complaints(tools, number)
      if (number > 0) rounds.push({ number, killedAfterSeconds, inTheMiddle, secondsToFinish, complaints })
      if (number > 0) console.log(lineOf(subject, rounds.at(-1)))
      else if (complaints.length > 0) throw new Error(`before any kill: ${complaints.join('; ')}`)
    }
    await isotherm(folder, 'down', 'kill9', '-y')
    const left = await subject.leftovers(tools)
    console.log(`${subject.name.padEnd(9)} down: ${left.length === 0 ? 'nothing is left' : `LEFT: ${left.join(', ')}`}`)
    rounds.push({ number: times + 1, killedAfterSeconds: 0, inTheMiddle: false, secondsToFinish: 0, complaints: left })
    return rounds
  } finally {
    await tidy()
  }
}

function lineOf(subject: Subject, round: Round | undefined): string {
  if (!round) return ''
  const { number, killedAfterSeconds, inTheMiddle, secondsToFinish, complaints } = round
  const moment = `${inTheMiddle ? 'killed after' : 'was through before'} ${killedAfterSeconds.toFixed(2)} s`
  const end = complaints.length === 0 ? 'as declared' : `WRONG: ${complaints.join('; ')}`
  return `${subject.name.padEnd(9)} ${String(number).padStart(3)}  ${moment.padEnd(27)} then ${secondsToFinish.toFixed(2)} s to finish: ${end}`
}

const { values } = parseArgs({
  options: { times: { type: 'string', default: '20' }, seed: { type: 'string' }, only: { type: 'string' } },
})
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed)
console.log(`${values.times} kills each, seed ${seed}`)
const again = ({ name }: Subject) => `  again: npm run kill9 -- --times ${values.times} --seed ${seed} --only ${name}`
let passed = 0
let failed = 0
for (const subject of SUBJECTS) {
  if (values.only !== undefined && !values.only.split(',').includes(subject.name)) continue
  try {
    const rounds = await trial(subject, Number(values.times), chance(seed))
    const bad = rounds.filter(({ complaints }) => complaints.length > 0).length
    const middle = rounds.filter(({ inTheMiddle }) => inTheMiddle).length
    passed += rounds.length - bad
    failed += bad
    console.log(`${bad === 0 ? 'PASS' : 'FAIL'} ${subject.name}: ${middle} of ${values.times} killed in the middle\n`)
    if (bad > 0) console.log(again(subject))
  } catch (error) {
    failed++
    console.log(`FAIL ${subject.name}: ${error instanceof Error ? error.message : String(error)}`)
    console.log(again(subject))
  }
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0
