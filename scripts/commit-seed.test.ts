// Which worlds `npm test` plays.
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { seedOf, worldsOf } from './commit-seed.mjs'

test('the same commit plays the same worlds, and another one others', async () => {
  const directory = await emptyDirectory()
  const git = (...words: string[]) => spawnSync('git', ['-C', directory, ...words], { encoding: 'utf8' }).stdout.trim()
  const commit = () => {
    const who = ['-c', 'user.name=nobody', '-c', 'user.email=nobody@example.org', '-c', 'commit.gpgsign=false']
    git(...who, 'commit', '--allow-empty', '--message', 'One more')
    return git('rev-parse', 'HEAD')
  }
  git('init')
  const first = commit()
  const worlds = worldsOf(directory)
  expect(worldsOf(directory)).toEqual(worlds)
  expect(worlds.words).toEqual(['--seed', String(seedOf(first))])
  expect(worlds.opening).toContain(first.slice(0, 10))
  commit()
  expect(worldsOf(directory).words).not.toEqual(worlds.words)
})

test('where there is no commit chance chooses', async () => {
  expect(worldsOf(await emptyDirectory())).toEqual({ words: [], opening: expect.stringContaining('drawn') })
})

test('the seed of a commit is one that the simulator takes', () => {
  expect(seedOf('0000000000000000000000000000000000000000')).toBe(0)
  const last = seedOf('ffffffffffffffffffffffffffffffffffffffff')
  expect(Number.isSafeInteger(last) && last < 1_000_000_000).toBe(true)
})

async function emptyDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'commit-seed-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  return directory
}
