// Properties that are left to others: what the template says of them counts once, when the thing is made.
import { of } from '../simulator/bases.js'
import { scenario } from '../simulator/scenario.js'
import type { SimTemplate } from '../simulator/templates.js'

const leaving = (v: string, more: SimTemplate[string]['properties'] = {}): SimTemplate => ({
  A: { ...of('Sim::Plain', { v, ...more }), isotherm: { ignoreChanges: ['v'] } },
})

export default scenario('what is left to others is changed by nobody else', async (stage) => {
  await stage.up(leaving('one'))
  await stage.rest()
  await stage.up(leaving('two', { a: 'more' }))
  await stage.restDespite(1)
  stage.expect('it is as it was made', stage.things('A')[0]?.properties.v === 'one')
  // Others change it: a check tells of that, what comes next takes it as it is, and another check has nothing to tell.
  const [thing] = stage.things('A')
  if (thing) thing.properties = { ...thing.properties, v: 'theirs' }
  thing?.tampered.add('v')
  await stage.check()
  await stage.rest()
  await stage.up(leaving('three', { a: 'more' }))
  await stage.rest()
  stage.complete()
  await stage.check()
  await stage.rest()
  stage.complete()
  stage.expect('it is as others made it', stage.things('A')[0]?.properties.v === 'theirs')
  await stage.up({ A: of('Sim::Plain', { v: 'three' }) })
  await stage.rest()
  stage.expect('it is left to others no more', stage.things('A')[0]?.properties.v === 'three')
})
