// The rules of the house as pure functions over one source file; architecture.test.ts applies them to every file. They read
// the syntax tree, so a word in a string or a comment is not mistaken for code.
import { posix } from 'node:path'
import * as ts from 'typescript'

export interface SourceText {
  /** From the repository's root, with `/`. */
  readonly path: string
  readonly text: string
}

/** Lower layers know nothing of higher ones. `provider` stands beside: it sees the first two, the last four see it. */
const LAYERS = ['lib', 'template', 'graph', 'store', 'engine', 'api', 'client', 'server', 'cli']
const PROVIDER_SEES = ['lib', 'template', 'provider']
const SEE_PROVIDER = ['engine', 'api', 'server', 'cli', 'provider']
/** The package's entrances. */
const ENTRANCES = ['src/index.ts', 'src/testing.ts', 'src/client.ts']
const PURE_LAYERS = ['template', 'graph']
const PURE_MODULES = ['node:crypto', 'node:path', 'node:url', 'node:util', 'node:assert']
const LINES_MAX = 400

interface Checked extends SourceText {
  readonly tree: ts.SourceFile
  /** `lib`, `template`, …; undefined outside of `src` and for the entrances. */
  readonly layer: string | undefined
  /** Tests may look anywhere. */
  readonly isTest: boolean
}

type Rule = (file: Checked) => Iterable<Breach>
interface Breach {
  /** Where in the text. */
  readonly position: number
  readonly message: string
}

/** Every rule that the file breaks, as `path:line message`. `dependencies` are the packages that users get as well. */
export function breaches({ path, text }: SourceText, dependencies: readonly string[]): string[] {
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const layer = /^src\/([^/]+)\//.exec(path)?.[1]
  const file: Checked = { path, text, tree, layer, isTest: path.endsWith('.test.ts') }
  const rules: Rule[] = [
    importDirections,
    (checked) => packageImports(checked, dependencies),
    loadsLittle,
    purity,
    sqlOnlyInStore,
    length,
    opening,
    noAny,
    comments,
    noSkippedTests,
  ]
  return rules
    .flatMap((rule) => [...rule(file)])
    .map(({ position, message }) => `${path}:${lineOf(tree, position)} ${message}`)
}

const lineOf = (tree: ts.SourceFile, position: number): number => tree.getLineAndCharacterOfPosition(position).line + 1

function* importDirections(file: Checked): Iterable<Breach> {
  if (file.isTest || !file.path.startsWith('src/')) return
  if (file.layer && ![...LAYERS, 'provider'].includes(file.layer)) {
    yield { position: 0, message: `src/${file.layer} has no place in the order of layers` }
  }
  for (const { specifier, position } of importsOf(file.tree)) {
    if (!specifier.startsWith('.')) continue
    const target = posix.join(posix.dirname(file.path), specifier)
    if (!mayImport(file, target)) yield { position, message: `must not import ${target}` }
  }
}

function mayImport(file: Checked, target: string): boolean {
  const targetLayer = /^src\/([^/]+)\//.exec(target)?.[1]
  if (!target.startsWith('src/')) return false
  if (ENTRANCES.includes(file.path)) return targetLayer !== 'cli'
  // The program is the library's first user and comes in by the front door.
  if (file.layer === 'cli' && ['src/index.js', 'src/client.js'].includes(target)) return true
  // The server does not know its client.
  if (file.layer === 'server' && targetLayer === 'client') return false
  if (targetLayer === undefined || file.layer === undefined) return false
  if (file.layer === 'provider') return PROVIDER_SEES.includes(targetLayer)
  if (targetLayer === 'provider') return SEE_PROVIDER.includes(file.layer)
  return LAYERS.indexOf(targetLayer) <= LAYERS.indexOf(file.layer)
}

/** What is installed with Isotherm is what its own code may use; development packages are for tests. */
function* packageImports(file: Checked, dependencies: readonly string[]): Iterable<Breach> {
  if (file.isTest || !file.path.startsWith('src/')) return
  for (const { specifier, position } of importsOf(file.tree)) {
    if (/^(\.|node:)/.test(specifier)) continue
    const packageName = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
    if (!dependencies.includes(packageName)) yield { position, message: `${packageName} is not a dependency of users` }
  }
}

/** The client runs wherever there is `fetch`: of everything but its own and `lib` it may know the types only. */
function* loadsLittle(file: Checked): Iterable<Breach> {
  if (file.isTest || !(file.layer === 'client' || file.path === 'src/client.ts')) return
  for (const statement of file.tree.statements) {
    const isType = ts.isImportDeclaration(statement)
      ? statement.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword
      : ts.isExportDeclaration(statement) && statement.isTypeOnly
    const specifier = specifierOf(statement)
    if (isType || !specifier || !ts.isStringLiteralLike(specifier)) continue
    const target = posix.join(posix.dirname(file.path), specifier.text)
    const isLight = specifier.text.startsWith('.') && /^src\/(lib|client)\//.test(target)
    if (!isLight) yield { position: statement.getStart(), message: `must not load ${specifier.text}` }
  }
}

/** A pure layer promises nothing and touches nothing outside of itself. */
function* purity(file: Checked): Iterable<Breach> {
  if (file.isTest || !PURE_LAYERS.includes(file.layer ?? '')) return
  for (const { specifier, position } of importsOf(file.tree)) {
    const impure = specifier.startsWith('node:') && !PURE_MODULES.includes(specifier)
    if (impure) yield { position, message: `${specifier} in a pure layer` }
  }
  for (const node of nodesOf(file.tree)) {
    const waits = node.kind === ts.SyntaxKind.AsyncKeyword || node.kind === ts.SyntaxKind.AwaitKeyword
    const promises = ts.isIdentifier(node) && node.text === 'Promise'
    if (waits || promises || ts.isAwaitExpression(node)) {
      yield { position: node.getStart(), message: `${node.getText().split(/\s/, 1)[0]} in a pure layer` }
    }
  }
}

const STATEMENT =
  /^\s*(with\s+(recursive\s+)?\w+\s*(\([^)]*\))?\s+as\b|select\s[\s\S]*\sfrom\s|select\s+[\w.]+\(|insert\s+into\s|update\s+\S+(\s+(as\s+)?\w+)?\s+set\s|delete\s+from\s|(create|alter|drop)\s+(table|index)\s)/i

function* sqlOnlyInStore(file: Checked): Iterable<Breach> {
  if (file.isTest || !file.path.startsWith('src/') || file.layer === 'store') return
  for (const node of nodesOf(file.tree)) {
    const isText = ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node) || ts.isTemplateExpression(node)
    if (isText && STATEMENT.test(node.getText().slice(1))) {
      yield { position: node.getStart(), message: 'SQL stands only in src/store' }
    }
  }
}

function* length({ tree }: Checked): Iterable<Breach> {
  const lines = lineOf(tree, tree.end)
  if (lines > LINES_MAX) yield { position: tree.end, message: `a file has at most ${LINES_MAX} lines` }
}

function* opening({ path, text }: Checked): Iterable<Breach> {
  const commented = text.replace(/^#!.*\n/, '').startsWith('// ')
  if (path.startsWith('src/') && !commented) yield { position: 0, message: 'must open with a comment on its place' }
}

function* noAny({ tree }: Checked): Iterable<Breach> {
  for (const node of nodesOf(tree)) {
    if (node.kind === ts.SyntaxKind.AnyKeyword) yield { position: node.getStart(), message: 'says any' }
  }
}

const FORBIDDEN_COMMENTS = [
  { pattern: /@ts-(ignore|nocheck|expect-error)|eslint-disable|biome-ignore/, message: 'silences a checker' },
  { pattern: /\b(TODO|FIXME|XXX|HACK)\b/, message: 'leaves a note of unfinished work' },
]

function* comments(file: Checked): Iterable<Breach> {
  for (const { pos, end } of commentsOf(file)) {
    const text = file.text.slice(pos, end)
    for (const { pattern, message } of FORBIDDEN_COMMENTS) if (pattern.test(text)) yield { position: pos, message }
  }
}

const LEFT_OUT = new Set(['skip', 'only', 'todo', 'skipIf', 'runIf', 'fails'])
const RUNNERS = new Set(['test', 'it', 'describe', 'suite', 'bench'])

function* noSkippedTests({ tree, isTest }: Checked): Iterable<Breach> {
  if (!isTest) return
  for (const node of nodesOf(tree)) {
    if (!ts.isPropertyAccessExpression(node) || !LEFT_OUT.has(node.name.text)) continue
    let root: ts.Expression = node
    while (ts.isPropertyAccessExpression(root) || ts.isCallExpression(root)) root = root.expression
    if (ts.isIdentifier(root) && RUNNERS.has(root.text)) {
      yield { position: node.getStart(), message: `${root.text}.${node.name.text} leaves tests out` }
    }
  }
}

/** A path that exists only on the writer's machine. For any text, not only for code. */
export function machinePaths({ path, text }: SourceText): string[] {
  const pattern = /(?<![\w.:/$}~-])\/(?:root|work|home\/[\w-]+|Users\/[\w-]+|private\/(?:var|tmp))\/[\w.]/g
  return [...text.matchAll(pattern)].map(({ index }) => {
    const line = text.slice(0, index).split('\n').length
    return `${path}:${line} names a path of the writer's machine`
  })
}

interface Import {
  readonly specifier: string
  readonly position: number
}

/** Import and export declarations, `import('…')` as an expression and as a type. */
function* importsOf(tree: ts.SourceFile): Iterable<Import> {
  for (const node of nodesOf(tree)) {
    const specifier = specifierOf(node)
    if (specifier && ts.isStringLiteralLike(specifier)) yield { specifier: specifier.text, position: node.getStart() }
  }
}

function specifierOf(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return node.argument.literal
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) return node.arguments[0]
  return undefined
}

function* nodesOf(node: ts.Node): Iterable<ts.Node> {
  yield node
  const children: ts.Node[] = []
  node.forEachChild((child) => {
    children.push(child)
  })
  for (const child of children) yield* nodesOf(child)
}

/** Comments stand before or behind tokens, and the tree keeps tokens only in `getChildren`. */
function commentsOf({ tree, text }: Checked): Iterable<ts.CommentRange> {
  const found = new Map<number, ts.CommentRange>()
  const visit = (node: ts.Node) => {
    const ranges = [
      ...(ts.getLeadingCommentRanges(text, node.getFullStart()) ?? []),
      ...(ts.getTrailingCommentRanges(text, node.getEnd()) ?? []),
    ]
    if (!ts.isJSDoc(node) && node.kind !== ts.SyntaxKind.JsxText)
      for (const range of ranges) found.set(range.pos, range)
    for (const child of node.getChildren(tree)) visit(child)
  }
  visit(tree)
  return found.values()
}
