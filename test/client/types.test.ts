// The package's declarations as its users compile them: strictly, declarations of packages included, with the browser's library,
// and without those of Node.
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { packageDirectory } from '../../src/lib/package-directory.js'

const run = promisify(execFile)

const PROGRAMS = {
  client: `
import { connect, InvalidInput, type PlanView, type StackView } from 'isotherm/client'
const isotherm = connect({ url: 'https://server.example', token: 'secret' })
const plan: Promise<PlanView> = isotherm.savePlan({ stack: 'web', template: { resources: {} }, keepSeconds: 60 })
plan.catch((error: unknown) => (error instanceof InvalidInput ? error.problems.map(({ path }) => path) : []))
export const status = (stack: StackView): string => stack.status
export async function watch(): Promise<void> {
  for await (const { status } of isotherm.watch('web')) console.log(status.length)
}
`,
  library: `
import { open, type Orchestrator, type StackView } from 'isotherm'
import { connect } from 'isotherm/client'
import { providerSuite } from 'isotherm/testing'
const either = async (local: boolean): Promise<Orchestrator> =>
  local ? open({ database: 'memory:' }) : connect({ url: 'https://server.example' })
export const stack = async (): Promise<StackView> => (await either(true)).stack('web')
export const suite: unknown = providerSuite
`,
}

test.each(['client', 'library'] as const)(
  'of the %s are complete in themselves',
  { timeout: 120_000 },
  async (entry) => {
    const directory = await mkdtemp(join(tmpdir(), 'isotherm-types-'))
    const root = fileURLToPath(packageDirectory)
    await mkdir(join(directory, 'node_modules'))
    await symlink(root, join(directory, 'node_modules', 'isotherm'))
    const compilerOptions = {
      noEmit: true,
      strict: true,
      skipLibCheck: false,
      exactOptionalPropertyTypes: true,
      target: 'es2022',
      module: 'nodenext',
      lib: ['es2023', 'dom', 'dom.iterable', 'dom.asynciterable'],
      types: [],
    }
    await writeFile(join(directory, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['program.ts'] }))
    await writeFile(join(directory, 'package.json'), '{"type": "module"}')
    await writeFile(join(directory, 'program.ts'), PROGRAMS[entry])
    const tsc = fileURLToPath(new URL('node_modules/typescript/bin/tsc', packageDirectory))
    const { stdout } = await run(process.execPath, [tsc, '-p', directory]).catch((error) => error)
    expect(stdout).toBe('')
    await rm(directory, { recursive: true, force: true })
  },
)
