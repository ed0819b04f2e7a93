// One scenario as a demo with a readable trace:
//
//   npm run scenario -- update_replace_rollback [--variation 3]
import { parseArgs } from 'node:util'
import { openDatabase } from '../src/store/open.js'
import { allScenarios } from './all-scenarios.js'
import { tell } from './scenario.js'

const { values, positionals } = parseArgs({ options: { variation: { type: 'string' } }, allowPositionals: true })

async function main(): Promise<number> {
  const scenarios = await allScenarios()
  const [name = ''] = positionals
  const scenario = scenarios.get(name)
  if (!scenario) {
    console.log('npm run scenario -- NAME [--variation N]\n')
    for (const [other, { about }] of scenarios) console.log(`  ${other.padEnd(30)} ${about}`)
    return name === '' ? 0 : 2
  }
  const database = await openDatabase('memory:')
  console.log(`${name}: ${scenario.about}\n`)
  const told = await tell(database, scenario, {
    variation: Number(values.variation ?? 0),
    onLine: (line) => console.log(line),
  })
  await database.close()
  console.log(`\n${told.violations.length === 0 ? 'It holds' : 'It falls'} after ${told.steps} steps.`)
  return told.violations.length === 0 ? 0 : 1
}

process.exitCode = await main()
