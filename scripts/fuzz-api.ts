// `npm run fuzz:api -- --requests N --seed S`: malformed requests to every route of a server, and what it makes of them.
import { parseArgs } from 'node:util'
import { fuzz } from '../test/server/fuzz.js'

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '10000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
  },
})
const [requests, seed] = [Number(values.requests), Number(values.seed)]
if (!Number.isInteger(requests) || requests < 1 || !Number.isInteger(seed))
  throw new Error('--requests and --seed are whole numbers')

const progress = (done: number) => process.stderr.write(`\r${done} of ${requests}`)
const { routes, statuses, faults } = await fuzz(requests, seed, progress)
process.stderr.write('\n')
for (const { request, fault, cause } of faults.slice(0, 50)) {
  const { operation, method, target, headers, body } = request
  console.log(`${fault}: ${operation} ${method} ${target.slice(0, 300)}`)
  console.log(`  ${JSON.stringify(headers.filter(([name]) => name !== 'x-auth-token')).slice(0, 300)}`)
  if (body) console.log(`  ${JSON.stringify(body.toString('latin1').slice(0, 300))}`)
  if (cause !== '') console.log(`  ${cause.split('\n').slice(0, 6).join('\n  ')}`)
}
const counted = [...statuses]
  .sort(([one], [other]) => one - other)
  .map(([status, count]) => `${count} × ${status || 'closed'}`)
console.log(`${requests} requests to ${routes} routes, seed ${seed}: ${counted.join(', ')}; ${faults.length} faults`)
process.exitCode = faults.length > 0 ? 1 : 0
