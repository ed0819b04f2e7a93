// How `npm test` hears its lanes, and what it says last of those that failed.
import { expect, test } from 'vitest'
import { runLane, whatFailed } from './lane.mjs'

const lane = (name: string, program: string) => ({ name, words: ['-e', program] })

const saying = (...lines: string[]) => `console.log(${JSON.stringify(lines.join('\n'))})`

test('the end of a run names the lanes that failed, each with what shows its failures again', async () => {
  const said: string[] = []
  const seed = 'seed 7 falls:\n  again: npm run simulate -- --seed 7\n31 passed, 1 failed'
  const fallen = await runLane(lane('simulator', `${saying(seed)}; process.exitCode = 1`), (line) => said.push(line))
  const well = await runLane(lane('chaos', saying('15 passed, 0 failed')), (line) => said.push(line))

  expect(well).toMatchObject({ passed: 15, failed: 0 })
  expect(whatFailed([well])).toEqual([])
  expect(whatFailed([well, fallen]).slice(2)).toEqual([
    '  lane "simulator": 1 failed',
    '    npm run simulate -- --seed 7',
  ])
  // The story itself stays where it was told; no lane's counts may look like those of the run.
  expect(said).toContain('seed 7 falls:')
  expect(said.filter((line) => /^\d+ passed/.test(line))).toEqual([])
})

test('a lane that crashes counts as a failure, and is run again as a whole', async () => {
  const crashed = await runLane(lane('chaos', 'process.exit(3)'), () => undefined)
  expect(crashed.failed).toBe(1)
  expect(whatFailed([crashed]).slice(2)).toEqual([
    '  lane "chaos": 1 failed, ended with 3',
    '    node -e process.exit(3)',
  ])
})

test('a lane that never ends is ended, and the end of the run says so', async () => {
  const late = await runLane(lane('kill9', 'setInterval(() => {}, 1000)'), () => undefined, 0.001)
  expect(whatFailed([late])[2]).toBe('  lane "kill9": 1 failed, did not end within 0.001 minutes')
})

test('a lane that ran nothing has failed, unless it may be left out', async () => {
  const nothing = lane('clients', saying('0 passed, 0 failed'))
  expect((await runLane(nothing, () => undefined)).failed).toBe(1)
  expect((await runLane({ ...nothing, maySkip: true }, () => undefined)).failed).toBe(0)
})

test('of many failures the first ones are repeated', async () => {
  const many = Array.from({ length: 5 }, (_, n) => `again: npx vitest run ${n}.test.ts`)
  const fallen = await runLane(lane('tests', `${saying(...many, '0 passed, 5 failed')}`), () => undefined)
  expect(whatFailed([fallen]).slice(3)).toEqual([
    '    npx vitest run 0.test.ts',
    '    npx vitest run 1.test.ts',
    '    npx vitest run 2.test.ts',
    '    … and 2 more, told above',
  ])
})
