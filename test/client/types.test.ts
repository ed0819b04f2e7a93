// The client's declarations as its users compile them: strictly, with the browser's library, and without those of Node.
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { packageDirectory } from '../../src/lib/package-directory.js'

const run = promisify(execFile)

const PROGRAM = `
import { connect, InvalidInput, type PlanView, type StackView } from 'isotherm/client'
const isotherm = connect({ url: 'https://server.example', token: 'secret' })
const plan: Promise<PlanView> = isotherm.savePlan({ stack: 'web', template: { resources: {} }, keepSeconds: 60 })
plan.catch((error: unknown) => (error instanceof InvalidInput ? error.problems.map(({ path }) => path) : []))
export const status = (stack: StackView): string => stack.status
export async function watch(): Promise<void> {
  for await (const { status } of isotherm.watch('web')) console.log(status.length)
}
`

test('are complete in themselves', { timeout: 120_000 }, async () => {
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
  await writeFile(join(directory, 'program.ts'), PROGRAM)
  const tsc = fileURLToPath(new URL('node_modules/typescript/bin/tsc', packageDirectory))
  const { stdout } = await run(process.execPath, [tsc, '-p', directory]).catch((error) => error)
  expect(stdout).toBe('')
  await rm(directory, { recursive: true, force: true })
})
