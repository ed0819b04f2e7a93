// Isotherm::Local::Directory: a folder. Only what was made here is ever removed, and only when it is empty.
import { chmod, mkdir, rmdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type CallContext, defineType, type Made } from '../contract.js'
import { ProviderError } from '../error.js'
import { hasCode, lookAt } from './disk.js'
import { modeSchema, parseMode, showMode } from './mode.js'
import { type Deed, namesInside, Ownership } from './ownership.js'
import type { LocalSettings } from './settings.js'

const TYPE = 'Isotherm::Local::Directory'

export function directoryType({ baseDirectory, stateDirectory }: LocalSettings) {
  const ownership = new Ownership(stateDirectory)
  const locate = (path: string) => resolve(baseDirectory, path)
  return defineType({
    name: TYPE,
    description: 'A folder. One that existed before is used but never removed.',
    whenFailed: 'update',
    properties: {
      path: {
        type: 'string',
        required: true,
        onChange: 'update',
        description: 'Missing folders above it are made too. Another path makes a new folder',
      },
      mode: modeSchema,
    },
    attributes: { path: { type: 'string', description: 'The absolute path' } },

    async create(call, wanted) {
      call.signal.throwIfAborted()
      const path = locate(wanted.path)
      const before = await ownership.deed(call.token)
      if (before && before.path !== path) await removeDirectory(ownership, call, before)
      await ownership.claim(call, TYPE, path)
      await makeDirectory(ownership, call.token, path, wanted.mode)
      return madeAt(path)
    },

    async find(call, wanted) {
      const deed = await ownership.deed(call.token)
      if (!deed) return null
      if (deed.phase !== 'claimed' && (await lookAt(deed.path))) {
        await makeDirectory(ownership, call.token, deed.path, wanted.mode)
        return madeAt(deed.path)
      }
      await removeDirectory(ownership, call, deed)
      return null
    },

    async read(_call, thing) {
      // Of what is only referred to (`external_id`) nothing but its id is known.
      const path = locate(thing.properties.path ?? thing.physicalId)
      const found = await lookAt(path)
      if (!found?.isDirectory()) return null
      const { mode } = thing.properties
      return {
        properties: mode === undefined ? {} : { mode: showMode(found.mode, mode) },
        attributes: { path },
      }
    },

    async update(call, thing, wanted) {
      const path = locate(thing.properties.path)
      const deed = await ownership.deed(call.token)
      if (wanted.mode !== undefined) await setMode(path, wanted.mode, deed)
      return { attributes: { path } }
    },

    replaces: (before, wanted) => locate(before.path) !== locate(wanted.path),

    async delete(call, thing) {
      const deed = await ownership.deed(call.token)
      if (deed) return removeDirectory(ownership, call, deed)
      call.log.debug({ path: thing.physicalId }, 'not made here, or removed already: left alone')
    },

    reference: (thing) => thing.physicalId,
  })
}

const madeAt = (path: string): Made => ({ physicalId: path, attributes: { path } })

async function makeDirectory(ownership: Ownership, token: string, path: string, mode: string | undefined) {
  let deed = await ownership.deed(token)
  if (!deed || deed.phase === 'claimed') {
    const found = await lookAt(path)
    const ours = !found || (await ownership.isParent(path))
    deed = { path, phase: ours ? 'making' : 'existing' }
    await ownership.record(token, deed)
  }
  await ownership.makeParents(token, path)
  await mkdir(path).catch((error: unknown) => {
    if (!hasCode(error, 'EEXIST')) throw error
  })
  try {
    if (!(await lookAt(path))?.isDirectory()) {
      throw new ProviderError('fatal', `${path} exists and is not a directory`)
    }
    if (mode !== undefined) await setMode(path, mode, deed)
  } catch (error) {
    if (deed.phase === 'existing') await ownership.release(token, path)
    throw error
  }
  if (deed.phase === 'existing') return
  await ownership.record(token, { path, phase: 'made' })
  await ownership.adoptParent(path)
}

/** Somebody else's folder keeps its mode. */
async function setMode(path: string, mode: string, deed: Deed | undefined): Promise<void> {
  const live = showMode((await lookAt(path))?.mode ?? 0, mode)
  if (live === mode) return
  if (deed?.phase === 'existing') {
    throw new ProviderError('fatal', `${path} existed before, with mode ${live}: leave out the mode, or set it by hand`)
  }
  await chmod(path, parseMode(mode))
}

async function removeDirectory(ownership: Ownership, call: CallContext, deed: Deed): Promise<void> {
  const { path } = deed
  const ours = deed.phase === 'making' || deed.phase === 'made'
  if (ours && (await ownership.owns(call.token, path))) {
    try {
      await rmdir(path)
    } catch (error) {
      if (hasCode(error, 'ENOTEMPTY', 'EEXIST')) throw await notEmpty(path)
      if (!hasCode(error, 'ENOENT', 'ENOTDIR')) throw error
    }
    await ownership.pruneParents(call.token, path)
  }
  await ownership.release(call.token, path)
}

const notEmpty = async (path: string): Promise<ProviderError> =>
  new ProviderError('conflict', `${path} is not empty, so it stays: it holds ${await namesInside(path)}`)
