// What the compiler says of stacks: right programs are accepted, and each mistake is an error in its own line.
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { expect, test } from 'vitest'

const HEAD = `import { anyType, defineStack, defineType, fn, text } from '../src/index.js'
const Thing = defineType({
  name: 'Acme::Thing',
  properties: {
    size: { type: 'integer', required: true },
    colour: { type: 'string', schema: { enum: ['red', 'blue'] } },
    ports: { type: 'list', schema: { items: { type: 'integer' } } },
    disk: { type: 'map', schema: { properties: { gb: { type: 'number' }, kind: { enum: ['ssd', 'hdd'] } }, required: ['gb'] } },
    either: { type: 'any', schema: { type: ['string', 'array'], items: { type: 'string' } } },
  },
  attributes: { address: { type: 'string' }, port: { type: 'integer' }, data: { type: 'any' } },
  create: async () => ({ physicalId: 'x' }),
  delete: async () => {},
})
export default defineStack((stack) => {
  const size = stack.parameter('size', { type: 'number' })
  const name = stack.parameter('name', { type: 'string' })
  const a = stack.resource('a', Thing, { size: 1 })
`

const RIGHT = [
  `stack.resource('b', Thing, { size, colour: 'red', ports: [1, a.attributes.port], disk: { gb: size, kind: 'ssd' } })`,
  `stack.resource('b', Thing, { size: a.attributes.data, colour: name, ports: undefined, either: ['x', name] })`,
  `stack.resource('b', Thing, { size: a.attributes.data.at('x', 0), either: text\`\${a.ref}\` })`,
  `stack.resource('b', 'OS::Heat::RandomString', { length: 8 }, { dependsOn: [a], condition: fn.equals(name, 'x') })`,
  `stack.resource('b', 'OS::Heat::RandomString')`,
  `stack.resource('b', anyType('OS::Nova::Server'), { anything: [a.ref] }).attribute('whatever').at(0)`,
  `stack.output('o', { a: a.attributes.show, b: fn.if(fn.not(fn.equals(size, 1)), 'x', [a.ref]) })`,
  `stack.resource('b', 'Isotherm::Local::File', { path: \`\${a.attributes.address}/x\`, content: fn.join(',', [size, name]) })`,
  `stack.resource('b', 'Isotherm::Local::Process', { command: ['node', name], env: { A: size }, restart: 'never' })`,
]

const WRONG = [
  `stack.resource('b', Thing, { size: 1, sise: 2 })`,
  `stack.resource('b', Thing, {})`,
  `stack.resource('b', Thing)`,
  `stack.resource('b', Thing, { size: 'large' })`,
  `stack.resource('b', Thing, { size: name })`,
  `stack.resource('b', Thing, { size: 1, colour: 'green' })`,
  `stack.resource('b', Thing, { size: 1, ports: ['x'] })`,
  `stack.resource('b', Thing, { size: 1, disk: { kind: 'ssd' } })`,
  `stack.resource('b', Thing, { size: 1, disk: { gb: 1, kind: 'tape' } })`,
  `stack.resource('b', Thing, { size: 1, either: [5] })`,
  `stack.resource('b', Thing, { size: a })`,
  `stack.resource('b', 'OS::Heat::RandomStrin')`,
  `stack.resource('b', 'OS::Heat::RandomString', { lenght: 8 })`,
  `stack.resource('b', Thing, { size: 1 }, { dependOn: a })`,
  `stack.output('o', a.attributes.adress)`,
  `stack.output('o', a.ref + 1 === 'x' ? size * 2 : 0)`,
  `stack.parameter('p', { type: 'int' })`,
  `stack.resource('b', 'Isotherm::Local::File', { content: 'x' })`,
]

function errorsIn(statements: readonly string[]): Map<number, string> {
  const file = fileURLToPath(new URL('stack-fixture.ts', import.meta.url))
  const source = `${HEAD}${statements.map((statement) => `  { ${statement} }\n`).join('')}})\n`
  const root = fileURLToPath(new URL('..', import.meta.url))
  const { config } = ts.readConfigFile(`${root}/tsconfig.json`, ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent({ compilerOptions: config.compilerOptions }, ts.sys, root)
  const set = { ...options, noEmit: true, incremental: false, composite: false }
  delete set.tsBuildInfoFile
  const host = ts.createCompilerHost(set)
  const { getSourceFile, fileExists, readFile } = host
  host.fileExists = (name) => name === file || fileExists(name)
  host.readFile = (name) => (name === file ? source : readFile(name))
  host.getSourceFile = (name, ...rest) =>
    name === file ? ts.createSourceFile(name, source, ts.ScriptTarget.ES2023, true) : getSourceFile(name, ...rest)
  const compiled = ts.createProgram([file], set, host)
  const text = compiled.getSourceFile(file)
  const headLines = HEAD.split('\n').length
  const found = new Map<number, string>()
  for (const { start = 0, messageText } of text ? compiled.getSemanticDiagnostics(text) : []) {
    const line = (text?.getLineAndCharacterOfPosition(start).line ?? 0) - headLines + 1
    found.set(line, ts.flattenDiagnosticMessageText(messageText, '\n'))
  }
  return found
}

test('right programs are accepted, and each mistake is an error of its own', () => {
  const errors = errorsIn([...RIGHT, ...WRONG])
  const refused = RIGHT.flatMap((statement, index) => (errors.has(index) ? [`${statement}: ${errors.get(index)}`] : []))
  expect(refused).toEqual([])
  expect(WRONG.filter((_, index) => !errors.has(RIGHT.length + index))).toEqual([])
  expect(errors.get(RIGHT.length)).toMatch(/'sise'/)
}, 120_000)
