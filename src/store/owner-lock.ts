// The owner of an embedded database's directory: a file that names a process. A second process is told who owns it; the
// lock of a process that is no more is taken over.

import { randomUUID } from 'node:crypto'
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseUnavailable } from './database.js'

export interface OwnerLock {
  release(): Promise<void>
}

interface Owner {
  readonly pid: number
  /** When the process began, as the system tells it, so that a pid used again is not taken for the owner. */
  readonly began: string
  readonly nonce: string
}

/** Throws DatabaseUnavailable when a living process owns the directory. */
export async function takeOwnership(directory: string): Promise<OwnerLock> {
  const path = join(directory, 'owner')
  const mine: Owner = { pid: process.pid, began: await beganAt(process.pid), nonce: randomUUID() }
  const draft = `${path}.${mine.nonce}`
  await writeFile(draft, JSON.stringify(mine))
  try {
    // A link is made whole or not at all, so nobody ever reads half a lock; two tries that race have one winner.
    for (let attempt = 0; attempt < 20; attempt++) {
      if (await linked(draft, path)) return { release: () => release(path, mine) }
      await removeDead(directory, path)
    }
    throw new DatabaseUnavailable(`the lock ${path} changes hands too quickly; try again`)
  } finally {
    await rm(draft, { force: true })
  }
}

async function linked(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

async function removeDead(directory: string, path: string): Promise<void> {
  const owner = await readOwner(path)
  if (!owner) return
  if (await isAlive(owner)) {
    throw new DatabaseUnavailable(
      `the database in ${directory} is in use by process ${owner.pid}: wait for it, end it (nothing is lost), or choose another with --database`,
    )
  }
  // Renamed before it is removed, so that of two that find the owner dead only one removes this very lock.
  const aside = `${path}.${randomUUID()}`
  await rename(path, aside).catch(() => undefined)
  const moved = await readOwner(aside)
  if (moved && moved.nonce !== owner.nonce) await link(aside, path).catch(() => undefined)
  await rm(aside, { force: true })
}

/** The lock is made whole, so one that cannot be read was damaged later and belongs to nobody that lives. */
const NOBODY: Owner = { pid: 0, began: '', nonce: '' }

async function readOwner(path: string): Promise<Owner | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  try {
    return { ...NOBODY, ...(JSON.parse(text) as Partial<Owner>) }
  } catch {
    return NOBODY
  }
}

async function isAlive({ pid, began }: Owner): Promise<boolean> {
  if (pid <= 0) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false
  }
  return (await beganAt(pid)) === began
}

/** The start time of a process where the system tells it (Linux), else an empty text, which equals itself. */
async function beganAt(pid: number): Promise<string> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    // The command's name may contain anything; the fields after its closing parenthesis do not.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}

async function release(path: string, mine: Owner): Promise<void> {
  if ((await readOwner(path))?.nonce === mine.nonce) await rm(path, { force: true })
}
