// Hooks: what waits at one, in a stack and in those nested in it, and letting it go on.
import { InvalidInput, NotFound, type Orchestrator, type ResourceView, type StackView } from '../../index.js'
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

/** What goes on is carried on here where nobody else would. @param patterns names with wildcards; what is nested is found, too. */
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
        (hook === undefined || one.hook === hook) && patterns.some((pattern) => matchesPattern(pattern, one.resource)),
    )
    if (meant.length === 0) throw nothingMeant(stack, patterns, paused)
    const clear = async () => {
      for (const one of meant) await isotherm.signal(one.stack, one.resource, { unset_hook: one.hook })
    }
    const said = meant.map((one): Line => [`${tame(one.resource)}: hook ${one.hook} is cleared`])
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
  const there = paused.map(({ resource, hook }) => `${resource} (${hook})`).join(', ')
  const hint = paused.length === 0 ? `nothing in ${stack} waits at a hook` : `what waits: ${there}`
  return new InvalidInput([{ path: patterns.join(' '), message: 'no such resource waits at such a hook', hint }])
}

async function pausedIn(isotherm: Orchestrator, stack: string): Promise<Paused[]> {
  const stacks = await isotherm.stacks({ nested: true })
  const root = stacks.find(({ name }) => name === stack)
  if (!root) throw new NotFound(`there is no stack ${stack}`)
  const paused: Paused[] = []
  for (const { name } of withNested(root, stacks)) {
    for (const resource of await isotherm.resources(name)) paused.push(...pausedOf(name, resource))
  }
  return paused
}

function withNested(root: StackView, stacks: readonly StackView[]): StackView[] {
  const family = [root]
  for (const one of family) {
    if (one.status.endsWith('IN_PROGRESS')) family.push(...stacks.filter(({ parent }) => parent === one.id))
  }
  return family
}

const pausedOf = (stack: string, { name, type, status, hook, updatedAt }: ResourceView): Paused[] =>
  hook === null ? [] : [{ stack, resource: name, type, status, hook, since: updatedAt }]

function drawPaused(stack: string, paused: readonly Paused[]): Line[] {
  if (paused.length === 0) return [[`Nothing in ${stack} waits at a hook.`]]
  const head = ['STACK', 'RESOURCE', 'TYPE', 'HOOK', 'SINCE (UTC)'].map((word) => toned('dim', word))
  const rows = paused.map((one): Piece[] => [
    tame(one.stack),
    toned('bold', tame(one.resource)),
    tame(one.type),
    one.hook,
    one.since.slice(0, 19).replace('T', ' '),
  ])
  return table([head, ...rows])
}
