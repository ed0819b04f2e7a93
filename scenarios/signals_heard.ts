// A wait goes on when its handle has heard enough: whatever is signalled too early is refused, and not lost in silence.
import { some } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'
import { HANDLE, WAIT } from '../simulator/signalled.js'
import { idOf, type SimTemplate } from '../simulator/templates.js'

const waitFor = (count: number, transport = 'CFN_SIGNAL'): SimTemplate => ({
  handle: { type: HANDLE, properties: { signal_transport: transport } },
  wait: { type: WAIT, properties: { handle: idOf('handle'), timeout: 600, count } },
  A: some({}, 'wait'),
})

export default scenario('what is signalled is heard, or refused, and counts once', async (stage) => {
  await stage.up(waitFor(2))
  const early = await stage.signal('handle', { id: 'early' })
  await stage.until('the handle is there', () => stage.physical('handle') !== null)
  if (stage.variation === 0) stage.expect('what came before its time was refused', !early)
  stage.expect('nobody is there', !(await stage.signal('nobody', { id: 'one' })))
  stage.expect('what takes no signals says so', !(await stage.signal('A', { id: 'one' })))
  await stage.signal('handle', { id: 'one' })
  await stage.signal('handle', { id: 'one' })
  await stage.steps(3)
  stage.expect('one signal sent twice is not two', early || stage.current('A')?.action === 'INIT')
  await stage.signal('handle', { id: 'two' })
  await stage.rest()
  stage.complete()
  // Another handle has heard nothing of it, and the earlier one is gone.
  await stage.up(waitFor(1, 'HEAT_SIGNAL'))
  await stage.until('the handle is another', () => stage.versions('handle').length > 1)
  await stage.until('that one is there', () => stage.physical('handle') !== null)
  await stage.steps(3)
  await stage.signal('handle', { id: 'two' })
  await stage.restDespite(1)
  stage.complete()
})
