// Templates judged without a database, many at once: for people with the lines themselves, for programs as one document.
import { writeFile } from 'node:fs/promises'
import { InvalidInput, type Problem, templateSchema } from '../../index.js'
import { count, type Line, many, toned } from '../draw/line.js'
import { drawProblems } from '../draw/problems.js'
import { EXIT, UsageError } from '../exit.js'
import { type DeclareArguments, readDeclaration, sourcesOf } from '../inputs.js'
import { type Session, withoutDatabase } from '../session.js'

export interface ValidateArguments extends DeclareArguments {
  readonly allowUnknownTypes?: boolean
}

interface Verdict {
  readonly file: string
  readonly problems: readonly Problem[]
}

const isError = ({ severity = 'error' }: Problem) => severity === 'error'

/** Every file is read and judged; the worst of them decides how it ends. */
export async function validate(
  session: Session,
  files: readonly string[],
  options: ValidateArguments,
): Promise<number> {
  const verdicts: Verdict[] = []
  for (const file of new Set(files)) verdicts.push({ file, problems: await problemsOf(session, file, options) })
  const problems = verdicts.flatMap((verdict) => verdict.problems)
  const errors = problems.filter(isError).length
  if (session.terminal.json) session.terminal.value(documentOf(verdicts, errors, problems.length - errors))
  else {
    const sources = await sourcesOf(problems)
    session.terminal.print([
      ...verdicts.flatMap((verdict) => drawVerdict(verdict, sources)),
      ...(verdicts.length > 1 || problems.length > 0 ? [[], countOf(verdicts, errors, problems.length - errors)] : []),
    ])
  }
  return errors === 0 ? EXIT.done : EXIT.badInput
}

async function problemsOf(session: Session, file: string, options: ValidateArguments): Promise<readonly Problem[]> {
  const { allowUnknownTypes = false } = options
  try {
    const { globals } = session
    const { declaration } = await readDeclaration(
      { globals },
      file,
      { ...options, stack: 'validate' },
      { allowUnknownTypes },
    )
    return await withoutDatabase(session, (isotherm) => isotherm.validate({ ...declaration, allowUnknownTypes }))
  } catch (error) {
    if (error instanceof InvalidInput) return error.problems
    throw error
  }
}

/** What `--json` promises (docs/guide/editors.md): fields may come, none goes. */
function documentOf(verdicts: readonly Verdict[], errors: number, warnings: number): object {
  return {
    valid: errors === 0,
    errors,
    warnings,
    files: verdicts.map(({ file, problems }) => ({
      file,
      valid: !problems.some(isError),
      problems: problems.map((problem) => ({ severity: 'error', ...problem })),
    })),
  }
}

function drawVerdict({ file, problems }: Verdict, sources: ReadonlyMap<string, string>): Line[] {
  const lines = drawProblems(problems, (name) => sources.get(name))
  return problems.some(isError) ? lines : [...lines, [`${file}: `, toned('good', 'valid')]]
}

function countOf(verdicts: readonly Verdict[], errors: number, warnings: number): Line {
  const found = [errors > 0 && many(errors, 'error'), warnings > 0 && many(warnings, 'warning')].filter(Boolean)
  const affected = verdicts.filter(({ problems }) => problems.length > 0).length
  if (found.length === 0) return [toned('good', `${many(verdicts.length, 'file')}, no problems`)]
  const where = verdicts.length > 1 ? ` in ${count(affected)} of ${many(verdicts.length, 'file')}` : ''
  return [toned(errors > 0 ? 'bad' : 'warn', `${found.join(' and ')}${where}`)]
}

export interface SchemaArguments {
  readonly output?: string
  readonly allowUnknownTypes?: boolean
}

/** The JSON Schema of templates with the types that there are. */
export async function schema(
  session: Session,
  { output, allowUnknownTypes = false }: SchemaArguments,
): Promise<number> {
  const found = await withoutDatabase(session, async (isotherm) =>
    templateSchema(await isotherm.typeViews(), { allowUnknownTypes }),
  )
  const text = `${JSON.stringify(found, null, 2)}\n`
  if (output === undefined) session.terminal.text(text)
  else {
    await writeFile(output, text).catch((error: unknown) => {
      throw new UsageError(`--output ${output}: ${error instanceof Error ? error.message : String(error)}`)
    })
    if (session.terminal.json) session.terminal.value({ output })
    else session.terminal.print([['The schema is in ', toned('name', output), '.']])
  }
  return EXIT.done
}
