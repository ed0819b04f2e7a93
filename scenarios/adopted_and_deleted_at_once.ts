// What was taken over is deleted before anybody has looked at it: what uses another goes first all the same, also inside a nested stack.
import { of } from '../simulator/bases.js'
import { type Stage, scenario } from '../simulator/scenario.js'
import { idOf, type SimTemplate } from '../simulator/templates.js'

const NAMES = ['B', 'C', 'E', 'F', 'G']

const template: SimTemplate = {
  D: of('Sim::Slow', { v: 'one' }),
  ...Object.fromEntries(NAMES.map((name) => [name, of('Sim::Plain', { r: idOf('D') })])),
  P: of('Sim::Pair', { v: 'one', r: idOf('D') }),
}

async function handedOver(stage: Stage): Promise<void> {
  await stage.up(template)
  await stage.rest()
  await stage.abandon()
  await stage.rest()
  await stage.adopt()
}

export default scenario('what was taken over goes in its order before it was looked at', async (stage) => {
  await handedOver(stage)
  await stage.delete()
  await stage.rest()
  stage.expect('it is deleted', stage.stack().deleted_at !== null)
  await handedOver(stage)
  await stage.steps(2)
  await stage.rollback()
  await stage.rest()
  stage.complete()
})
