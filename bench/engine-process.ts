// `node engine-process.js URL SLOTS`, started by the benchmark: one engine. It answers each message with what it has used so
// far, and ends when its parent lets go of it.
import { open } from '../src/index.js'
import { openDatabase } from '../src/store/open.js'
import { costliest, counting } from './counting-database.js'
import { benchTypes } from './thing.js'
import { usageOf } from './usage.js'

const [url = '', slots = '100', statements] = process.argv.slice(2)
const database = counting(await openDatabase(url))
const isotherm = await open({ database, types: benchTypes, engines: 1, slots: Number(slots) })

process.on('message', () => process.send?.(usageOf(database)))
process.once('disconnect', async () => {
  if (statements) console.log(costliest(database.uses.values()).join('\n'))
  await isotherm.close()
})
process.send?.(usageOf(database))
