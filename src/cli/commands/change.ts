// Commands that change a stack.
import {
  InvalidInput,
  type Json,
  type JsonObject,
  type Orchestrator,
  type Problem,
  type ResourceType,
  type StackView,
  type UpOptions,
} from '../../index.js'
import { parseTemplate } from '../../template/index.js'
import { toned } from '../draw/line.js'
import { drawPreview, drawSummary } from '../draw/preview.js'
import { drawProblems } from '../draw/problems.js'
import { EXIT, UsageError } from '../exit.js'
import { type DeclareArguments, readDeclaration, readSeconds, readText, sourcesOf, tellDoubtful } from '../inputs.js'
import { numberOf } from '../number.js'
import { isShared, type Session, withIsotherm } from '../session.js'
import { stackOf } from './look.js'
import { carryOutPlan, savePlan } from './plan.js'
import { ask, askAbout, askBack, carryOn, carryOut, refuseForetold } from './run.js'

export interface RunArguments {
  readonly yes?: boolean
  readonly timeout?: string
  readonly detach?: boolean
  readonly engine?: boolean
}

export interface UpArguments extends DeclareArguments, RunArguments {
  readonly onFailure: 'rollback' | 'stop' | 'continue'
  readonly convergeReality?: boolean
  readonly watchReality?: string
  readonly driftLimit?: string
  readonly plan?: string
}

export const reached = ({ status }: StackView) => status.endsWith('_COMPLETE') && !status.startsWith('ROLLBACK')
export const timeoutOf = ({ timeout }: RunArguments) =>
  timeout === undefined ? {} : { timeoutSeconds: readSeconds(timeout) }
/** Beside an embedded database there is no other engine than this process; a PostgreSQL has engines of its own. */
export const enginesOf = ({ detach = false, engine = false }: RunArguments, { globals }: Session) =>
  engine || !(detach || isShared(globals)) ? 1 : 0

export async function up(session: Session, template: string | undefined, options: UpArguments): Promise<number> {
  if (options.plan !== undefined) return carryOutPlan(session, options.plan, template, options)
  const { declaration, types } = await readDeclaration(session, template, options)
  const wishes = { ...timeoutOf(options), ...watchOf(options) }
  const { terminal } = session
  const { onFailure, yes = false, detach = false, convergeReality = false } = options
  return withIsotherm(session, enginesOf(options, session), async (isotherm, interrupt) => {
    if (!isotherm.worksHere) sayWhoNeeds(types, session)
    const preview = await isotherm.preview({ ...declaration, convergeReality })
    await tellDoubtful(session, declaration, preview)
    if (!terminal.json) terminal.print([...(preview.changed ? drawPreview(preview) : [drawSummary(preview)]), []])
    const refused = await askAbout(preview, yes, session, interrupt)
    if (refused !== undefined) return refused
    return carryOut({
      isotherm,
      session,
      interrupt,
      stack: declaration.stack,
      exists: !preview.isNew,
      command: () => isotherm.up({ ...declaration, onFailure, convergeReality, ...wishes }),
      good: reached,
      detach,
      value: { preview },
      brief: !preview.changed,
    })
  })
}

/** Without the option a watch stays what it is; 0 minutes end it. */
function watchOf({ watchReality, driftLimit }: UpArguments): Pick<UpOptions, 'watchReality'> {
  if (watchReality === undefined) {
    if (driftLimit === undefined) return {}
    throw new UsageError('--drift-limit goes with --watch-reality', 'for example: --watch-reality 30 --drift-limit 2')
  }
  const minutes = numberOf('--watch-reality', watchReality)
  if (minutes === 0) return { watchReality: null }
  return { watchReality: { minutes, driftLimit: numberOf('--drift-limit', driftLimit ?? '0', { whole: true }) } }
}

/** Types that a stack brings along are known to this process only. */
function sayWhoNeeds(types: readonly ResourceType[], { terminal }: Session): void {
  if (types.length === 0) return
  const names = types.map(({ name }) => name).join(', ')
  terminal.say([
    [toned('warn', `Engines elsewhere need ${names} too.`)],
    ['Start them with a module that exports the types: ', toned('name', 'isotherm engine --types MODULE')],
  ])
}

export interface PreviewArguments extends DeclareArguments {
  readonly exitCode?: boolean
  readonly convergeReality?: boolean
  readonly save?: boolean
  readonly keep?: string
}

export async function preview(
  session: Session,
  template: string | undefined,
  options: PreviewArguments,
): Promise<number> {
  if (options.save) return savePlan(session, template, options)
  const { declaration } = await readDeclaration(session, template, options)
  const { convergeReality = false } = options
  return withIsotherm(session, convergeReality ? enginesOf({}, session) : 0, async (isotherm) => {
    const found = await isotherm.preview({ ...declaration, convergeReality })
    await tellDoubtful(session, declaration, found)
    if (session.terminal.json) session.terminal.value(found)
    else session.terminal.print(drawPreview(found))
    return options.exitCode && found.changed ? EXIT.changes : EXIT.done
  })
}

export interface DownArguments extends RunArguments {
  readonly onFailure: 'stop' | 'continue'
}

export async function down(session: Session, named: string | undefined, options: DownArguments): Promise<number> {
  const timeout = timeoutOf(options)
  const { terminal } = session
  return withIsotherm(session, enginesOf(options, session), async (isotherm, interrupt) => {
    const stack = await stackOf(isotherm, named)
    const preview = await isotherm.previewDown(stack)
    if (!terminal.json) terminal.print([...drawPreview(preview, { down: true }), []])
    const { yes = false, onFailure, detach = false } = options
    if (!yes) refuseForetold(preview)
    const refused = await ask(`Take ${stack} down?`, yes, session, interrupt, `it would take ${stack} down`)
    if (refused !== undefined) return refused
    const command = () => isotherm.down(stack, { onFailure, ...timeout })
    return carryOut({
      isotherm,
      session,
      interrupt,
      stack,
      exists: true,
      command,
      good: reached,
      detach,
      value: { preview },
    })
  })
}

export async function rollback(session: Session, named: string | undefined, options: RunArguments): Promise<number> {
  const timeout = timeoutOf(options)
  return withIsotherm(session, enginesOf(options, session), async (isotherm, interrupt) => {
    const stack = await stackOf(isotherm, named)
    const preview = await isotherm.previewRollback(stack)
    const goal = 'its last complete template'
    const { yes = false, detach = false } = options
    const refused = await askBack({ preview, stack, goal }, yes, session, interrupt)
    if (refused !== undefined) return refused
    const command = () => isotherm.rollback(stack, timeout)
    const good = ({ status }: StackView) => status.endsWith('_COMPLETE')
    const value = { preview }
    return carryOut({ isotherm, session, interrupt, stack, exists: true, command, good, detach, value })
  })
}

export interface CancelArguments {
  readonly rollback: boolean
  readonly detach?: boolean
  readonly engine?: boolean
}

export async function cancel(session: Session, named: string | undefined, options: CancelArguments): Promise<number> {
  // The engine of this process would carry on what is to be cancelled in the moment before; that does no harm.
  return withIsotherm(session, enginesOf(options, session), async (isotherm, interrupt) => {
    const stack = await stackOf(isotherm, named)
    const command = () => isotherm.cancel(stack, { rollback: options.rollback })
    const good = ({ status }: StackView) => !options.rollback || status.endsWith('_COMPLETE')
    const { detach = false } = options
    return carryOut({ isotherm, session, interrupt, stack, exists: true, command, good, detach })
  })
}

export async function attach(session: Session, named: string | undefined, options: RunArguments): Promise<number> {
  return withIsotherm(session, enginesOf(options, session), async (isotherm, interrupt) => {
    const stack = await stackOf(isotherm, named)
    const command = () => isotherm.attach(stack)
    return carryOut({ isotherm, session, interrupt, stack, exists: true, command, good: reached, detach: false })
  })
}

export interface PatchArguments extends RunArguments {
  readonly onFailure: 'rollback' | 'stop' | 'continue'
}

/** With `-y` nothing is foretold: a patch then costs the same in a stack of any size. */
export async function patch(session: Session, stack: string, file: string, options: PatchArguments): Promise<number> {
  const { resources, warnings, placeOf } = await readPatch(file)
  const timeout = timeoutOf(options)
  return withIsotherm(session, enginesOf(options, session), async (isotherm, interrupt) => {
    await requireStack(isotherm, stack)
    await tellWarnings(session, warnings)
    const { yes = false, detach = false, onFailure } = options
    const preview = yes ? undefined : await isotherm.previewPatch(stack, { resources })
    if (preview && !session.terminal.json) session.terminal.print([...drawPreview(preview), []])
    const refused = preview && (await askAbout(preview, yes, session, interrupt))
    if (refused !== undefined) return refused
    const command = async () => {
      const run = await isotherm.patch(stack, { resources, onFailure, ...timeout })
      const placed = run.warnings?.map((warning) => ({ ...warning, ...placeOf(warning.path), file }))
      await tellWarnings(session, placed ?? [])
      return run
    }
    const carry = { isotherm, session, interrupt, stack, exists: true, command, good: reached, detach }
    return carryOut({ ...carry, ...(preview && { value: { preview } }) })
  })
}

async function requireStack(isotherm: Orchestrator, stack: string): Promise<void> {
  await isotherm.progress(stack, { limit: 1 })
}

async function tellWarnings({ terminal }: Session, warnings: readonly Problem[]): Promise<void> {
  if (warnings.length === 0) return
  const sources = await sourcesOf(warnings)
  terminal.say(drawProblems(warnings, (name) => sources.get(name)))
}

interface Patch extends Pick<ReturnType<typeof parseTemplate>, 'warnings' | 'placeOf'> {
  readonly resources: { readonly [name: string]: JsonObject | null }
}

async function readPatch(file: string): Promise<Patch> {
  const problems: Problem[] = []
  const parsed = parseTemplate({ text: await readText(file, 'patch', problems), file })
  if (problems.length > 0) throw new InvalidInput(problems)
  if (parsed.problems.length > 0) throw new InvalidInput(parsed.problems)
  const resources = fieldsOf(fieldsOf(parsed.document)?.resources)
  if (!resources || Object.keys(resources).length === 0) {
    const hint = 'a patch is a map resources: {name: definition, or null to remove it}'
    throw new InvalidInput([{ file, path: '', message: 'there are no resources in the patch', hint }])
  }
  const wrong = Object.entries(resources).find(([, value]) => value !== null && !fieldsOf(value))
  if (wrong) {
    const path = `resources.${wrong[0]}`
    throw new InvalidInput([
      { ...parsed.placeOf(path), file, path, message: 'expected a definition, or null to remove it' },
    ])
  }
  const given = Object.fromEntries(Object.entries(resources).map(([name, value]) => [name, fieldsOf(value) ?? null]))
  return { resources: given, warnings: parsed.warnings, placeOf: parsed.placeOf }
}

const fieldsOf = (value: Json | undefined): JsonObject | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined

/** Tells a resource something; the body is JSON, or plain text when it is not. */
export async function signal(
  session: Session,
  stack: string,
  resource: string,
  body: string | undefined,
  options: RunArguments,
): Promise<number> {
  const told = bodyOf(body)
  return withIsotherm(session, enginesOf(options, session), async (isotherm, interrupt) => {
    let message = ''
    const tell = async () => {
      message = await isotherm.signal(stack, resource, told)
    }
    return carryOn({ isotherm, session, interrupt, stack, tell, value: () => ({ message }), said: () => [[message]] })
  })
}

function bodyOf(body: string | undefined): Json {
  if (body === undefined) return null
  try {
    return JSON.parse(body) as Json
  } catch {
    throw new UsageError(`the signal's body is not JSON: ${body}`, `for example: '{"status": "SUCCESS"}'`)
  }
}
