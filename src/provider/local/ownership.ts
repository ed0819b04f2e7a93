// Who owns which path. Before a type touches the disk it writes down, under its token, what it is about to make, and
// claims the path; so after a crash the token finds its own work, no path has two owners, and nobody else's file is touched.
import { randomUUID } from 'node:crypto'
import { mkdir, readdir, rmdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { CallContext } from '../contract.js'
import { ProviderError } from '../error.js'
import { hasCode, lookAt, makePrivate, placeNew, readJson, remove, sha256, writeWhole } from './disk.js'

interface Owner {
  readonly token: string
  readonly path: string
  readonly type: string
  readonly stack: string
  readonly stackId: string
  readonly name: string
}

/** What a token has made or is about to make. */
export interface Deed {
  readonly path: string
  /**
   * `claimed`: nothing is done yet. `making`: the effect may or may not have happened. `existing`: it was there before
   * and is not ours.
   */
  readonly phase: 'claimed' | 'making' | 'made' | 'existing'
  /** Of the content that is made. */
  readonly sha256?: string
}

export class Ownership {
  readonly #directory: string

  constructor(stateDirectory: string) {
    this.#directory = stateDirectory
  }

  /**
   * Makes the path this token's, or throws a conflict that names the owner. The deed is written before the claim and
   * removed after it: a claim without a deed would be found by nobody.
   */
  async claim(call: CallContext, type: string, path: string): Promise<void> {
    const { token, stack, stackId, name } = call
    const owner: Owner = { token, path, type, stack, stackId, name }
    await makePrivate(join(this.#directory, 'paths'))
    if (!(await this.deed(token))) await this.record(token, { path, phase: 'claimed' })
    while (!(await placeNew(this.#claimOf(path), JSON.stringify(owner), { temporary: this.unfinished(token) }))) {
      const other = await readJson<Owner>(this.#claimOf(path))
      if (!other) continue
      if (other.token === token) return
      // An earlier version of this resource whose thing has vanished protects nothing any more.
      const lapsed = other.stackId === stackId && other.name === name && !(await lookAt(path))
      if (!lapsed) {
        await this.release(token, path)
        throw taken(path, other)
      }
      await remove(this.#claimOf(path))
    }
  }

  async owns(token: string, path: string): Promise<boolean> {
    return (await readJson<Owner>(this.#claimOf(path)))?.token === token
  }

  deed(token: string): Promise<Deed | undefined> {
    return readJson<Deed>(this.#deedOf(token))
  }

  async record(token: string, deed: Deed): Promise<void> {
    await makePrivate(join(this.#directory, token))
    await writeWhole(this.#deedOf(token), JSON.stringify(deed))
  }

  /** Gives the path back and forgets the deed, with whatever a crash has left unfinished. */
  async release(token: string, path: string): Promise<void> {
    if (await this.owns(token, path)) await remove(this.#claimOf(path))
    await remove(join(this.#directory, token))
  }

  /** Where this token may write a file that is to be renamed: what a crash leaves there goes with the deed. */
  unfinished(token: string): string {
    return join(this.#directory, token, randomUUID())
  }

  /** Makes the missing folders above `path` and notes that they are ours. */
  async makeParents(token: string, path: string): Promise<void> {
    const parent = dirname(path)
    const found = await lookAt(parent)
    if (found || parent === path) return
    await this.makeParents(token, parent)
    await makePrivate(join(this.#directory, 'parents'))
    // Before, or a crash would leave a folder that nobody owns; and after, or a prune in between would.
    await this.#noteParent(token, parent)
    await mkdir(parent).catch((error: unknown) => {
      if (!hasCode(error, 'EEXIST')) throw error
    })
    if (!(await this.isParent(parent))) await this.#noteParent(token, parent)
  }

  /** Removes the folders above `path` that `makeParents` has made and that are empty by now. Before the release. */
  async pruneParents(token: string, path: string): Promise<void> {
    const parent = dirname(path)
    if (!(await this.isParent(parent))) return
    // A resource answers for it that was declared while we made it.
    if (await lookAt(this.#claimOf(parent))) return this.adoptParent(parent)
    try {
      await rmdir(parent)
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) return
    }
    await this.adoptParent(parent)
    // Made anew in between: its note went with ours.
    if (await lookAt(parent)) return this.#noteParent(token, parent)
    await this.pruneParents(token, parent)
  }

  /** Whether `path` was made only because something below it was wanted. */
  async isParent(path: string): Promise<boolean> {
    return (await lookAt(this.#parentOf(path))) !== undefined
  }

  /** From now on somebody else answers for this folder. */
  adoptParent(path: string): Promise<void> {
    return remove(this.#parentOf(path))
  }

  #noteParent(token: string, path: string): Promise<void> {
    return writeWhole(this.#parentOf(path), JSON.stringify({ path }), { temporary: this.unfinished(token) })
  }

  #claimOf = (path: string) => join(this.#directory, 'paths', `${keyOf(path)}.json`)
  #parentOf = (path: string) => join(this.#directory, 'parents', `${keyOf(path)}.json`)
  #deedOf = (token: string) => join(this.#directory, token, 'deed.json')
}

/** Up to five names of what is in a folder, for a message. */
export async function namesInside(path: string): Promise<string> {
  const names = (await readdir(path)).sort()
  const more = names.length > 5 ? ` and ${names.length - 5} more` : ''
  return `${names.slice(0, 5).join(', ')}${more}`
}

const keyOf = (path: string): string => sha256(path).slice(0, 32)

function taken(path: string, owner: Owner): ProviderError {
  const whose = `resource ${owner.name} (${owner.type}) of stack ${owner.stack}`
  return new ProviderError('conflict', `${path} belongs to ${whose}; a path has one owner, choose another`)
}
