// One engine process of a chaos run: `node engine.js DATABASE FAR_SIDE`. It knows nothing of the chaos. SIGTERM
// asks it to leave in good order.
import { open } from '../../src/index.js'
import { CHAOS_ENGINE } from './settings.js'
import { farTypes } from './types.js'

const [database = '', farSide = ''] = process.argv.slice(2)

const isotherm = await open({ database, types: farTypes(farSide), ...CHAOS_ENGINE })

process.once('SIGTERM', () => {
  isotherm.close().then(
    () => process.exit(0),
    () => process.exit(1),
  )
})
// Whoever started it is gone.
process.stdin.resume().once('close', () => process.exit(1))
