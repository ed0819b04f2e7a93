// Hooks hold whatever becomes of the engines: what waits stands in the rows.
import { some } from '../simulator/bases.js'
import { heldAtHooks } from '../simulator/rows.js'
import { scenario } from '../simulator/scenario.js'
import { idOf } from '../simulator/templates.js'

const template = { A: some({ v: 'one' }), B: some({ r: idOf('A') }) }
const environment = {
  resource_registry: {
    resources: { A: { hooks: ['pre-create', 'post-create', 'pre-update', 'pre-delete', 'post-delete'] } },
  },
}

export default scenario('what waits at a hook waits on when every engine is killed', async (stage) => {
  const killAll = async () => {
    for (const engine of [...stage.simulation.engines]) await stage.simulation.kill(engine)
    await stage.engine()
    await stage.steps(10)
  }
  await stage.up(template, { environment })
  await stage.until('A is at its hook', () => stage.isHeld('A', 'pre-create'))
  await killAll()
  stage.expect('A is not made before its hook is cleared', stage.things('A').length === 0)
  await stage.clear('A', 'pre-create')
  await stage.until('A is done', () => stage.isHeld('A', 'post-create'))
  await killAll()
  stage.expect('nobody builds on A before its hook is cleared', stage.things('B').length === 0)
  await stage.clear('A', 'post-create')
  await stage.rest()
  stage.complete()
  await stage.up({ ...template, A: some({ v: 'two' }) }, { environment })
  await stage.clear('A', 'pre-update')
  // A type that changes nothing in place makes another A, which waits at the hooks of that too.
  const hook = () => heldAtHooks(stage.simulation.rows)[0]?.hook
  while (!stage.simulation.atRest) {
    await stage.until('rest, or another hook', () => stage.simulation.atRest || hook() !== undefined)
    const next = hook()
    if (next) await stage.clear('A', next)
  }
  await stage.rest()
  stage.complete()
  await stage.delete()
  await stage.until('A is to go', () => stage.isHeld('A', 'pre-delete'))
  await killAll()
  stage.expect('A is there until its hook is cleared', stage.things('A').length === 1)
  await stage.clear('A', 'pre-delete')
  await stage.clear('A', 'post-delete')
  await stage.rest()
  stage.nothingLeft()
})
