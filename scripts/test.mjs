// `npm test`: sets the clone up, runs every lane one after the other, and ends with the line `N passed, N failed`.
import { spawn } from 'node:child_process'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { SetupFailure, setup } from './setup.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** Far more than a lane takes on a slow machine: one that never ends is ended, and says so, instead of holding everybody up. */
const LANE_MINUTES = 40

/** A lane is a Node program that shows its own progress and whose last line is `N passed, N failed`. */
const lanes = [
  {
    name: 'tests',
    words: ['node_modules/vitest/vitest.mjs', 'run', '--reporter=default', '--reporter=./scripts/count-reporter.mjs'],
  },
  { name: 'simulator', words: ['dist/simulator/main.js', '--seconds', '60'] },
  { name: 'chaos', words: ['dist/scripts/chaos.js', '--minutes', '1', '--engines', '4'] },
  { name: 'kill9', words: ['dist/scripts/kill9.js', '--times', '3', '--only', 'commands,website,nested'] },
  // Only where the clients are, or can be installed in half a minute: elsewhere it says that it did not run.
  { name: 'clients', words: ['dist/scripts/clients.js', '--short'], maySkip: true },
]

async function main() {
  try {
    setup()
  } catch (error) {
    if (!(error instanceof SetupFailure)) throw error
    console.error(error.message)
    return { passed: 0, failed: 1 }
  }
  const total = { passed: 0, failed: 0 }
  for (const lane of lanes) {
    const { passed, failed } = await runLane(lane)
    total.passed += passed
    total.failed += failed
  }
  return total
}

/** A lane that ends badly without having counted a failure (a crash, say) counts as one. */
async function runLane({ name, words, maySkip = false }) {
  const child = spawn(process.execPath, words, { cwd: root, stdio: ['inherit', 'pipe', 'inherit'], env: colourful() })
  const ended = new Promise((resolve) => child.on('close', (code, signal) => resolve(code ?? signal)))
  const limit = setTimeout(() => {
    console.log(`lane "${name}" has not ended within ${LANE_MINUTES} minutes: what it said last is where to look`)
    child.kill('SIGKILL')
  }, LANE_MINUTES * 60_000)
  let counts = { passed: 0, failed: 0 }
  for await (const line of createInterface({ input: child.stdout })) {
    const match = /^(\d+) passed, (\d+) failed$/.exec(line)
    if (match) counts = { passed: Number(match[1]), failed: Number(match[2]) }
    else console.log(line)
  }
  const code = await ended
  clearTimeout(limit)
  if (code === 0 && counts.passed > 0) return counts
  if (code === 0 && counts.failed === 0 && maySkip) {
    console.log(`lane "${name}" did not run`)
    return counts
  }
  console.log(`lane "${name}" ended with ${code}`)
  return { ...counts, failed: Math.max(counts.failed, 1) }
}

/** The lane writes to a pipe and would give up its colours, although a person is watching the other end. */
function colourful() {
  const wanted = process.stdout.isTTY && process.env.NO_COLOR === undefined
  return wanted ? { ...process.env, FORCE_COLOR: '1' } : process.env
}

const { passed, failed } = await main()
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0
