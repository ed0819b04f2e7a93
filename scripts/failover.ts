// `npm run failover -- --resources 5000`: a stack converges on engine processes; half way its primary dies and a streaming
// standby is promoted. It must finish, with nothing missing and nothing made twice by the count of the far side.
import { parseArgs } from 'node:util'
import { Fleet, layers, namesOf } from '../test/processes/fleet.js'
import { startPostgres } from './postgres.js'
import { commitTogether, PRIMARY_SETTINGS, startStandby } from './standby.js'

const { values } = parseArgs({
  options: {
    resources: { type: 'string', default: '5000' },
    engines: { type: 'string', default: '2' },
    slots: { type: 'string', default: '50' },
  },
})
const begun = performance.now()
const say = (text: string) => console.log(`${((performance.now() - begun) / 1000).toFixed(1).padStart(6)} s  ${text}`)

const primary = await startPostgres({ durable: true, settings: PRIMARY_SETTINGS })
const standby = await startStandby(primary)
await commitTogether(primary)
say('a primary, and a standby without which it commits nothing')
const url = new URL(primary.url)
const both = `${url.href.replace(url.host, `${url.host},${new URL(standby.url).host}`)}?target_session_attrs=read-write`
const fleet = await Fleet.open(both)
try {
  process.exitCode = (await tell(fleet)) ? 0 : 1
} finally {
  await fleet.close()
  await standby.stop()
}

async function tell({ far, commander }: Fleet): Promise<boolean> {
  const engines = []
  for (let nth = 0; nth < Number(values.engines); nth++) engines.push(await fleet.engine('--slots', values.slots))
  say(`${engines.length} engines of ${values.slots} slots`)
  far.milliseconds = 20
  const template = layers(10, Math.ceil(Number(values.resources) / 10))
  const count = namesOf(template).length
  const run = await commander.up({ stack: 'failover', template, onFailure: 'stop' })
  await far.until((calls) => calls.length >= count / 2)
  const at = far.calls.length
  say(`${at} of ${count} calls made; the primary dies`)
  await primary.stop()
  await standby.promote()
  say('the standby is promoted')
  await far.until((calls) => calls.length > at + Number(values.slots) * engines.length)
  say('the engines go on')
  const { status } = await run.settled()
  const puts = far.calls.filter(({ method }) => method === 'PUT')
  const repeated = puts.length - new Set(puts.map(({ token }) => token)).size
  say(`${status}: ${far.things.size} things of ${count}; ${repeated} calls repeated for a thing that was there`)
  const whole = far.names().join() === namesOf(template).join()
  console.log(whole && status === 'CREATE_COMPLETE' ? 'nothing missing, nothing twice' : 'NOT as declared')
  return whole && status === 'CREATE_COMPLETE'
}
