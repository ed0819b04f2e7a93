// One process owns an embedded database's directory.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openDatabase } from '../../src/store/open.js'
import { takeOwnership } from '../../src/store/owner-lock.js'

let directory = ''
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'isotherm-owner-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

test('a second owner is told who the first is; a released lock is free', async () => {
  const lock = await takeOwnership(directory)
  await expect(takeOwnership(directory)).rejects.toThrow(`is in use by process ${process.pid}`)
  await lock.release()
  await (await takeOwnership(directory)).release()
})

test('the lock of a process that is no more is taken over, and only one of many gets it', async () => {
  const child = spawn(process.execPath, ['-e', ''])
  await once(child, 'exit')
  await writeFile(join(directory, 'owner'), JSON.stringify({ pid: child.pid, began: '1', nonce: 'old' }))
  const tries = await Promise.allSettled(Array.from({ length: 8 }, () => takeOwnership(directory)))
  expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
})

test('a process that has the number of the owner but began later is not the owner', async () => {
  await writeFile(join(directory, 'owner'), JSON.stringify({ pid: process.pid, began: 'before', nonce: 'old' }))
  await (await takeOwnership(directory)).release()
})

test('a lock file that cannot be read belongs to nobody that lives', async () => {
  await writeFile(join(directory, 'owner'), '{"pid":')
  await (await takeOwnership(directory)).release()
})

test('a folder that cannot be written is named, with what to do', async () => {
  const file = join(directory, 'file')
  await writeFile(file, '')
  await expect(openDatabase(join(file, 'database'))).rejects.toThrow(
    /cannot write to .*choose another place with --database/,
  )
})

test('what was committed is there when the directory is opened again', async () => {
  const first = await openDatabase(directory)
  await first.query(`insert into isotherm.projects (name) values ('kept')`)
  await first.close()
  const second = await openDatabase(directory)
  expect(await second.query('select name from isotherm.projects')).toEqual([{ name: 'kept' }])
  await second.close()
})
