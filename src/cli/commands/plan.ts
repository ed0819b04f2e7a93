// Plans that are saved, and carried out later as they are or not at all.
import type { PlanView } from '../../index.js'
import { type Line, toned } from '../draw/line.js'
import { drawPreview } from '../draw/preview.js'
import { EXIT, UsageError } from '../exit.js'
import { readDeclaration, readSeconds, tellDoubtful } from '../inputs.js'
import { commandLine, type Session, withIsotherm } from '../session.js'
import { enginesOf, type PreviewArguments, reached, type UpArguments } from './change.js'
import { askAbout, carryOut } from './run.js'

export async function savePlan(
  session: Session,
  template: string | undefined,
  options: PreviewArguments,
): Promise<number> {
  const { declaration } = await readDeclaration(session, template, options)
  const { terminal } = session
  const { convergeReality = false, keep } = options
  const keepSeconds = keep === undefined ? {} : { keepSeconds: readSeconds(keep) }
  return withIsotherm(session, convergeReality ? enginesOf({}, session) : 0, async (isotherm) => {
    const plan = await isotherm.savePlan({ ...declaration, convergeReality, ...keepSeconds })
    await tellDoubtful(session, declaration, plan.preview)
    if (terminal.json) terminal.value(plan)
    else terminal.print([...drawPreview(plan.preview), [], ...drawSaved(plan, session)])
    return options.exitCode && plan.preview.changed ? EXIT.changes : EXIT.done
  })
}

const drawSaved = ({ id, expiresAt }: PlanView, { globals }: Session): Line[] => [
  ['Saved until ', expiresAt, '. Do exactly this, or nothing if the stack has moved:'],
  ['  ', toned('name', commandLine(['up', '--plan', id], globals))],
]

export async function carryOutPlan(
  session: Session,
  id: string,
  template: string | undefined,
  options: UpArguments,
): Promise<number> {
  checkAlone(template, options)
  const { terminal } = session
  const { yes = false, detach = false } = options
  return withIsotherm(session, enginesOf(options, session), async (isotherm, interrupt) => {
    const { stack, preview, traversal } = await isotherm.plan(id)
    if (!terminal.json) terminal.print([...drawPreview(preview), []])
    const refused = await askAbout(preview, yes, session, interrupt)
    if (refused !== undefined) return refused
    return carryOut({
      isotherm,
      session,
      interrupt,
      stack,
      exists: traversal > 0,
      command: () => isotherm.carryOut(id),
      good: reached,
      detach,
      value: { plan: id, preview },
      brief: !preview.changed,
    })
  })
}

/** What a plan does is settled: nothing may be said beside it that would change it. */
function checkAlone(template: string | undefined, options: UpArguments): void {
  const { stack, parameter, environment, convergeReality, watchReality, driftLimit, timeout } = options
  const beside = { template, '--stack': stack, '--converge-reality': convergeReality, '--watch-reality': watchReality }
  const said = Object.entries({ ...beside, '--drift-limit': driftLimit, '--timeout': timeout })
    .filter(([, value]) => value !== undefined)
    .map(([name]) => name)
  if (parameter.length > 0) said.push('--parameter')
  if (environment.length > 0) said.push('--environment')
  if (options.onFailure !== 'rollback') said.push('--on-failure')
  if (said.length === 0) return
  throw new UsageError(
    `--plan says all that there is to say: ${said.join(', ')} cannot go with it`,
    'save another plan',
  )
}
