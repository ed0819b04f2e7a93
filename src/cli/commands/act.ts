// Actions on a stack: what is done to it without changing its template.
import { writeFile } from 'node:fs/promises'
import { InvalidInput, type Json, type JsonObject, type Problem, type StackView } from '../../index.js'
import { isJsonObject } from '../../lib/json.js'
import { EXIT, UsageError } from '../exit.js'
import { readText } from '../inputs.js'
import { type Session, withIsotherm } from '../session.js'
import { enginesOf, type RunArguments, timeoutOf } from './change.js'
import { stackOf } from './look.js'
import { ask, carryOut } from './run.js'

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

export interface AbandonArguments extends RunArguments {
  readonly output?: string
}

/** The document goes to a file, or to stdout alone, so that it can be piped. */
export async function abandon(session: Session, stack: string, options: AbandonArguments): Promise<number> {
  const { yes = false, output } = options
  return withIsotherm(session, enginesOf(options, session), async (isotherm, interrupt) => {
    await isotherm.progress(stack, { limit: 1 })
    const question = `Forget ${stack}, and leave its things where they are?`
    const refused = await ask(question, yes, session, interrupt, `it would forget ${stack}`)
    if (refused !== undefined) return refused
    const { document, run } = await isotherm.abandon(stack)
    const text = JSON.stringify(document, null, 2)
    if (output === undefined) session.terminal.text(text)
    else await writeFile(output, `${text}\n`, { mode: 0o600 })
    if (!options.detach && isotherm.worksHere) await run.settled({ signal: interrupt.signal })
    if (output !== undefined && !session.terminal.json)
      session.terminal.print([[`${stack} is forgotten; ${output} says what it was`]])
    return EXIT.done
  })
}

export interface AdoptArguments extends RunArguments {
  readonly stack?: string
  readonly template?: string
  readonly parameter: readonly string[]
}

export async function adopt(session: Session, file: string, options: AdoptArguments): Promise<number> {
  const document = await readDocument(file)
  const { detach = false, template: templateFile } = options
  const stack = options.stack ?? (typeof document.name === 'string' ? document.name : undefined)
  if (stack === undefined) throw new UsageError(`${file} names no stack`, 'name it with --stack')
  const problems: Problem[] = []
  const template = templateFile === undefined ? undefined : await readText(templateFile, 'template', problems)
  if (problems.length > 0) throw new InvalidInput(problems)
  const parameters = Object.fromEntries(options.parameter.map(parameterOf))
  const command = { stack, document, parameters, ...(template !== undefined && { template }), ...timeoutOf(options) }
  return withIsotherm(session, enginesOf(options, session), (isotherm, interrupt) =>
    carryOut({
      isotherm,
      session,
      interrupt,
      stack,
      exists: false,
      command: () => isotherm.adopt(command).catch((error: unknown) => throwIn(file, error)),
      good: complete,
      detach,
    }),
  )
}

/** What is wrong with a document stands in it, but for what has a file of its own. */
function throwIn(file: string, error: unknown): never {
  if (!(error instanceof InvalidInput)) throw error
  throw new InvalidInput(error.problems.map((problem) => ({ file, ...problem })))
}

function parameterOf(word: string): [string, string] {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(word) ?? []
  if (name === undefined || value === undefined) throw new UsageError(`-P ${word}: expected NAME=VALUE`)
  return [name, value]
}

async function readDocument(file: string): Promise<JsonObject> {
  const problems: Problem[] = []
  const text = await readText(file, 'document', problems)
  if (problems.length > 0) throw new InvalidInput(problems)
  const document = documentIn(text, file)
  if (isJsonObject(document)) return document
  throw new InvalidInput([{ file, path: '', message: 'expected a JSON object, as isotherm abandon prints it' }])
}

function documentIn(text: string, file: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error)
    const position = /position (\d+)/.exec(said)?.[1]
    const line = text.slice(0, position === undefined ? text.length : Number(position)).split('\n').length
    const hint = 'it is what isotherm abandon prints; a template of its own goes to --template'
    throw new InvalidInput([{ file, line, path: '', message: `this is not JSON: ${said}`, hint }])
  }
}
