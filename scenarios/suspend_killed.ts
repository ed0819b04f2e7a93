// Engines die while a stack is being suspended, and others carry it on.
import { diamond } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'

export default scenario('a suspend that is killed half-way is finished, and everything comes back', async (stage) => {
  await stage.up(diamond)
  await stage.rest()
  const before = stage.things().map(({ id }) => id)
  await stage.suspend()
  const isAsked = () => stage.far.calls.some(({ verb }) => verb === 'suspend')
  await stage.until('something is asked to rest, or nothing can', () => isAsked() || stage.simulation.atRest)
  for (const engine of [...stage.simulation.engines]) await stage.simulation.kill(engine)
  await stage.engine()
  await stage.rest()
  stage.expect('the stack is suspended', stage.status() === 'SUSPEND_COMPLETE')
  await stage.resume()
  await stage.rest()
  stage.expect('the stack is resumed', stage.status() === 'RESUME_COMPLETE')
  stage.expect(
    'nothing was made or taken away',
    stage
      .things()
      .map(({ id }) => id)
      .join() === before.join(),
  )
})
