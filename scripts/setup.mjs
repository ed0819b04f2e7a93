// Brings a clone to where everything runs: the lock file's packages installed, `dist` built, `npx isotherm` linked.
// It does only what is missing, so every npm script can begin with it. Plain Node: nothing is installed yet when it runs.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const NODE_OLDEST = [20, 19]
const root = dirname(dirname(fileURLToPath(import.meta.url)))
const inRoot = (...parts) => join(root, ...parts)
const readJson = (path) => JSON.parse(fs.readFileSync(path, 'utf8'))

/** Installs, builds and links what is out of date. Throws `SetupFailure` when a step fails; its output has been shown. */
export function setup() {
  requireNode()
  if (!installed()) install()
  if (builtFrom() !== sourcesNow()) build()
  link()
}

export class SetupFailure extends Error {}

function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const [oldestMajor, oldestMinor] = NODE_OLDEST
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return
  throw new SetupFailure(`Isotherm needs Node ${NODE_OLDEST.join('.')} or newer; this is ${process.versions.node}`)
}

/**
 * Compares contents, not ages: npm keeps a copy of what it installed, and git sets whatever time it likes. What the copy
 * lacks because it is optional belongs to other platforms.
 */
function installed() {
  const receipt = inRoot('node_modules', '.package-lock.json')
  if (!fs.existsSync(receipt)) return false
  const present = readJson(receipt).packages
  return Object.entries(readJson(inRoot('package-lock.json')).packages)
    .filter(([path]) => path !== '')
    .every(([path, wanted]) =>
      present[path] ? present[path].integrity === wanted.integrity : wanted.optional || wanted.devOptional,
    )
}

function install() {
  console.error('Installing packages (npm ci) …')
  const npm = process.env.npm_execpath
  const words = ['ci', '--no-audit', '--no-fund', '--no-update-notifier']
  if (npm?.endsWith('.js')) run(process.execPath, [npm, ...words])
  else run('npm', words, { shell: process.platform === 'win32' })
}

const stamp = () => inRoot('dist', '.sources')
const builtFrom = () => (fs.existsSync(stamp()) ? fs.readFileSync(stamp(), 'utf8') : '')

/** A digest of what `dist` is made from: names, sizes and times, which is quick, for a wrong guess only costs a build. */
function sourcesNow() {
  const digest = createHash('sha256')
  const others = [...filesUnder(inRoot('sql', 'migrations')), inRoot('tsconfig.json'), inRoot('package-lock.json')]
  for (const path of [...sources(), ...others]) {
    const { size, mtimeMs } = fs.statSync(path)
    digest.update(`${relative(root, path)} ${size} ${mtimeMs}\n`)
  }
  return digest.digest('hex')
}

function sources() {
  const folders = readJson(inRoot('tsconfig.json')).include.map((folder) => inRoot(folder))
  return folders.flatMap((folder) => filesUnder(folder).filter((path) => /\.(ts|mjs)$/.test(path)))
}

function filesUnder(folder) {
  if (!fs.existsSync(folder)) return []
  return fs
    .readdirSync(folder, { withFileTypes: true })
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .filter((entry) => entry.name !== 'node_modules')
    .flatMap((entry) => (entry.isDirectory() ? filesUnder(join(folder, entry.name)) : [join(folder, entry.name)]))
}

function build() {
  console.error('Building dist (tsc) …')
  const digest = sourcesNow()
  prune()
  run(process.execPath, [inRoot('node_modules', 'typescript', 'bin', 'tsc'), '-p', root])
  run(process.execPath, [inRoot('dist', 'scripts', 'beginning.js')])
  fs.writeFileSync(stamp(), digest)
}

/** Removes what an older source left in `dist`: a renamed scenario must not run under its old name as well. */
function prune() {
  const dist = inRoot('dist')
  const known = new Set(sources().map((path) => relative(root, path).replace(/\.(ts|mjs)$/, '')))
  for (const path of filesUnder(dist)) {
    const made = /^(.*?)\.(d\.ts|js|js\.map|d\.mts|mjs|mjs\.map)$/.exec(relative(dist, path))
    if (made && !known.has(made[1])) fs.rmSync(path)
  }
  // Without its notes on earlier builds tsc writes everything; with them it would not notice that an output is missing.
  const anyOutput = filesUnder(dist).some((path) => path.endsWith('.js'))
  if (!anyOutput) fs.rmSync(join(dist, '.tsbuildinfo'), { force: true })
}

/** npm links a package's own program only into other packages; inside the clone `npx isotherm` finds it through this. */
function link() {
  const program = inRoot('dist', 'src', 'cli', 'main.js')
  const place = inRoot('node_modules', '.bin', 'isotherm')
  if (process.platform === 'win32' || !fs.existsSync(program)) return
  if ((fs.statSync(program).mode & 0o111) !== 0o111) fs.chmodSync(program, 0o755)
  const target = relative(dirname(place), program)
  const linked = fs.lstatSync(place, { throwIfNoEntry: false })
  if (linked?.isSymbolicLink() && fs.readlinkSync(place) === target) return
  fs.mkdirSync(dirname(place), { recursive: true })
  fs.rmSync(place, { force: true })
  fs.symlinkSync(target, place)
}

function run(program, words, options = {}) {
  // Everything goes to stderr, so that `npm run … > file` holds only what the program itself says.
  const { status, error } = spawnSync(program, words, { cwd: root, stdio: ['ignore', 2, 2], ...options })
  if (error) throw new SetupFailure(`${program} could not be started: ${error.message}`)
  if (status !== 0) throw new SetupFailure(`set-up failed: ${relative(root, words[0])} ended with ${status}`)
}

if (import.meta.url === pathToFileURL(resolve(process.argv[1] ?? '')).href) {
  try {
    setup()
  } catch (error) {
    if (!(error instanceof SetupFailure)) throw error
    console.error(error.message)
    process.exitCode = 1
  }
}
