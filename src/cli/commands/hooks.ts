// Hooks: what waits at one, in a stack and in those nested in it, and letting it go on.
import { InvalidInput, type Orchestrator } from '../../index.js'
import { matchesPattern } from '../../template/file-pattern.js'
import { type Line, type Piece, table, tame, toned } from '../draw/line.js'
import { EXIT } from '../exit.js'
import { type Session, withIsotherm } from '../session.js'
import { enginesOf, type RunArguments } from './change.js'
import { stackOf } from './look.js'
import { carryOn } from './run.js'

interface Paused {
  readonly stack: string
  readonly resource: string
  /** From the stack that was asked about: `group/0`. */
  readonly path: string
  readonly type: string
  readonly status: string
  readonly hook: string
  readonly since: string
}

export const hookPoll = (session: Session, named: string | undefined): Promise<number> =>
  withIsotherm(session, 0, async (isotherm) => {
    const stack = await stackOf(isotherm, named)
    const paused = await pausedIn(isotherm, stack)
    if (session.terminal.json) session.terminal.value(paused)
    else session.terminal.print(drawPaused(stack, paused))
    return EXIT.done
  })

export interface HookClearArguments extends RunArguments {
  readonly hook?: string
}

/** What goes on is carried on here where nobody else would. @param patterns names or paths with wildcards; what is nested is found by its bare name, too. */
export const hookClear = (
  session: Session,
  stack: string,
  patterns: readonly string[],
  { hook, ...options }: HookClearArguments,
): Promise<number> =>
  withIsotherm(session, enginesOf(options, session), async (isotherm, interrupt) => {
    const paused = await pausedIn(isotherm, stack)
    const meant = paused.filter(
      (one) =>
        (hook === undefined || one.hook === hook) &&
        patterns.some((pattern) => matchesPattern(pattern, one.resource) || matchesPattern(pattern, one.path)),
    )
    if (meant.length === 0) throw nothingMeant(stack, patterns, paused)
    const clear = async () => {
      for (const one of meant) await isotherm.signal(one.stack, one.resource, { unset_hook: one.hook })
    }
    const said = meant.map((one): Line => [`${tame(one.path)}: hook ${one.hook} is cleared`])
    return carryOn({
      isotherm,
      session,
      interrupt,
      stack,
      tell: clear,
      value: () => ({ cleared: meant }),
      said: () => said,
    })
  })

function nothingMeant(stack: string, patterns: readonly string[], paused: readonly Paused[]): InvalidInput {
  const there = paused.map(({ path, hook }) => `${path} (${hook})`).join(', ')
  const hint = paused.length === 0 ? `nothing in ${stack} waits at a hook` : `what waits: ${there}`
  return new InvalidInput([{ path: patterns.join(' '), message: 'no such resource waits at such a hook', hint }])
}

async function pausedIn(isotherm: Orchestrator, stack: string): Promise<Paused[]> {
  const resources = await isotherm.resources(stack, { nestedDepth: Number.POSITIVE_INFINITY })
  return resources.flatMap(({ name, type, status, hook, updatedAt, within }) => {
    const path = within ? `${within.path}/${name}` : name
    const about = { stack: within?.stack ?? stack, resource: name, path, type, status, since: updatedAt }
    return hook === null ? [] : { ...about, hook }
  })
}

function drawPaused(stack: string, paused: readonly Paused[]): Line[] {
  if (paused.length === 0) return [[`Nothing in ${stack} waits at a hook.`]]
  const head = ['STACK', 'RESOURCE', 'TYPE', 'HOOK', 'SINCE (UTC)'].map((word) => toned('dim', word))
  const rows = paused.map((one): Piece[] => [
    tame(one.stack),
    toned('bold', tame(one.path)),
    tame(one.type),
    one.hook,
    one.since.slice(0, 19).replace('T', ' '),
  ])
  return table([head, ...rows])
}
