// TCP ports on this machine.
import { createServer } from 'node:net'
import { ProviderError } from '../error.js'

export type Ports = { readonly [name: string]: number }

/** Whether a process could listen there now. */
export const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })

/** Each port that is 0 becomes one that is free now; one that is named and taken is a conflict. */
export async function choosePorts(wanted: Ports): Promise<Ports> {
  const chosen: { [name: string]: number } = {}
  for (const [name, port] of Object.entries(wanted)) {
    if (port !== 0 && !(await isFree(port))) {
      throw new ProviderError('conflict', `port ${port} (${name}) is in use by another process`)
    }
    chosen[name] = port === 0 ? await anyFree(Object.values(chosen)) : port
  }
  return chosen
}

async function anyFree(taken: readonly number[]): Promise<number> {
  for (;;) {
    const port = await new Promise<number>((resolve, reject) => {
      const server = createServer()
      server.once('error', reject)
      server.listen(0, '127.0.0.1', () => {
        const address = server.address()
        server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
      })
    })
    if (port !== 0 && !taken.includes(port)) return port
  }
}

/** The names in a fixed order: a stored map keeps none. `http` comes first. */
export const portNames = (ports: Ports): string[] =>
  Object.keys(ports).sort((one, other) => Number(other === 'http') - Number(one === 'http') || (one < other ? -1 : 1))

/** `PORT_<NAME>` for each, and `PORT` when there is only one. */
export function portEnvironment(ports: Ports): { [name: string]: string } {
  const named = Object.entries(ports).map(([name, port]) => [
    `PORT_${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`,
    String(port),
  ])
  const [only, ...others] = Object.values(ports)
  return { ...Object.fromEntries(named), ...(only !== undefined && others.length === 0 && { PORT: String(only) }) }
}
