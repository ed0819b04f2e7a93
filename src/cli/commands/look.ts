// Commands that look and change nothing. None of them runs an engine.
import { type EventView, NotFound, type Orchestrator } from '../../index.js'
import { drawDot, drawMermaid, pictureOf } from '../draw/graph.js'
import type { Line } from '../draw/line.js'
import { drawOutputs } from '../draw/live.js'
import { drawSvg } from '../draw/svg.js'
import { drawEvent, drawNested, drawResource, drawResources, drawStack, drawStacks, drawWhy } from '../draw/tables.js'
import { drawType, drawTypes } from '../draw/types.js'
import { EXIT, UsageError } from '../exit.js'
import { type DeclareArguments, readDeclaration } from '../inputs.js'
import { numberOf } from '../number.js'
import { type Session, withIsotherm, withoutDatabase } from '../session.js'

/** The stack that is named, or the only one there is. */
export async function stackOf(isotherm: Orchestrator, named: string | undefined): Promise<string> {
  if (named !== undefined) {
    await isotherm.progress(named, { limit: 1 })
    return named
  }
  const names = (await isotherm.stacks()).map(({ name }) => name)
  const [only, ...others] = names
  if (only === undefined) throw new NotFound('there are no stacks yet')
  if (others.length === 0) return only
  const some = `${names.slice(0, 10).join(', ')}${names.length > 10 ? ', …' : ''}`
  throw new UsageError('which stack? There is more than one', `name one of ${some}`)
}

/** One answer, for a program or for people. */
function answer(session: Session, value: unknown, draw: () => Line[]): number {
  if (session.terminal.json) session.terminal.value(value)
  else session.terminal.print(draw())
  return EXIT.done
}

export const list = (session: Session, options: { readonly nested?: boolean } = {}): Promise<number> =>
  withIsotherm(session, 0, async (isotherm) => {
    const stacks = await isotherm.stacks(options)
    return answer(session, stacks, () => drawStacks(stacks))
  })

export const show = (session: Session, named: string | undefined): Promise<number> =>
  withIsotherm(session, 0, async (isotherm) => {
    const stack = await isotherm.stack(await stackOf(isotherm, named))
    const { nestedDepth } = session
    if (nestedDepth === 0) return answer(session, stack, () => drawStack(stack))
    const nested = await isotherm.nested({ id: stack.id }, { nestedDepth })
    return answer(session, { ...stack, nested }, () => [...drawStack(stack), ...drawNested(nested)])
  })

export const resources = (session: Session, named: string | undefined, resource: string | undefined): Promise<number> =>
  withIsotherm(session, 0, async (isotherm) => {
    const stack = await stackOf(isotherm, named)
    if (resource !== undefined) {
      const found = await isotherm.resource(stack, resource)
      return answer(session, found, () => drawResource(found))
    }
    const found = await isotherm.resources(stack, { nestedDepth: session.nestedDepth })
    return answer(session, found, () => drawResources(found))
  })

export const outputs = (session: Session, named: string | undefined, output: string | undefined): Promise<number> =>
  withIsotherm(session, 0, async (isotherm) => {
    const stack = await stackOf(isotherm, named)
    const found = await isotherm.outputs(stack)
    if (output === undefined) {
      return answer(session, found, () => {
        const lines = drawOutputs(found)
        return lines.length === 0 ? [['There are no outputs.']] : lines
      })
    }
    const one = Object.hasOwn(found, output) ? found[output] : undefined
    if (!one)
      throw new NotFound(`stack ${stack} has no output ${output}; it has ${Object.keys(found).join(', ') || 'none'}`)
    if (one.error !== undefined) throw new NotFound(`output ${output} is not known: ${one.error}`)
    // Alone and bare, so that a script can use it as it is.
    if (session.terminal.json || typeof one.value !== 'string') session.terminal.value(one.value)
    else session.terminal.text(one.value)
    return EXIT.done
  })

export interface EventsArguments {
  readonly follow?: boolean
  readonly after?: string
  readonly last?: string
}

const PAGE = 1_000

export const events = (
  session: Session,
  named: string | undefined,
  { follow, after: given, last: newest }: EventsArguments,
): Promise<number> =>
  withIsotherm(session, 0, async (isotherm, interrupt) => {
    const stack = await stackOf(isotherm, named)
    if (given !== undefined && !/^\d+-\d+$/.test(given)) {
      throw new UsageError(`--after ${given}: that is no event's id`, 'ids stand in brackets behind each event')
    }
    let after = given
    const depth = { nestedDepth: session.nestedDepth }
    const tell = (some: readonly EventView[]) => {
      if (session.terminal.json) session.terminal.values(some)
      else session.terminal.print(some.map((event) => drawEvent(event, true)))
    }
    if (newest !== undefined) {
      const some = await isotherm.events(stack, {
        ...depth,
        last: numberOf('--last', newest, { least: 1, whole: true }),
      })
      tell(some)
      if (!follow) return EXIT.done
      after = some.at(-1)?.id
    }
    if (follow) {
      const options = { ...depth, signal: interrupt.signal, ...(after !== undefined && { after }) }
      for await (const event of isotherm.watch(stack, options)) tell([event])
      return EXIT.done
    }
    for (let last = after; ; ) {
      const page = await isotherm.events(stack, { ...depth, limit: PAGE, ...(last !== undefined && { after: last }) })
      tell(page)
      last = page.at(-1)?.id
      if (page.length < PAGE) return EXIT.done
    }
  })

export const why = (session: Session, stack: string, resource: string): Promise<number> =>
  withIsotherm(session, 0, async (isotherm) => {
    const found = await isotherm.why(stack, resource)
    return answer(session, found, () => drawWhy(found))
  })

export interface GraphArguments extends DeclareArguments {
  readonly output: 'dot' | 'mermaid' | 'svg'
  readonly template?: string
}

export async function graph(session: Session, named: string | undefined, options: GraphArguments): Promise<number> {
  const [title, found] =
    options.template === undefined
      ? await withIsotherm(session, 0, async (isotherm) => {
          const stack = await stackOf(isotherm, named)
          return [stack, await isotherm.graph(stack)] as const
        })
      : await graphOfTemplate(session, options.template, options)
  if (session.terminal.json) {
    session.terminal.value(found)
    return EXIT.done
  }
  const draw = { dot: drawDot, mermaid: drawMermaid, svg: drawSvg }[options.output]
  session.terminal.text(draw(pictureOf(title, found)))
  return EXIT.done
}

async function graphOfTemplate(session: Session, template: string, options: GraphArguments) {
  const { declaration } = await readDeclaration(session, template, options)
  return [declaration.stack, await withoutDatabase(session, (isotherm) => isotherm.graphOf(declaration))] as const
}

export const types = (session: Session, name: string | undefined): Promise<number> =>
  withoutDatabase(session, async (isotherm) => {
    const all = await isotherm.typeViews()
    if (name === undefined) return answer(session, all, () => drawTypes(all))
    const one = all.find((type) => type.name === name)
    if (!one) throw new NotFound(`there is no type ${name}; isotherm types lists those there are`)
    return answer(session, one, () => drawType(one))
  })
