// Making one stack, timed.
import type { Host } from './host.js'
import { definitions, type ShapeName } from './shapes.js'

/** @returns seconds from the call to the stack at rest. */
export const createShape = (host: Host, stack: string, shape: ShapeName, count: number): Promise<number> =>
  createAll(
    host,
    stack,
    definitions(shape, count, () => 0),
  )

/** @returns seconds from the call to the stack at rest. */
export async function createAll(
  { isotherm }: Host,
  stack: string,
  resources: AsyncIterable<readonly [string, object]>,
): Promise<number> {
  const begun = performance.now()
  const run = await isotherm.up({ stack, template: { resources } })
  const { status, reason } = await run.settled()
  if (status !== 'CREATE_COMPLETE') throw new Error(`${stack}: ${status}: ${reason}`)
  return (performance.now() - begun) / 1000
}
