// What all commands that change a stack have in common: they show what will happen, ask where something would be lost,
// follow the work, and say how it ended.
import { InvalidInput, type Orchestrator, type Preview, type Run, type StackView } from '../../index.js'
import { type Line, tame, toned } from '../draw/line.js'
import { drawEnd, drawFinal, drawOutputs, drawShare, wordsToGoOn } from '../draw/live.js'
import { drawLosses, drawPreview } from '../draw/preview.js'
import { EXIT, UsageError } from '../exit.js'
import { type Followed, Follower } from '../follow.js'
import type { Interrupt } from '../interrupt.js'
import { commandLine, isShared, type Session } from '../session.js'

export interface Carry {
  readonly isotherm: Orchestrator
  readonly session: Session
  readonly interrupt: Interrupt
  readonly stack: string
  /** The stack exists already. */
  readonly exists: boolean
  readonly command: () => Promise<Run>
  /** Whether the stack has come to what was asked for. */
  readonly good: (stack: StackView) => boolean
  /** Return as soon as the command is stored. */
  readonly detach: boolean
  /** Added to the document of `--json`. */
  readonly value?: object
  /** Without the tree: nothing was to be done. */
  readonly brief?: boolean
}

/** Issues the command and follows it to its end. @returns the exit code. */
export async function carryOut(carry: Carry): Promise<number> {
  const { isotherm, session, interrupt, stack } = carry
  const { terminal } = session
  const follower = new Follower(isotherm, stack, session, interrupt.signal)
  // Who does not stay need not listen.
  if (carry.exists && !carry.detach) await follower.begin()
  const run = await carry.command()
  const alone = !isotherm.worksHere && (await sayIfAlone(carry))
  if (carry.detach) return sayDetached(carry, alone ? undefined : 'The command is stored; engines carry it out.')
  // Of an embedded database this process is the owner: nobody could clear a hook or signal anything before it ends.
  const untilPaused = isotherm.worksHere && !isShared(session.globals)
  const { stack: settled, scene, paused } = await follower.follow(run, { untilPaused })
  if (!settled && paused.length > 0) return sayPaused(carry, scene, paused)
  if (!settled) {
    const share = drawShare(scene.view, scene.initially)
    const calls = isotherm.worksHere ? ' Running calls get 5 s to finish; Ctrl-C again leaves at once.' : ''
    sayDetached(carry, `Detached from ${stack}, ${share}.${calls}`)
    return EXIT.detached
  }
  const good = carry.good(settled)
  if (terminal.json) {
    const resources =
      settled.deletedAt === null ? await isotherm.resources(stack, { nestedDepth: session.nestedDepth }) : []
    terminal.value({ ...carry.value, stack: settled, resources })
  } else {
    const tree = carry.brief ? [] : drawFinal(scene)
    terminal.print([
      ...gap(tree),
      ...drawEnd(settled, good, scene.elapsedSeconds),
      ...under(drawOutputs(settled.outputs)),
    ])
    if (!good) terminal.say(adviceOf(settled, scene.view.total, session))
  }
  return good ? EXIT.done : EXIT.failed
}

/** Something that is told to a stack, whatever it is at; not a command of its own. */
interface Told extends Pick<Carry, 'isotherm' | 'session' | 'interrupt' | 'stack'> {
  readonly tell: () => Promise<void>
  /** What it came to: for `--json`, and for people. */
  readonly value: () => object
  readonly said: () => Line[]
}

/**
 * Tells it, and goes on with what it sets going: by itself where no engine is elsewhere, as `up` does. Where engines are at work
 * whoever waits for the stack follows it, and this returns at once. @returns the exit code.
 */
export async function carryOn(told: Told): Promise<number> {
  const { isotherm, session, interrupt, tell, value, said } = told
  const { terminal } = session
  const stack = await outermost(isotherm, told.stack)
  const isAtWork = async () => (await isotherm.progress(stack, { limit: 1 })).status.endsWith('IN_PROGRESS')
  const telling = async () => {
    await tell()
    if (!terminal.json) terminal.print(said())
  }
  const follow = (command: () => Promise<void>) =>
    carryOut({
      ...{ isotherm, session, interrupt, stack, exists: true, detach: false, good: isComplete },
      get value() {
        return value()
      },
      command: async () => {
        await command()
        return isotherm.attach(stack)
      },
    })
  if (isotherm.worksHere && (await isAtWork())) return follow(telling)
  await telling()
  const goesOn = await isAtWork()
  if (isotherm.worksHere && goesOn) return follow(async () => {})
  if (terminal.json) terminal.value(value())
  if (goesOn) await sayIfAlone({ isotherm, session, stack })
  return EXIT.done
}

/** What was told may have made the stack fail: one that was rolled back has not come to what was wanted. */
const isComplete = ({ status }: StackView) => status.endsWith('_COMPLETE') && !status.startsWith('ROLLBACK')

/** Of a stack that is nested in another: that one is what goes on. */
async function outermost(isotherm: Orchestrator, stack: string): Promise<string> {
  let view = await isotherm.stack(stack)
  while (view.parent !== null) view = await isotherm.stack({ id: view.parent })
  return view.name
}

/** An engine that has not been heard of for longer is dead or about to be found so. */
const PULSE_SECONDS_MAX = 15

/** Without an engine the command is stored and nothing happens, which would look like a program that hangs. @returns whether there is none. */
async function sayIfAlone(carry: Pick<Carry, 'isotherm' | 'session' | 'stack'>): Promise<boolean> {
  const living = (await carry.isotherm.engines()).filter(({ pulseSeconds }) => pulseSeconds < PULSE_SECONDS_MAX)
  if (living.length === 0) sayAlone(carry)
  return living.length === 0
}

function sayAlone({ session, stack }: Pick<Carry, 'session' | 'stack'>): void {
  if (session.globals.server !== undefined) {
    const text = 'No engine is at work behind the server: the command is stored, and waits for one.'
    session.terminal.say([[toned('warn', text)]])
    return
  }
  if (!isShared(session.globals)) {
    const text = 'Nobody is at work on this database: what was told is stored.'
    session.terminal.say([
      [toned('warn', text)],
      ['Go on with: ', toned('name', commandLine(['attach', stack], session.globals))],
    ])
    return
  }
  const start = commandLine(['engine'], session.globals)
  session.terminal.say([
    [toned('warn', 'No engine is at work on this database: the command is stored, and waits for one.')],
    ['Start one: ', toned('name', start), ', or give the command with --engine'],
  ])
}

const gap = (lines: Line[]): Line[] => (lines.length === 0 ? [] : [[], ...lines, []])
const under = (lines: Line[]): Line[] => (lines.length === 0 ? [] : [[], ...lines])

/** @param text undefined when it has been said already that nobody is at work, and how to go on. */
function sayDetached({ session, stack, value }: Carry, text: string | undefined): number {
  const back = commandLine(['attach', stack], session.globals)
  if (session.terminal.json) session.terminal.value({ ...value, detached: true, attach: back })
  if (text !== undefined) session.terminal.say([[text], ['Nothing is lost. Come back with: ', toned('name', back)]])
  return EXIT.done
}

function sayPaused({ session, stack, value }: Carry, scene: Followed['scene'], paused: Followed['paused']): number {
  const { terminal, globals } = session
  const commands = wordsToGoOn(stack, paused).map((words) => commandLine(words, globals))
  const isHeld = paused.some(({ hook }) => hook !== null)
  if (terminal.json) terminal.value({ ...value, paused, goOn: commands, ...(isHeld && { clear: commands[0] }) })
  else terminal.print(gap(drawFinal(scene)))
  const held = paused.map(({ resource, hook, signal }): Line => {
    const what = hook === null ? ` waits for a signal to ${tame(signal ?? '')}` : ` waits at its hook ${hook}`
    return ['  ', toned('bold', tame(resource)), what]
  })
  const until = paused.every(({ hook }) => hook !== null) ? 'hooks are cleared' : isHeld ? 'people act' : 'signals come'
  terminal.say([
    [
      toned('warn', `${stack} is paused, ${drawShare(scene.view, scene.initially)}.`),
      ` Nothing goes on before ${until}:`,
    ],
    ...held,
    ...commands.map((command): Line => ['Let them go on with: ', toned('name', command)]),
  ])
  return EXIT.paused
}

/** @param left so many things it still has. */
function adviceOf({ name, status }: StackView, left: number, { globals }: Session): Line[] {
  if (status === 'CHECK_FAILED') {
    const found = commandLine(['resources', name], globals)
    return [[toned('dim', 'The next up mends what differs, and preview says how. What was found stands in: '), found]]
  }
  const events = commandLine(['events', name], globals)
  const rolledBack = status === 'ROLLBACK_COMPLETE'
  const back = left === 0 ? 'Nothing is left of what was made.' : 'The stack is back at its last complete template.'
  const text = rolledBack
    ? `${back} What went wrong stands in: `
    : 'Mend the cause and give the command again, or look closer: '
  return [[toned('dim', text), events]]
}

/** Asks before anything is lost. @returns an exit code when the user does not want it, undefined to go on. */
export async function askAbout(
  preview: Preview,
  yes: boolean,
  session: Session,
  interrupt: Interrupt,
): Promise<number | undefined> {
  const losses = drawLosses(preview)
  if (!yes) refuseForetold(preview)
  if (losses === undefined) return undefined
  return ask(`Going on will ${losses}. Go on?`, yes, session, interrupt, `it would ${losses}`)
}

interface WayBack {
  readonly preview: Preview
  readonly stack: string
  /** Where to, in words. */
  readonly goal: string
  /** What the preview cannot tell. */
  readonly also?: string
}

/** Shows what the way back would do, and asks in any case: it is not what somebody has just written. @returns as `askAbout` */
export async function askBack(
  { preview, stack, goal, also }: WayBack,
  yes: boolean,
  session: Session,
  interrupt: Interrupt,
): Promise<number | undefined> {
  if (!session.terminal.json)
    session.terminal.print([...drawPreview(preview), ...(also === undefined ? [] : [[], [toned('dim', also)]]), []])
  if (!yes) refuseForetold(preview)
  const losses = drawLosses(preview)
  const consequence = `it would bring ${stack} back to ${goal}${losses === undefined ? '' : `: ${losses}`}`
  const question = `Bring ${stack} back to ${goal}${losses === undefined ? '' : ` (${losses})`}?`
  return ask(question, yes, session, interrupt, consequence)
}

/**
 * Nobody is asked about what cannot be done. Whoever has said yes beforehand hears it from the command itself, which is carried
 * out if it can be by then. Throws InvalidInput.
 */
export function refuseForetold({ changes }: Preview): void {
  const problems = changes
    .filter(({ refused }) => refused)
    .map(({ name, problem = '' }) => ({
      path: `resources.${name}`,
      message: problem.startsWith(name) ? problem : `${name}: ${problem}`,
    }))
  if (problems.length > 0) throw new InvalidInput(problems)
}

/** @param consequence for whoever cannot be asked. */
export async function ask(
  question: string,
  yes: boolean,
  { terminal }: Session,
  interrupt: Interrupt,
  consequence: string,
): Promise<number | undefined> {
  if (yes) return undefined
  if (!terminal.interactive) {
    throw new UsageError(`not done: ${consequence}, and nobody can be asked`, 'add -y to go on without asking')
  }
  if (await terminal.confirm(question, interrupt.signal, interrupt.trigger)) return undefined
  terminal.say([['Nothing was changed.']])
  return interrupt.signal.aborted ? EXIT.detached : EXIT.failed
}
