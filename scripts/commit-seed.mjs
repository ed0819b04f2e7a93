// Which simulated worlds `npm test` plays: those of the commit. Whoever runs it again sees the same, and what is changed sees fresh ones.
import { spawnSync } from 'node:child_process'

/**
 * @param {string} directory
 * @returns the words that give a lane its first seed, and what it says first; no words outside of a git repository.
 */
export function worldsOf(directory) {
  const { status, stdout } = spawnSync('git', ['rev-parse', 'HEAD'], { cwd: directory, encoding: 'utf8' })
  if (status !== 0)
    return { words: [], opening: 'simulator: there is no commit to take the first seed from: it is drawn' }
  const commit = stdout.trim()
  const seed = seedOf(commit)
  const opening = `simulator: the first seed is that of commit ${commit.slice(0, 10)}; other worlds: npm run simulate -- --seconds 60`
  return { words: ['--seed', String(seed)], opening }
}

/** From 0 to a thousand million. */
export const seedOf = (commit) => Number.parseInt(commit.slice(0, 12), 16) % 1_000_000_000
