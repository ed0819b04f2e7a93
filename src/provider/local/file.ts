// Isotherm::Local::File: a file with a wanted content. Written whole or not at all; never over, and never instead of,
// a file that something else has made.
import { chmod, readFile, unlink } from 'node:fs/promises'
import { resolve } from 'node:path'
import { isJsonObject, type JsonObject } from '../../lib/json.js'
import { type CallContext, defineType, type Made } from '../contract.js'
import { ProviderError } from '../error.js'
import { hasCode, lookAt, placeNew, sha256, writeWhole } from './disk.js'
import { modeSchema, parseMode, showMode } from './mode.js'
import { type Deed, Ownership } from './ownership.js'
import type { LocalSettings } from './settings.js'

const TYPE = 'Isotherm::Local::File'
const SHOWN_BYTES_MAX = 1_000_000

interface Wanted {
  readonly path: string
  readonly content?: string
  readonly secret_content?: string
  readonly mode: string
}

export function fileType({ baseDirectory, stateDirectory }: LocalSettings) {
  const ownership = new Ownership(stateDirectory)
  const locate = (path: string) => resolve(baseDirectory, path)
  return defineType({
    name: TYPE,
    description: 'A file with a content. An existing file that was not made here is refused, not overwritten.',
    whenFailed: 'update',
    properties: {
      path: {
        type: 'string',
        required: true,
        onChange: 'update',
        description: 'Missing folders above it are made. Another path makes a new file',
      },
      content: { type: 'string', onChange: 'update', description: 'The text. Empty when neither content is given' },
      secret_content: {
        type: 'string',
        onChange: 'update',
        secret: true,
        description: 'As content, but never shown in plans, events and views; consider mode "0600"',
      },
      mode: { ...modeSchema, default: '0644' },
    },
    attributes: {
      path: { type: 'string', description: 'The absolute path' },
      sha256: { type: 'string', description: 'Of the content, in hexadecimal digits' },
      size: { type: 'integer', description: 'Bytes' },
    },

    async create(call, wanted) {
      call.signal.throwIfAborted()
      const path = locate(wanted.path)
      const before = await ownership.deed(call.token)
      if (before && before.path !== path) await removeFile(ownership, call, before)
      await ownership.claim(call, TYPE, path)
      await makeFile(ownership, call.token, path, wanted)
      return madeAt(path, textOf(wanted))
    },

    async find(call, wanted) {
      const deed = await ownership.deed(call.token)
      if (!deed) return null
      if (await isOurs(deed)) return madeAt(deed.path, textOf(wanted))
      await ownership.pruneParents(call.token, deed.path)
      await ownership.release(call.token, deed.path)
      return null
    },

    async read(_call, thing) {
      // Of what is only referred to (`external_id`) nothing but its id is known.
      const path = locate(thing.properties.path ?? thing.physicalId)
      const found = await lookAt(path)
      if (!found || found.isDirectory()) return null
      const bytes = await readFile(path)
      return {
        properties: { ...liveContent(thing.properties, bytes), mode: showMode(found.mode, thing.properties.mode) },
        attributes: { path, sha256: sha256(bytes), size: bytes.length },
      }
    },

    async snapshot(_call, thing) {
      // A secret is nothing to be kept in clear.
      if (thing.properties.secret_content !== undefined) return { snapshot: null }
      const path = locate(thing.properties.path)
      const found = await lookAt(path)
      if (!found?.isFile()) throw new ProviderError('fatal', `${path} is not there any more`)
      if (found.size > SHOWN_BYTES_MAX)
        throw new ProviderError('fatal', `${path} is larger than 1 MB: too much to keep`)
      return { snapshot: { content: await readFile(path, 'utf8') } }
    },

    restore: (kept) => ({ ...(isJsonObject(kept) && kept) }),

    async update(call, thing, wanted) {
      const path = locate(wanted.path)
      await assertOurs(ownership, call, path, thing.attributes)
      await ownership.makeParents(call.token, path)
      await overwrite(path, wanted, ownership.unfinished(call.token))
      await ownership.record(call.token, { path, phase: 'made', sha256: sha256(textOf(wanted)) })
      return { attributes: attributesOf(path, textOf(wanted)) }
    },

    replaces: (before, wanted) => locate(before.path) !== locate(wanted.path),

    async delete(call, thing) {
      const deed = await ownership.deed(call.token)
      if (deed) return removeFile(ownership, call, deed)
      call.log.debug({ path: thing.physicalId }, 'not made here, or removed already: left alone')
    },

    validate({ content, secret_content: secretContent }) {
      if (content === null || content === undefined || secretContent === null || secretContent === undefined) return []
      return [{ property: 'secret_content', message: 'give content or secret_content, not both' }]
    },

    reference: (thing) => thing.physicalId,
  })
}

const textOf = (wanted: Wanted): string => wanted.secret_content ?? wanted.content ?? ''

const attributesOf = (path: string, text: string) => ({ path, sha256: sha256(text), size: Buffer.byteLength(text) })

const madeAt = (path: string, text: string): Made => ({ physicalId: path, attributes: attributesOf(path, text) })

/** The deed is on disk before the effect, so that what a crash leaves behind is known for ours by its hash. */
async function makeFile(ownership: Ownership, token: string, path: string, wanted: Wanted): Promise<void> {
  const text = textOf(wanted)
  const deed: Deed = { path, phase: 'making', sha256: sha256(text) }
  // In this order: a file of our own is never there before its deed.
  const found = await lookAt(path)
  const before = await ownership.deed(token)
  if (found && before?.phase === 'claimed') throw await refuse(ownership, token, path)
  await ownership.makeParents(token, path)
  if (before && (await isOurs(before))) await overwrite(path, wanted, ownership.unfinished(token))
  else {
    await ownership.record(token, deed)
    const options = { mode: parseMode(wanted.mode), temporary: ownership.unfinished(token) }
    if (!(await placeNew(path, text, options)) && !(await isOurs(deed))) throw await refuse(ownership, token, path)
  }
  await ownership.record(token, { ...deed, phase: 'made' })
}

async function refuse(ownership: Ownership, token: string, path: string): Promise<ProviderError> {
  await ownership.pruneParents(token, path)
  await ownership.release(token, path)
  const hint = 'move it away, or choose another path'
  return new ProviderError('fatal', `${path} exists and was not made by this resource: ${hint}`)
}

/** Between the deed and its completion only a file with exactly the promised content is taken for ours. */
async function isOurs(deed: Deed): Promise<boolean> {
  const found = await lookAt(deed.path)
  if (!found) return false
  if (deed.phase !== 'making') return deed.phase === 'made'
  return found.isFile() && sha256(await readFile(deed.path)) === deed.sha256
}

async function overwrite(path: string, wanted: Wanted, temporary: string): Promise<void> {
  const text = textOf(wanted)
  const found = await lookAt(path)
  if (found?.isFile() && found.size < SHOWN_BYTES_MAX && sha256(await readFile(path)) === sha256(text)) {
    return chmod(path, parseMode(wanted.mode))
  }
  if (found?.isDirectory()) throw new ProviderError('conflict', `${path} has become a directory: remove it`)
  await writeWhole(path, text, { mode: parseMode(wanted.mode), temporary })
}

/** When our notes are lost, a file is still known for ours by the content that the engine remembers. */
async function assertOurs(ownership: Ownership, call: CallContext, path: string, known: JsonObject): Promise<void> {
  if ((await ownership.deed(call.token))?.phase === 'made') return
  const found = await lookAt(path)
  if (found && !(found.isFile() && sha256(await readFile(path)) === known.sha256)) {
    throw new ProviderError('fatal', `${path} is not the file that was made here: move it away`)
  }
  await ownership.claim(call, TYPE, path)
}

async function removeFile(ownership: Ownership, call: CallContext, deed: Deed): Promise<void> {
  const { path } = deed
  if ((await ownership.owns(call.token, path)) && (await isOurs(deed))) {
    await unlink(path).catch((error: unknown) => {
      if (hasCode(error, 'EISDIR', 'EPERM'))
        throw new ProviderError('conflict', `${path} is no file any more: remove it`)
      if (!hasCode(error, 'ENOENT')) throw error
    })
  }
  await ownership.pruneParents(call.token, path)
  await ownership.release(call.token, path)
}

/** What the file holds, under the property that it was given by; huge strange contents are only described. */
function liveContent(properties: Wanted, bytes: Buffer): JsonObject {
  const name = properties.secret_content === undefined ? 'content' : 'secret_content'
  const wanted = textOf(properties)
  if (sha256(bytes) === sha256(wanted)) return properties[name] === undefined ? {} : { [name]: wanted }
  const shown =
    bytes.length <= SHOWN_BYTES_MAX ? bytes.toString('utf8') : `(${bytes.length} bytes, sha256 ${sha256(bytes)})`
  return { [name]: shown }
}
