// The documentation is true: each TypeScript program in it is checked by the compiler and run, and each template is read.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { formatProblem, type Isotherm, open, readEnvironments } from '../src/index.js'
import { serve } from '../src/server/serve.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const pages = [
  'README.md',
  'ARCHITECTURE.md',
  ...(await readdir(join(root, 'docs/guide')))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/guide/${name}`),
].filter((page) => existsSync(join(root, page)))

interface Block {
  readonly page: string
  readonly line: number
  readonly text: string
}

async function blocks(language: string): Promise<Block[]> {
  const found: Block[] = []
  for (const page of pages) {
    const text = await readFile(join(root, page), 'utf8')
    for (const match of text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))) {
      found.push({ page, line: text.slice(0, match.index).split('\n').length, text: match[1] ?? '' })
    }
  }
  return found
}

let folder = ''
let isotherm: Isotherm
let server: Awaited<ReturnType<typeof serve>>
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'isotherm-docs-'))
  await mkdir(join(folder, 'node_modules/@types'), { recursive: true })
  await symlink(root, join(folder, 'node_modules/isotherm'))
  await symlink(join(root, 'node_modules/@types/node'), join(folder, 'node_modules/@types/node'))
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  isotherm = await open({ database: 'memory:', engines: 0 })
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  server = await serve({ database: 'memory:', host: '127.0.0.1', port: 0, auth: 'none', revision: 'docs', log })
})
afterAll(async () => {
  await isotherm.close()
  await server.close()
  await rm(folder, { recursive: true, force: true })
})

const programs = await blocks('ts')

describe('programs', () => {
  test('there are some, and the compiler accepts all of them', async () => {
    expect(programs.length).toBeGreaterThan(3)
    const files = programs.map((_, i) => join(folder, `program${i}.ts`))
    await Promise.all(programs.map(({ text }, i) => writeFile(files[i] ?? '', text)))
    const options: ts.CompilerOptions = {
      strict: true,
      noEmit: true,
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      skipLibCheck: true,
      types: ['node'],
      typeRoots: [join(folder, 'node_modules/@types')],
    }
    const found = ts.getPreEmitDiagnostics(ts.createProgram(files, options))
    expect(
      found.map((one) => `${one.file?.fileName}: ${ts.flattenDiagnosticMessageText(one.messageText, '\n')}`),
    ).toEqual([])
  }, 60_000)

  test.each(programs.map((program, i) => [`${program.page}:${program.line}`, program, i] as const))(
    '%s runs',
    async (_, { text }, i) => {
      const module = ts.ModuleKind.ESNext
      const target = ts.ScriptTarget.ES2023
      const file = join(folder, `program${i}.mjs`)
      await writeFile(file, ts.transpileModule(text, { compilerOptions: { module, target } }).outputText)
      const { stdout } = await promisify(execFile)(process.execPath, [file], {
        cwd: folder,
        timeout: 60_000,
        env: { ...process.env, ISOTHERM_SERVER: server.url },
      })
      expect(stdout).not.toBe('')
    },
    90_000,
  )
})

describe('templates', async () => {
  // `# file: name.yaml` says under which name the other templates of the page know this one.
  const files: { [name: string]: string } = {}
  for (const { text } of await blocks('yaml')) {
    const name = /^# file: (\S+)$/m.exec(text)?.[1]
    if (name !== undefined) files[name] = text
  }
  test.each(
    (await blocks('yaml'))
      .filter(({ text }) => /^(heat_template_version|\w+TemplateFormatVersion):/m.test(text))
      .map((block) => [`${block.page}:${block.line}`, block.text]),
  )('%s is accepted', async (_, template) => {
    expect((await isotherm.validate({ template, files })).map(formatProblem)).toEqual([])
  })
})

describe('environments', async () => {
  test.each(
    (await blocks('yaml'))
      .filter(({ text }) => text.startsWith('# environment'))
      .map((block) => [`${block.page}:${block.line}`, block.text]),
  )('%s is accepted', (_, text) => {
    expect(() => readEnvironments([{ text }])).not.toThrow()
  })
})
