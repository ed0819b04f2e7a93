// One process owns an embedded database's directory.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
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

const DEAD = (nonce: string) => JSON.stringify({ pid: 2 ** 30, began: '1', nonce })
const owners = (tries: readonly PromiseSettledResult<unknown>[]) =>
  tries.filter(({ status }) => status === 'fulfilled').length

test('the lock of a process that is no more is taken over, and only one of many gets it', async () => {
  for (let round = 0; round < 50; round++) {
    await writeFile(join(directory, 'owner'), DEAD(`${round}`))
    const tries = await Promise.allSettled(Array.from({ length: 8 }, () => takeOwnership(directory)))
    expect(owners(tries)).toBe(1)
  }
})

test('an heir that died before it had taken the place of the dead is followed by one other', async () => {
  const nameOfHeir = (text: string) => `owner.after-${createHash('sha256').update(text).digest('hex').slice(0, 32)}`
  await writeFile(join(directory, 'owner'), DEAD('first'))
  await writeFile(join(directory, nameOfHeir(DEAD('first'))), DEAD('second'))
  const tries = await Promise.allSettled(Array.from({ length: 8 }, () => takeOwnership(directory)))
  expect(owners(tries)).toBe(1)
  expect(await readdir(directory)).toEqual(['owner'])
})

test('a process that has the number of the owner but began later is not the owner', async () => {
  await writeFile(join(directory, 'owner'), JSON.stringify({ pid: process.pid, began: 'before', nonce: 'old' }))
  await (await takeOwnership(directory)).release()
})

test('an owner that has ended is no more, though its parent has not asked for it', async () => {
  // A shell that starts something and becomes another program, which knows nothing of what was started.
  const parent = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 30'], { stdio: ['ignore', 'pipe', 'ignore'] })
  try {
    const [line] = (await once(parent.stdout, 'data')) as [Buffer]
    const pid = Number(line.toString())
    // Where the system does not tell, it is taken for a living one.
    if (!existsSync(`/proc/${pid}`)) {
      await writeFile(join(directory, 'owner'), JSON.stringify({ pid, began: '', nonce: 'old' }))
      return await expect(takeOwnership(directory)).rejects.toThrow('is in use')
    }
    const stat = async () => (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? []
    while ((await stat())[0] !== 'Z') await new Promise((resolve) => setImmediate(resolve))
    await writeFile(join(directory, 'owner'), JSON.stringify({ pid, began: (await stat())[19], nonce: 'old' }))
    await (await takeOwnership(directory)).release()
  } finally {
    parent.kill('SIGKILL')
  }
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
