// What a snapshot has of things inside nested stacks is brought back in them, whoever dies and whatever comes on the way.
import { of } from '../simulator/bases.js'
import { GROUP, groupOf } from '../simulator/nests.js'
import { scenario } from '../simulator/scenario.js'
import { attributeOf, idOf, type SimTemplate } from '../simulator/templates.js'

const at = (v: string, count: number): SimTemplate => ({
  A: of('Sim::Plain', { v }),
  D: of('Sim::Deep', { v, r: idOf('A') }),
  G: of(GROUP, groupOf(count, v, { r: idOf('A') })),
  Z: of('Sim::Slow', { a: attributeOf('D', 'v') }),
})

export default scenario('nested stacks go back to what was kept of them', async (stage) => {
  const values = () =>
    stage
      .things()
      .map(({ name, properties }) => `${name} ${properties.v}`)
      .sort()
      .join()
  const ids = () =>
    stage
      .things()
      .map(({ id }) => id)
      .sort()
      .join()
  await stage.up(at('early', 2))
  await stage.rest()
  // Past everybody: what a snapshot keeps is what is there.
  for (const name of ['0', 'one']) {
    const [thing] = stage.things(name)
    if (thing) thing.properties = { ...thing.properties, v: 'written' }
  }
  const [wanted, before] = [values(), ids()]
  await stage.snapshot()
  await stage.restDespite(3)
  stage.expect(`a snapshot is taken, but ${stage.status()}`, stage.status() === 'SNAPSHOT_COMPLETE')

  await stage.up(at('late', 3))
  await stage.rest()
  stage.complete()
  await stage.restore()
  await stage.restDespite(4)
  stage.expect(`it went back, but ${stage.status()}`, stage.status() === 'RESTORE_COMPLETE')
  stage.expect('all is as it was kept', values() === wanted)
  stage.expect('and by the same things', ids() === before)

  // Everything goes, and is made again with what was kept.
  await stage.up({ A: of('Sim::Plain', { v: 'early' }) })
  await stage.restDespite(2)
  await stage.restore()
  await stage.restDespite(4)
  stage.expect('all is as it was kept once more', values() === wanted)

  // On the way back other commands come.
  await stage.up(at('late', 1))
  await stage.rest()
  await stage.restore()
  await stage.steps(4)
  await stage.up(at('later', 3))
  await stage.steps(4)
  await stage.restore()
  await stage.steps(6)
  await stage.rollback()
  await stage.steps(2)
  await stage.restore()
  await stage.restDespite(2)
  stage.expect('all is as it was kept in the end', values() === wanted)
  await stage.up(at('early', 2))
  await stage.rest()
  stage.complete()
  stage.expect('what was kept counts until the next template', !values().includes('written'))
})
