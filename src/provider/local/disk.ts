// Files that are there as a whole or not at all, and that survive the loss of power once a call has returned.
import { createHash, randomUUID } from 'node:crypto'
import { link, lstat, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Json } from '../../lib/json.js'

const PRIVATE_MODE = 0o600

export const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex')

/** Whether `error` is a system error with one of these codes, for example `ENOENT`. */
export const hasCode = (error: unknown, ...codes: string[]): boolean =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && codes.includes(error.code)

interface WriteOptions {
  readonly mode?: number
  /** Where the unfinished file lies when it must not lie beside the finished one; the same file system, if possible. */
  readonly temporary?: string
}

/** Puts the data at `path`, over whatever file stands there. */
export async function writeWhole(path: string, data: string | Buffer, options: WriteOptions = {}): Promise<void> {
  await throughTemporary(path, data, options, rename)
}

/** Puts the data at `path` unless something stands there already: then it answers false. Of many at once, one succeeds. */
export async function placeNew(path: string, data: string | Buffer, options: WriteOptions = {}): Promise<boolean> {
  try {
    await throughTemporary(path, data, options, link)
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    throw error
  }
}

/** The JSON in a file, or undefined when there is no such file. The files are our own, so their shape is trusted. */
export async function readJson<T extends Json | object>(path: string): Promise<T | undefined> {
  const text = await readText(path)
  return text === undefined ? undefined : JSON.parse(text)
}

export async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined
    throw error
  }
}

/** What stands at `path` (a link is not followed), or undefined. */
export async function lookAt(path: string) {
  try {
    return await lstat(path)
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined
    throw error
  }
}

export const remove = (path: string): Promise<void> => rm(path, { recursive: true, force: true })

/** Makes a folder of our own state: nobody else may look in, since results of commands may be secret. */
export const makePrivate = async (path: string): Promise<void> => {
  await mkdir(path, { recursive: true, mode: 0o700 })
}

async function throughTemporary(
  path: string,
  data: string | Buffer,
  options: WriteOptions,
  publish: (temporary: string, path: string) => Promise<void>,
): Promise<void> {
  const { mode = PRIVATE_MODE, temporary = besides(path) } = options
  try {
    await writeSynced(temporary, data, mode)
    await publish(temporary, path)
  } catch (error) {
    if (!hasCode(error, 'EXDEV')) throw error
    return throughTemporary(path, data, { mode }, publish)
  } finally {
    await rm(temporary, { force: true })
  }
  await syncDirectory(dirname(path))
}

const besides = (path: string) =>
  join(dirname(path), `.${basename(path).slice(0, 100)}.${randomUUID().slice(0, 8)}.tmp`)

async function writeSynced(temporary: string, data: string | Buffer, mode: number): Promise<void> {
  const file = await open(temporary, 'wx', PRIVATE_MODE)
  try {
    await file.writeFile(data)
    // Not left to `open`, which would take away what the umask forbids.
    await file.chmod(mode)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Makes the new name itself durable. Some file systems cannot, and then there is nothing to wait for. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r').catch(() => undefined)
  await directory?.sync().catch(() => undefined)
  await directory?.close()
}
