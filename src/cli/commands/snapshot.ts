// Snapshots of a stack: taking one, looking at those there are, going back to one.
import type { Orchestrator, StackView } from '../../index.js'
import { tame, toned } from '../draw/line.js'
import { drawSnapshot, drawSnapshots, moment } from '../draw/tables.js'
import { EXIT, UsageError } from '../exit.js'
import { commandLine, type Session, withIsotherm } from '../session.js'
import { enginesOf, type RunArguments, timeoutOf } from './change.js'
import { askBack, carryOut } from './run.js'

export type SnapshotAct = 'create' | 'list' | 'show' | 'delete' | 'restore'

export async function snapshot(
  session: Session,
  what: SnapshotAct,
  stack: string,
  named: string | undefined,
  options: RunArguments,
): Promise<number> {
  if (what === 'list') return withIsotherm(session, 0, (isotherm) => list(isotherm, session, stack))
  if (what === 'create') return create(session, stack, named, options)
  if (named === undefined) throw new UsageError('which snapshot?', `isotherm snapshot list ${stack} names them`)
  if (what === 'restore') return restore(session, stack, named, options)
  const act = what === 'show' ? show : forget
  return withIsotherm(session, 0, (isotherm) => act(isotherm, session, stack, named))
}

async function list(isotherm: Orchestrator, { terminal }: Session, stack: string): Promise<number> {
  const snapshots = await isotherm.snapshots(stack)
  if (terminal.json) terminal.value(snapshots)
  else terminal.print(snapshots.length === 0 ? [[`${stack} has no snapshots`]] : drawSnapshots(snapshots))
  return EXIT.done
}

async function show(isotherm: Orchestrator, { terminal }: Session, stack: string, named: string): Promise<number> {
  const found = await isotherm.showSnapshot(stack, named)
  if (terminal.json) terminal.value(found)
  else terminal.print(drawSnapshot(found))
  return EXIT.done
}

async function forget(isotherm: Orchestrator, { terminal }: Session, stack: string, named: string): Promise<number> {
  const { id, name, createdAt } = await isotherm.showSnapshot(stack, named)
  await isotherm.deleteSnapshot(stack, id)
  if (terminal.json) terminal.value({ deleted: name, id })
  else terminal.print([[`snapshot ${tame(name)} of ${stack}, taken ${moment(createdAt)}, is forgotten`]])
  return EXIT.done
}

async function create(session: Session, stack: string, name: string | undefined, options: RunArguments) {
  const timeout = timeoutOf(options)
  const { detach = false } = options
  return withIsotherm(session, enginesOf(options, session), async (isotherm, interrupt) => {
    let taken = ''
    const command = async () => {
      const { id, run } = await isotherm.snapshot(stack, { ...timeout, ...(name !== undefined && { name }) })
      taken = id
      return run
    }
    const code = await carryOut({
      ...{ isotherm, session, interrupt, stack, exists: true, command, good: isComplete, detach },
      get value() {
        return { snapshot: taken }
      },
    })
    if (code === EXIT.done && !detach && !session.terminal.json) await sayKept(isotherm, session, stack, taken)
    return code
  })
}

async function sayKept(isotherm: Orchestrator, session: Session, stack: string, id: string): Promise<void> {
  const { name } = await isotherm.showSnapshot(stack, id)
  const back = commandLine(['snapshot', 'restore', stack, name], session.globals)
  session.terminal.say([[`${stack} is kept as ${tame(name)}. Come back to it with: `, toned('name', back)]])
}

async function restore(session: Session, stack: string, name: string, options: RunArguments): Promise<number> {
  const timeout = timeoutOf(options)
  const { yes = false, detach = false } = options
  return withIsotherm(session, enginesOf(options, session), async (isotherm, interrupt) => {
    const found = await isotherm.showSnapshot(stack, name)
    const preview = await isotherm.previewRestore(stack, found.id)
    const goal = `${tame(found.name)}, taken ${moment(found.createdAt)}`
    const also = 'Reality is looked at, too: what differs from what was recorded is mended.'
    const refused = await askBack({ preview, stack, goal, also }, yes, session, interrupt)
    if (refused !== undefined) return refused
    const command = () => isotherm.restore(stack, found.id, timeout)
    const good = ({ status }: StackView) => status === 'RESTORE_COMPLETE'
    const value = { preview }
    return carryOut({ isotherm, session, interrupt, stack, exists: true, command, good, detach, value })
  })
}

const isComplete = ({ status }: StackView) => status.endsWith('_COMPLETE')
