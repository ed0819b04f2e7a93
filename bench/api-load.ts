// The load on a server, in a process of its own: so many connections, each asking again as soon as it is answered, or at times
// that are set beforehand: then a late answer also counts against those that had to wait behind it.
import { Agent, get, type RequestOptions } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

export interface LoadOptions {
  readonly url: string
  readonly token: string | undefined
  readonly paths: readonly string[]
  readonly connections: number
  readonly seconds: number
  /** Requests a second, of all connections together; 0 is as many as there can be. */
  readonly rate: number
}

/** Times are milliseconds. */
export interface LoadResult {
  readonly requests: number
  readonly failures: number
  readonly p50: number
  readonly p99: number
  readonly max: number
  readonly elapsedSeconds: number
}

process.once('message', async (options: LoadOptions) => {
  process.send?.(await run(options))
  process.disconnect()
})

async function run({ url, token, paths, connections, seconds, rate }: LoadOptions): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const headers = token === undefined ? {} : { 'x-auth-token': token }
  const times: number[] = []
  let failures = 0
  const begun = performance.now()
  const lane = async (first: number) => {
    const everyMs = rate === 0 ? 0 : (connections / rate) * 1000
    let due = begun + (first / connections) * everyMs
    for (let turn = first; performance.now() - begun < seconds * 1000; turn++) {
      if (everyMs > 0) await sleep(Math.max(0, due - performance.now()))
      const at = everyMs > 0 ? due : performance.now()
      due += everyMs
      const status = await ask(`${url}${paths[turn % paths.length]}`, { agent, headers })
      times.push(performance.now() - at)
      if (status !== 200) failures++
    }
  }
  await Promise.all(Array.from({ length: connections }, (_, index) => lane(index)))
  agent.destroy()
  times.sort((one, other) => one - other)
  const quantile = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0
  const elapsedSeconds = (performance.now() - begun) / 1000
  return { requests: times.length, failures, p50: quantile(0.5), p99: quantile(0.99), max: quantile(1), elapsedSeconds }
}

function ask(url: string, options: RequestOptions): Promise<number> {
  return new Promise((resolve) => {
    const request = get(url, options, (response) => {
      response.resume()
      response.once('end', () => resolve(response.statusCode ?? 0))
      response.once('error', () => resolve(0))
    })
    request.once('error', () => resolve(0))
  })
}
