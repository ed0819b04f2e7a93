// The power fails under an embedded database: of what was written since it was opened, only what was asked to be on the disk is there.
import fs from 'node:fs'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Isotherm, open } from '../../src/index.js'
import { Lab, labTemplate } from '../lab.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'isotherm-power-'))
})
afterEach(async () => {
  vi.restoreAllMocks()
  await rm(folder, { recursive: true, force: true })
})

/** From now on a file gets into the copy only when it is synced, as it is then. */
function copyWhatIsSynced(original: string, copy: string): void {
  const paths = new Map<number, string>()
  const { openSync, fdatasyncSync } = fs
  vi.spyOn(fs, 'openSync').mockImplementation((path, ...how) => {
    const file = openSync(path, ...how)
    paths.set(file, String(path))
    return file
  })
  vi.spyOn(fs, 'fdatasyncSync').mockImplementation((file) => {
    fdatasyncSync(file)
    const path = paths.get(file)
    if (path?.startsWith(original)) fs.copyFileSync(path, join(copy, path.slice(original.length)))
  })
}

const upTo = async (isotherm: Isotherm, v: number) =>
  (await isotherm.up({ stack: 'web', template: labTemplate({ a: { v }, b: {} }) })).settled()

const saidOf = async (isotherm: Isotherm) => ({
  stack: await isotherm.stack('web'),
  resources: await isotherm.resources('web'),
  events: await isotherm.events('web'),
})

test('what a command was told is still so when the power is back', { timeout: 120_000 }, async () => {
  const [original, copy] = [join(folder, 'original'), join(folder, 'copy')]
  const lab = new Lab()
  await (await open({ database: original, types: [lab.type] })).close()
  await cp(original, copy, { recursive: true })
  copyWhatIsSynced(join(original, 'data'), join(copy, 'data'))

  const before = await open({ database: original, types: [lab.type] })
  for (const v of [1, 2, 3]) await upTo(before, v)
  const told = await saidOf(before)
  // Whatever is written from here on comes too late.
  vi.restoreAllMocks()
  await before.close()

  const after = await open({ database: copy, types: [lab.type] })
  try {
    expect(await saidOf(after)).toEqual(told)
    const again = await upTo(after, 4)
    expect(again.status).toBe('UPDATE_COMPLETE')
  } finally {
    await after.close()
  }
})
