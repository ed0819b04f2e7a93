// One handle, one wait after the other: who comes next waits for what is signalled from then on.
import { scenario } from '../simulator/scenario.js'
import { HANDLE, WAIT } from '../simulator/signalled.js'
import { idOf, type SimTemplate } from '../simulator/templates.js'

const handle: SimTemplate = { handle: { type: HANDLE, properties: { signal_transport: 'CFN_SIGNAL' } } }
const waiting: SimTemplate = {
  ...handle,
  wait: { type: WAIT, properties: { handle: idOf('handle'), timeout: 600, count: 1 } },
}

export default scenario(
  'who waits on a handle that others have waited on waits for a signal of its own',
  async (stage) => {
    await stage.up(waiting)
    await stage.until('there is a handle', () => stage.physical('handle') !== null)
    await stage.signal('handle', { id: 'one' })
    await stage.rest()
    stage.complete()
    await stage.up(handle)
    await stage.restDespite(1)
    stage.complete()
    await stage.up(waiting)
    await stage.until('it waits again', () => stage.current('wait')?.state === 'parked')
    await stage.steps(4)
    stage.expect('it has nothing to go on with', stage.status() === 'UPDATE_IN_PROGRESS')
    await stage.signal('handle', { id: 'two' })
    await stage.rest()
    stage.complete()
  },
)
