// A lane of `npm test`: a Node program that shows its own progress, says of each failure how it is shown again (`again: COMMAND`),
// and ends with the line `N passed, N failed`. What it says of failures is kept and said once more at the end of the run: other lanes
// write in between, a fallen seed alone tells a story of 60 lines, and whoever reads a long log reads its end.
import { spawn } from 'node:child_process'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** Far more than a lane takes on a slow machine: one that never ends is ended, and says so, instead of holding everybody up. */
const LANE_MINUTES = 40

/** Of one lane: the first ones are enough to begin with. */
const COMMANDS_SHOWN = 3

/**
 * A lane that ends badly without having counted a failure (a crash, say) counts as one.
 * @param {{ name: string, words: readonly string[], opening?: string, maySkip?: boolean }} lane `words` of a Node program, `opening` is said
 * before it begins.
 * @param {(line: string) => void} say
 * @returns what it counted, how it ended where that was badly (`end`), and the commands that show its failures again.
 */
export async function runLane({ name, words, opening, maySkip = false }, say = console.log, minutes = LANE_MINUTES) {
  if (opening !== undefined) say(opening)
  const child = spawn(process.execPath, words, { cwd: root, stdio: ['inherit', 'pipe', 'inherit'], env: colourful() })
  const ended = new Promise((resolve) => child.on('close', (code, signal) => resolve(code ?? signal)))
  let isLate = false
  const limit = setTimeout(() => {
    isLate = true
    say(`lane "${name}" has not ended within ${minutes} minutes: what it said last is where to look`)
    child.kill('SIGKILL')
  }, minutes * 60_000)
  const { passed, failed, again } = await heard(child.stdout, say)
  const code = await ended
  clearTimeout(limit)
  if (code === 0 && (passed > 0 || failed > 0 || maySkip)) {
    if (passed === 0 && failed === 0) say(`lane "${name}" did not run`)
    return { name, words, passed, failed, again, end: undefined }
  }
  say(`lane "${name}" ended with ${code}`)
  const broken = failed === 0 ? `ended with ${code}` : undefined
  const end = isLate ? `did not end within ${minutes} minutes` : broken
  return { name, words, passed, failed: Math.max(failed, 1), again, end }
}

async function heard(output, say) {
  const said = { passed: 0, failed: 0, again: [] }
  for await (const line of createInterface({ input: output })) {
    const counts = /^(\d+) passed, (\d+) failed$/.exec(line)
    if (counts) Object.assign(said, { passed: Number(counts[1]), failed: Number(counts[2]) })
    else say(line)
    const command = /^\s*again: (.+)$/.exec(line)?.[1]
    if (command !== undefined) said.again.push(command)
  }
  return said
}

/**
 * What a run says last but for its counts.
 * @param {readonly { name: string, words: readonly string[], failed: number, again: readonly string[], end?: string | undefined }[]} lanes
 * @returns no line where nothing failed.
 */
export function whatFailed(lanes) {
  const fallen = lanes.filter(({ failed }) => failed > 0)
  if (fallen.length === 0) return []
  return ['', 'What failed, and how it is shown again:', ...fallen.flatMap(linesOf)]
}

function linesOf({ name, words, failed, again, end }) {
  const commands = again.length > 0 ? again : [`node ${words.join(' ')}`]
  const more = commands.length - COMMANDS_SHOWN
  return [
    `  lane "${name}": ${failed} failed${end === undefined ? '' : `, ${end}`}`,
    ...commands.slice(0, COMMANDS_SHOWN).map((command) => `    ${command}`),
    ...(more > 0 ? [`    … and ${more} more, told above`] : []),
  ]
}

/** The lane writes to a pipe and would give up its colours, although a person is watching the other end. */
function colourful() {
  const wanted = process.stdout.isTTY && process.env.NO_COLOR === undefined
  return wanted ? { ...process.env, FORCE_COLOR: '1' } : process.env
}
