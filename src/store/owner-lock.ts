// The owner of an embedded database's directory: a file that names a process. A second process is told who owns it; the
// lock of a process that is no more is taken over.
import { createHash, randomUUID } from 'node:crypto'
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
  const text = JSON.stringify(mine)
  const draft = `${path}.${mine.nonce}`
  try {
    await writeFile(draft, text)
    // A link is made whole or not at all, so nobody ever reads half a lock; two tries that race have one winner.
    for (let attempt = 0; attempt < 20; attempt++) {
      const dead = await deadLinks(directory, path)
      const last = dead.at(-1)
      const place = last === undefined ? path : last.next
      if (!(await linked(draft, place))) continue
      if (last === undefined || (await inherited(path, dead, text))) return { release: () => release(path, mine) }
      await rm(place, { force: true })
    }
    throw new DatabaseUnavailable(`the lock ${path} changes hands too quickly; try again`)
  } finally {
    await rm(draft, { force: true })
  }
}

/** A lock that somebody held, and where its heir's stands until that one takes its place. */
interface Link {
  readonly place: string
  readonly text: string
  readonly next: string
}

/**
 * The lock of an owner that is no more, and those of heirs that died while they took it over; none when nobody has one.
 * Throws when the last of them lives.
 */
async function deadLinks(directory: string, path: string): Promise<Link[]> {
  const links = await linksOf(path)
  const last = links.at(-1)
  if (last === undefined) return []
  const owner = ownerOf(last.text)
  if (await isAlive(owner)) {
    throw new DatabaseUnavailable(
      `the database in ${directory} is in use by process ${owner.pid}: wait for it, end it (nothing is lost), or choose another with --database`,
    )
  }
  return links
}

async function linksOf(path: string): Promise<Link[]> {
  const links: Link[] = []
  for (let place = path; ; ) {
    const text = await readFile(place, 'utf8').catch(() => undefined)
    if (text === undefined) return links
    const next = `${path}.after-${createHash('sha256').update(text).digest('hex').slice(0, 32)}`
    links.push({ place, text, next })
    place = next
  }
}

/**
 * An heir's lock is named after the lock that it follows, so one lock has one heir, whoever else finds its owner dead. Whoever
 * looked long ago may be the heir of a lock that is no more: that is seen by reading from the beginning again.
 */
async function inherited(path: string, dead: readonly Link[], text: string): Promise<boolean> {
  const heir = (await linksOf(path)).at(-1)
  if (heir?.text !== text || heir.place === path) return false
  await rename(heir.place, path)
  for (const { place } of dead.slice(1)) await rm(place, { force: true })
  return true
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

/** The lock is made whole, so one that cannot be read was damaged later and belongs to nobody that lives. */
const NOBODY: Owner = { pid: 0, began: '', nonce: '' }

function ownerOf(text: string): Owner {
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

/** The start time of a process that has not ended, where the system tells it (Linux), else an empty text, which equals itself. */
async function beganAt(pid: number): Promise<string> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    // The command's name may contain anything; the fields after its closing parenthesis do not.
    const [state = '', ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // One that has ended stays in the list until its parent asks for it, which some parents in containers never do.
    return state === 'Z' || state === 'X' ? 'ended' : (fields[18] ?? '')
  } catch {
    return ''
  }
}

async function release(path: string, mine: Owner): Promise<void> {
  const text = await readFile(path, 'utf8').catch(() => '')
  if (ownerOf(text).nonce === mine.nonce) await rm(path, { force: true })
}
