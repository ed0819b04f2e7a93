// The disk under an embedded database fills up in the middle of a command: it says so and ends, and the next one goes on.
import { once } from 'node:events'
import fs from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Isotherm, open } from '../../src/index.js'
import { Lab, labTemplate } from '../lab.js'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'isotherm-full-'))
})
afterEach(async () => {
  vi.restoreAllMocks()
  await rm(directory, { recursive: true, force: true })
})

/** So many writes are left, the last of which is taken by half. */
function fillUp(writes: number, code = 'ENOSPC'): void {
  const { writeSync } = fs
  let left = writes
  vi.spyOn(fs, 'writeSync').mockImplementation((...given: unknown[]) => {
    const [file, bytes, offset, length, position] = given as [number, Int8Array, number, number, number]
    if (left-- > 0) return writeSync(file, bytes, offset, left === 0 ? Math.ceil(length / 2) : length, position)
    throw Object.assign(new Error(`${code}: from the system, write`), { code })
  })
}

const upTo = async (isotherm: Isotherm, v: number) =>
  (await isotherm.up({ stack: 'web', template: labTemplate({ a: { v }, b: { v } }) })).settled()

test.each([1, 4, 10, 20, 40])('after %i more writes', { timeout: 60_000 }, async (writes) => {
  const lab = new Lab()
  const before = await open({ database: directory, types: [lab.type] })
  await upTo(before, 1)
  fillUp(writes)
  const changes = async () => {
    for (let v = 2; ; v++) await upTo(before, v)
  }
  await expect(changes()).rejects.toThrow(
    /the disk is full: make room, then run the command again \(ENOSPC.*is gone on with/,
  )
  await before.close()
  vi.restoreAllMocks()

  const after = await open({ database: directory, types: [lab.type] })
  try {
    expect((await upTo(after, 100)).status).toBe('UPDATE_COMPLETE')
    expect([...lab.things.keys()]).toHaveLength(2)
  } finally {
    await after.close()
  }
})

test.each([
  ['ENOSPC', /the disk is full: make room/],
  ['EDQUOT', /no more of the disk may be used: make room, or have the quota raised/],
  ['EROFS', /the disk can only be read: mount it/],
  ['EIO', /the disk fails: look what the system says of it/],
])('a database that cannot start for %s says what to do about that', { timeout: 60_000 }, async (code, advice) => {
  await (await open({ database: directory })).close()
  fillUp(0, code)
  await expect(open({ database: directory })).rejects.toThrow(advice)
  vi.restoreAllMocks()
  // PostgreSQL's own lock was left empty.
  await (await open({ database: directory })).close()
})

test('whoever has a database open is told when it is lost', { timeout: 60_000 }, async () => {
  const isotherm = await open({ database: directory })
  expect(isotherm.lost.aborted).toBe(false)
  fillUp(1)
  // Also without being asked anything: the heartbeat is written, too.
  if (!isotherm.lost.aborted) await once(isotherm.lost, 'abort')
  expect(isotherm.lost.reason).toMatchObject({ name: 'DatabaseLost', message: expect.stringMatching(/make room/) })
  await isotherm.close()
})
