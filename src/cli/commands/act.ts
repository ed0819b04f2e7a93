// Actions on a stack: what is done to it without changing its template.
import type { Json, JsonObject, StackView } from '../../index.js'
import { EXIT, UsageError } from '../exit.js'
import { type Session, withIsotherm } from '../session.js'
import { enginesOf, type RunArguments, timeoutOf } from './change.js'
import { stackOf } from './look.js'
import { carryOut } from './run.js'

const complete = ({ status }: StackView) => status.endsWith('_COMPLETE')

export async function visit(
  session: Session,
  named: string | undefined,
  options: RunArguments,
  action: 'suspend' | 'resume' | 'check',
): Promise<number> {
  const timeout = timeoutOf(options)
  const { detach = false } = options
  return withIsotherm(session, enginesOf(options, session), async (isotherm, interrupt) => {
    const stack = await stackOf(isotherm, named)
    const command = () => isotherm[action](stack, timeout)
    return carryOut({ isotherm, session, interrupt, stack, exists: true, command, good: complete, detach })
  })
}

export interface MarkArguments {
  readonly reset?: boolean
  readonly reason?: string
}

export async function markUnhealthy(
  session: Session,
  stack: string,
  resource: string,
  { reset = false, reason }: MarkArguments,
): Promise<number> {
  return withIsotherm(session, 0, async (isotherm) => {
    await isotherm.markUnhealthy(stack, resource, { healthy: reset, ...(reason !== undefined && { reason }) })
    const { status } = await isotherm.resource(stack, resource)
    if (session.terminal.json) session.terminal.value({ resource, status })
    else session.terminal.print([[`${resource} is ${status}${reset ? '' : '; the next isotherm up mends it'}`]])
    return EXIT.done
  })
}

export async function metadata(
  session: Session,
  stack: string,
  resource: string,
  written: string | undefined,
): Promise<number> {
  return withIsotherm(session, 0, async (isotherm) => {
    if (written !== undefined) await isotherm.updateMetadata(stack, resource, metadataOf(written))
    const now = await isotherm.metadata(stack, resource)
    if (session.terminal.json) session.terminal.value(now)
    else session.terminal.text(JSON.stringify(now, null, 2))
    return EXIT.done
  })
}

function metadataOf(written: string): JsonObject {
  const value = parsed(written)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw new UsageError(`the metadata is not a JSON object: ${written}`, `for example: '{"owner": "web team"}'`)
}

function parsed(written: string): Json {
  try {
    return JSON.parse(written) as Json
  } catch {
    return null
  }
}
