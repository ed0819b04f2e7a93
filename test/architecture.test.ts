// The linter as a unit test: what our tools do not check and a reviewer would have to. The rules are in architecture.ts.
import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { describe, expect, test } from 'vitest'
import { breaches, machinePaths } from './architecture.js'

const root = join(import.meta.dirname, '..')
const NOT_OURS = new Set(['node_modules', 'dist', 'coverage', '.git', '.isotherm', 'package-lock.json'])
const CODE = /^(src|simulator|scenarios|bench|scripts|test|examples)\/.*\.(ts|mjs)$/
const BINARY = /\.(png|jpg|gif|ico|woff2?|gz|zip)$/

function filesUnder(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => !NOT_OURS.has(entry.name))
    .flatMap((entry) => {
      const path = posix.join(folder, entry.name)
      if (entry.isDirectory()) return filesUnder(path)
      return entry.isFile() ? [path] : []
    })
}

const read = (path: string) => ({ path, text: readFileSync(join(root, path), 'utf8') })
const manifest: { dependencies: Record<string, string> } = JSON.parse(read('package.json').text)
const dependencies = Object.keys(manifest.dependencies)
const files = filesUnder('.')

describe('this repository', () => {
  test('keeps the rules of the house in every source file', () => {
    const sources = files.filter((path) => CODE.test(path))
    expect(sources.length).toBeGreaterThan(10)
    expect(sources.flatMap((path) => breaches(read(path), dependencies))).toEqual([])
  })

  test('names no path of the machine it was written on', () => {
    const texts = files.filter((path) => !BINARY.test(path))
    expect(texts.flatMap((path) => machinePaths(read(path)))).toEqual([])
  })
})

/** The messages for a file at `path` whose body, below a proper opening comment, is `body`. */
const messages = (path: string, body: string): string[] =>
  breaches({ path, text: `// A file.\n${body}\n` }, ['yaml', '@electric-sql/pglite'])

describe('the rules object to', () => {
  test.each([
    ['must not import src/template/x.js', 'src/lib/a.ts', `import { x } from '../template/x.js'`],
    ['must not import src/store/x.js', 'src/graph/a.ts', `export * from '../store/x.js'`],
    ['must not import src/engine/x.js', 'src/store/a.ts', `import type { T } from '../engine/x.js'`],
    ['must not import src/provider/x.js', 'src/store/a.ts', `const x = await import('../provider/x.js')`],
    ['must not import src/api/x.js', 'src/engine/a.ts', `type X = import('../api/x.js').X`],
    ['must not import src/graph/x.js', 'src/provider/a.ts', `import { x } from '../graph/x.js'`],
    ['must not import src/engine/x.js', 'src/provider/deep/a.ts', `import { x } from '../../engine/x.js'`],
    ['must not import simulator/world.js', 'src/api/a.ts', `import { x } from '../../simulator/world.js'`],
    ['must not import src/index.js', 'src/api/a.ts', `import { x } from '../index.js'`],
    ['must not import src/cli/main.js', 'src/index.ts', `export * from './cli/main.js'`],
    ['src/utils has no place in the order of layers', 'src/utils/a.ts', ''],
    ['must not load ../api/x.js', 'src/client/a.ts', `import { x } from '../api/x.js'`],
    ['must not load node:fs', 'src/client/a.ts', `import { readFileSync } from 'node:fs'`],
    ['must not import src/client/x.js', 'src/server/a.ts', `import { x } from '../client/x.js'`],
    ['vitest is not a dependency of users', 'src/lib/a.ts', `import { test } from 'vitest'`],
    ['node:fs in a pure layer', 'src/template/a.ts', `import { readFileSync } from 'node:fs'`],
    ['async in a pure layer', 'src/template/a.ts', `export async function x() {}`],
    ['Promise in a pure layer', 'src/graph/a.ts', `export type X = Promise<number>`],
    ['await in a pure layer', 'src/graph/a.ts', `await x()`],
    ['SQL stands only in src/store', 'src/engine/a.ts', 'const x = `\n  select a\n  from b where c = $' + '{d}`'],
    ['SQL stands only in src/store', 'src/api/a.ts', `const x = 'update stacks set name = $1'`],
    ['SQL stands only in src/store', 'src/api/a.ts', 'const x = `with t as (select 1) select 2`'],
    ['a file has at most 400 lines', 'bench/a.ts', 'x()\n'.repeat(400)],
    ['says any', 'test/a.ts', `const x = y as any`],
    ['silences a checker', 'test/a.ts', `// @ts-expect-error because\nx()`],
    ['silences a checker', 'test/a.ts', `f(/* ${'biome'}-ignore */ x)`],
    ['leaves a note of unfinished work', 'test/a.ts', `x() // ${'TO'}${'DO'} later`],
    ['test.skip leaves tests out', 'src/lib/a.test.ts', `test.skip('x', () => {})`],
    ['describe.only leaves tests out', 'src/lib/a.test.ts', `describe.concurrent.only('x', () => {})`],
    ['it.skipIf leaves tests out', 'src/lib/a.test.ts', `it.skipIf(x)('y', () => {})`],
  ])('what %s (%s)', (message, path, body) => {
    expect(messages(path, body).map((line) => line.replace(/^\S+ /, ''))).toEqual([message])
  })

  test('a file that does not say what it is', () => {
    const text = `import { x } from './x.js'\n`
    expect(breaches({ path: 'src/lib/a.ts', text }, [])).toEqual([
      'src/lib/a.ts:1 must open with a comment on its place',
    ])
  })

  test('a path of the writer, at its line', () => {
    const text = `one\ncd ${'/home'}/ada/isotherm\n${'/root'}/notes.txt`
    expect(machinePaths({ path: 'README.md', text })).toHaveLength(2)
    expect(machinePaths({ path: 'README.md', text })[0]).toMatch(/^README.md:2 /)
  })
})

describe('the rules allow', () => {
  test.each([
    [
      'src/cli/a.ts',
      `import { x } from '../api/x.js'\nimport { y } from '../provider/y.js'\nimport { z } from '../lib/z.js'`,
    ],
    [
      'src/provider/a.ts',
      `import { x } from './x.js'\nimport { y } from '../lib/y.js'\nimport { z } from '../template/z.js'`,
    ],
    ['src/testing.ts', `export * from './provider/suite.js'\nexport * from './api/open.js'`],
    ['src/store/a.ts', `import { PGlite } from '@electric-sql/pglite'\nconst x = 'delete from resources'`],
    ['src/graph/a.test.ts', `import { test } from 'vitest'\nimport { x } from '../../test/postgres.js'\nawait x()`],
    [
      'src/template/a.ts',
      `import { createHash } from 'node:crypto'\nconst x = 'async, any, Promise and select one of them'`,
    ],
    ['src/api/a.ts', `const x = 'select a stack'\nconst y = 'update the stack'\nconst anything = x`],
  ])('what a file of its kind does: %s', (path, body) => {
    expect(messages(path, body)).toEqual([])
  })

  test('an executable file, and paths that everybody has', () => {
    expect(breaches({ path: 'src/cli/main.ts', text: '#!/usr/bin/env node\n// The program.\n' }, [])).toEqual([])
    const text = 'https://example.org/work/x and /usr/bin/env and src/work/x and $HOME/work/x and /tmp/x'
    expect(machinePaths({ path: 'README.md', text })).toEqual([])
  })
})
