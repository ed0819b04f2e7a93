// A fallen seed as a scenario file: it runs the same world again, and carries the story for whoever reads it.
import type { SeedOptions, SeedResult } from './seed.js'

const LINES_MAX = 250

export function scenarioFileOf(
  { seed, stacks, engines, steps }: SeedOptions,
  { violations, story }: SeedResult,
): string {
  const given = Object.entries({ stacks, engines, steps }).filter(([, value]) => value !== undefined)
  const options = [`seed: ${seed}`, ...given.map(([key, value]) => `${key}: ${value}`)].join(', ')
  const left = story.length > LINES_MAX ? [`(${story.length - LINES_MAX} earlier lines left out)`] : []
  return [
    `// Seed ${seed} fell: ${violations[0] ?? 'nothing'}`,
    '// Put this file into scenarios/ under a name that says what it is about; it holds once the fault is mended.',
    '//',
    ...[...left, ...story.slice(-LINES_MAX)].map((line) => `// ${line}`),
    `import { worldOfSeed } from '../simulator/scenario.js'`,
    '',
    `export default worldOfSeed(${JSON.stringify(violations[0] ?? '')}, { ${options} })`,
    '',
  ].join('\n')
}
