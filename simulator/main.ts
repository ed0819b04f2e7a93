// The simulator as a program.
//
//   npm run simulate -- --seed 7 --stacks 3 --engines 4 --steps 5000     one world, its story, its verdict
//   npm run simulate -- --seed 1 --seeds 2000                            many worlds
//   npm run simulate -- --seconds 60                                     fresh worlds for a minute: the lane of `npm test`
//   npm run simulate -- --exhaustive [--world 'one death']               every interleaving of small worlds
//   npm run simulate -- --seed 7 --mutation fence                        a world with a fault built into the engine
import { mkdir, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { packageDirectory } from '../src/lib/package-directory.js'
import type { Database } from '../src/store/database.js'
import { openDatabase } from '../src/store/open.js'
import { allScenarios } from './all-scenarios.js'
import { walk } from './exhaustive.js'
import { mutationNamed } from './mutations.js'
import { tell, worldOfSeed } from './scenario.js'
import { scenarioFileOf } from './scenario-file.js'
import { runSeed, type SeedOptions, type SeedResult } from './seed.js'
import { smallWorlds } from './small-worlds.js'

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string' },
    stacks: { type: 'string' },
    engines: { type: 'string' },
    steps: { type: 'string' },
    seconds: { type: 'string' },
    mutation: { type: 'string' },
    exhaustive: { type: 'boolean' },
    limit: { type: 'string' },
    world: { type: 'string' },
    quiet: { type: 'boolean' },
  },
})

const number = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text))

async function main(): Promise<boolean> {
  const database = await openDatabase('memory:')
  try {
    if (values.exhaustive) return await everyInterleaving(database)
    if (values.seconds !== undefined) return await freshSeeds(database, Number(values.seconds))
    return await givenSeeds(database)
  } finally {
    await database.close()
  }
}

function optionsOf(seed: number): SeedOptions {
  const mutation = values.mutation === undefined ? undefined : mutationNamed(values.mutation).apply()
  return {
    seed,
    stacks: number(values.stacks),
    engines: number(values.engines),
    steps: number(values.steps),
    ...(mutation?.rewrite && { rewrite: mutation.rewrite }),
    ...(mutation?.farSide && { farSide: mutation.farSide }),
  }
}

async function givenSeeds(database: Database): Promise<boolean> {
  const first = number(values.seed) ?? 1
  const count = number(values.seeds) ?? 1
  const begun = performance.now()
  let steps = 0
  let fallen = 0
  for (let seed = first; seed < first + count; seed++) {
    const tell = count === 1 && !values.quiet
    const result = await runSeed(database, { ...optionsOf(seed), ...(tell && { onLine: (line) => console.log(line) }) })
    steps += result.steps
    if (result.violations.length > 0) fallen++
    if (result.violations.length > 0) await reportFallen(result, !tell)
    if (count > 1 && (seed - first + 1) % 50 === 0) console.log(summary(seed - first + 1, steps, fallen, begun))
  }
  console.log(summary(count, steps, fallen, begun))
  return fallen === 0
}

/** As a lane of the tests: the last line counts the seeds. */
async function freshSeeds(database: Database, seconds: number): Promise<boolean> {
  const begun = performance.now()
  const first = number(values.seed) ?? Math.floor(Math.random() * 1_000_000_000)
  let steps = 0
  let passed = 0
  let failed = 0
  console.log(`simulator: fresh seeds from ${first} for ${seconds} s`)
  for (let seed = first; performance.now() - begun < seconds * 1000 && failed < 3; seed++) {
    const result = seed % 5 === 4 ? await freshTelling(database, seed) : await runSeed(database, optionsOf(seed))
    steps += result.steps
    if (result.violations.length === 0) passed++
    else {
      failed++
      await reportFallen(result, true)
    }
  }
  console.log(`simulator: seeds ${first} to ${first + passed + failed - 1}, ${steps} steps`)
  console.log(`${passed} passed, ${failed} failed`)
  return failed === 0
}

/** Some scenario, varied as nobody has before: any number of steps must do between two commands. */
async function freshTelling(database: Database, seed: number): Promise<SeedResult> {
  const scenarios = [...(await allScenarios())]
  const [name, scenario] = scenarios[seed % scenarios.length] ?? ['', worldOfSeed('', { seed })]
  const told = await tell(database, scenario, { variation: seed })
  return { seed, steps: told.steps, violations: told.violations, story: told.story, scenario: name }
}

async function reportFallen(result: SeedResult, tell: boolean): Promise<void> {
  if (tell) for (const line of result.story.slice(-60)) console.log(line)
  console.log(`seed ${result.seed} falls:`)
  for (const violation of result.violations) console.log(`  ${violation}`)
  if (result.scenario !== undefined) {
    console.log(`  again: npm run scenario -- ${result.scenario} --variation ${result.seed}`)
    return
  }
  const folder = new URL('.isotherm/', packageDirectory)
  await mkdir(folder, { recursive: true })
  const file = new URL(`seed_${result.seed}.ts`, folder)
  await writeFile(file, scenarioFileOf(optionsOf(result.seed), result))
  console.log(`  again: npm run simulate -- --seed ${result.seed} # as a scenario: .isotherm/seed_${result.seed}.ts`)
}

const summary = (seeds: number, steps: number, fallen: number, begun: number): string => {
  const seconds = (performance.now() - begun) / 1000
  return `${seeds} seeds, ${steps} steps in ${seconds.toFixed(0)} s (${(steps / seconds).toFixed(0)}/s), ${fallen} fallen`
}

async function everyInterleaving(database: Database): Promise<boolean> {
  let held = true
  for (const world of smallWorlds.filter(({ name }) => name.includes(values.world ?? ''))) {
    const begun = performance.now()
    const result = await walk(database, world, { limit: number(values.limit) ?? Number.POSITIVE_INFINITY })
    const end = result.left === 0 ? 'all of them' : `stopped at the limit, more than ${result.left} left`
    console.log(
      `${world.name}: ${result.executions} executions, ${result.states} states, ${result.steps} steps, ${end}, ${((performance.now() - begun) / 1000).toFixed(0)} s`,
    )
    for (const line of result.story) console.log(`  ${line}`)
    for (const violation of result.violations) console.log(`  ${violation}`)
    held = held && result.violations.length === 0
  }
  return held
}

process.exitCode = (await main()) ? 0 : 1
