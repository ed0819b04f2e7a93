// `npm test`: sets the clone up, runs every lane, and ends with the line `N passed, N failed`. Lanes that keep one core busy run beside
// each other, the others one after the other.
import { worldsOf } from './commit-seed.mjs'
import { root, runLane, whatFailed } from './lane.mjs'
import { SetupFailure, setup } from './setup.mjs'

const worlds = worldsOf(root)

/** The lanes of a group follow each other; groups of one row run beside each other. */
const rows = [
  [
    [
      {
        name: 'tests',
        words: [
          'node_modules/vitest/vitest.mjs',
          'run',
          '--reporter=default',
          '--reporter=./scripts/count-reporter.mjs',
        ],
      },
    ],
  ],
  [
    [
      {
        name: 'simulator',
        words: ['dist/simulator/main.js', '--seconds', '60', ...worlds.words],
        opening: worlds.opening,
      },
    ],
    [{ name: 'kill9', words: ['dist/scripts/kill9.js', '--times', '3', '--only', 'commands,website,nested'] }],
  ],
  [
    [
      { name: 'chaos', words: ['dist/scripts/chaos.js', '--minutes', '1', '--engines', '4'] },
      // Only where the clients are, or can be installed in half a minute: elsewhere it says that it did not run.
      { name: 'clients', words: ['dist/scripts/clients.js', '--short'], maySkip: true },
    ],
  ],
]

async function main() {
  try {
    setup()
  } catch (error) {
    if (!(error instanceof SetupFailure)) throw error
    console.error(error.message)
    return { passed: 0, failed: 1 }
  }
  const lanes = []
  for (const row of rows) lanes.push(...(await Promise.all(row.map(runGroup))).flat())
  for (const line of whatFailed(lanes)) console.log(line)
  const sum = (count) => lanes.reduce((total, lane) => total + count(lane), 0)
  return { passed: sum(({ passed }) => passed), failed: sum(({ failed }) => failed) }
}

async function runGroup(lanes) {
  const ended = []
  for (const lane of lanes) ended.push(await runLane(lane))
  return ended
}

const { passed, failed } = await main()
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0
