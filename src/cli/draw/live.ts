// The live picture of a stack at work, bounded to the screen: the whole tree when it fits, else what matters now, with
// counts for the rest. And the picture that remains when it is done.
import type { GraphView, OutputView, ProgressResource, ProgressView, StackView } from '../../index.js'
import { failingText } from './failing.js'
import { count, type Line, many, shorten, span, tame, toned } from './line.js'
import { sayResource, spanCells } from './resource.js'
import type { Story } from './story.js'
import { alignRows, drawTree } from './tree.js'

export interface Scene {
  readonly view: ProgressView
  /** Empty for a stack too large for a tree. */
  readonly graph: GraphView
  readonly story: Story
  /** Since the command was given. */
  readonly elapsedSeconds: number
  /** How many resources there were when it began; clean-up takes rows away. */
  readonly initially: number
  readonly tick: number
}

export interface Screen {
  readonly rows: number
  readonly columns: number
}

const BAR_LENGTH = 30
const VALUE_LENGTH_MAX = 200

export function drawLive(scene: Scene, screen: Screen): Line[] {
  const { view, graph, story, tick } = scene
  const head: Line[] = [headLine(scene), []]
  const foot: Line[] = [[], waitLine(view)]
  // The last line of the screen stays free for the cursor.
  const room = Math.max(3, screen.rows - head.length - foot.length - 1)
  const tree = view.complete && graph.resources.length > 0 ? drawTree(view, graph, story, tick) : undefined
  const whole = tree && tree.length <= room
  return [...head, ...(whole ? tree : drawCrowd(scene, room)), ...foot]
}

function headLine({ view, elapsedSeconds }: Scene): Line {
  return [toned('bold', tame(view.stack)), ` ${verb(view.status)} `, toned('dim', span(elapsedSeconds))]
}

function verb(status: string): string {
  const words: { readonly [action: string]: string } = {
    CREATE: 'is being created',
    UPDATE: 'is being updated',
    DELETE: 'is being deleted',
    ROLLBACK: 'goes back to its last complete template',
    RESTORE: 'goes back to a snapshot',
    SUSPEND: 'is being suspended',
    RESUME: 'is being resumed',
    SNAPSHOT: 'is being kept',
    CHECK: 'is compared with reality',
    ADOPT: 'is being adopted',
  }
  return words[status.split('_')[0] ?? ''] ?? 'is at work'
}

/** Commands that let what waits for people go on, without the program's name: one for all hooks, one for each that is to be signalled. */
export function wordsToGoOn(stack: string, paused: NonNullable<ProgressView['paused']>): string[][] {
  const held = new Set(paused.flatMap(({ resource, hook }) => (hook === null ? [] : resource)))
  const clear = held.size === 0 ? [] : [['hook-clear', stack, ...held]]
  const signals = new Map(paused.flatMap((one) => (one.signal === null ? [] : [[`${one.stack}/${one.signal}`, one]])))
  return [...clear, ...[...signals.values()].map((one) => ['signal', one.stack, one.signal ?? ''])]
}

/** What everything else waits for: something that moves every second. */
function waitLine({ stack, resources, counts, paused = [], failing }: ProgressView): Line {
  if (failing) return [toned('bad', failingText(failing))]
  if (paused.length > 0) {
    const [words = []] = wordsToGoOn(stack, paused)
    return [toned('dim', 'paused until somebody types: '), toned('name', tame(['isotherm', ...words].join(' ')))]
  }
  const busy = resources.filter(({ state }) => state === 'running' || state === 'parked')
  const longest = [...busy].sort((one, other) => (other.elapsedSeconds ?? 0) - (one.elapsedSeconds ?? 0))[0]
  if (!longest) {
    const text = counts.ready > 0 ? 'waiting for a free engine' : 'waiting for the next step'
    return [toned('dim', `${text} · Ctrl-C detaches`)]
  }
  const others = counts.running + counts.parked - 1
  const more = others > 0 ? ` and ${many(others, 'other')}` : ''
  return [
    toned('dim', 'waiting for '),
    toned('busy', tame(longest.name)),
    toned('dim', ` (${span(longest.elapsedSeconds ?? 0)})${more} · Ctrl-C detaches`),
  ]
}

/** For a stack that the screen cannot hold. */
function drawCrowd(scene: Scene, room: number): Line[] {
  const { view, story, tick } = scene
  const lines: Line[] = [barLine(scene), countsLine(view), []]
  const telling = view.resources.filter(({ state, status }) => state !== 'idle' || status.endsWith('FAILED'))
  const shown = telling.slice(0, Math.max(1, room - lines.length - 1))
  lines.push(...rowsOf(shown, story, tick))
  return lines.slice(0, room)
}

function rowsOf(resources: readonly ProgressResource[], story: Story, tick: number): Line[] {
  const all = resources.map((resource) => sayResource(resource, story.get(resource.name), tick))
  const spans = spanCells(all)
  return alignRows(
    all.map(({ mark, tone, word, note }, index): Line[] => [
      ['  ', toned(tone, mark), ' ', tame(resources[index]?.name ?? '')],
      [toned('dim', resources[index]?.type ?? '')],
      [toned(tone, word)],
      [toned('dim', spans[index] ?? '')],
      [toned(tone === 'bad' ? 'bad' : 'dim', note)],
    ]),
  )
}

function barLine({ view, initially }: Scene): Line {
  const { done, total } = doneOf(view, initially)
  const share = total === 0 ? 1 : done / total
  const filled = Math.floor(share * BAR_LENGTH)
  return [
    '  ',
    toned('good', '━'.repeat(filled)),
    toned('dim', '─'.repeat(BAR_LENGTH - filled)),
    `  ${count(done)} of ${count(total)}`,
  ]
}

/** Rows that are deleted vanish, so during a deletion what is gone is what was there less what is left. */
function doneOf({ counts, visited, total, status }: ProgressView, initially: number): { done: number; total: number } {
  if (!status.startsWith('DELETE')) return { done: counts.done, total: visited }
  return { done: Math.max(0, initially - total), total: Math.max(initially, total) }
}

function countsLine({ counts }: ProgressView): Line {
  const { running, parked, ready, waiting, failed } = counts
  return [
    '  ',
    ...(failed > 0 ? [toned('bad', `✖ ${count(failed)} failed   `)] : []),
    toned('busy', `◐ ${count(running)} at work`),
    ...(parked > 0 ? [toned('busy', `   ◷ ${count(parked)} pending`)] : []),
    toned('dim', `   ○ ${count(ready)} next   · ${count(waiting)} waiting`),
  ]
}

/** `3 of 13 done`, for a line of its own. */
export function drawShare(view: ProgressView, initially: number): string {
  const { done, total } = doneOf(view, initially)
  return `${count(done)} of ${count(total)} done`
}

const TREE_MAX = 60
const FAILURES_MAX = 20

/** What remains on the screen, and what a log ends with: the tree, or for a large stack its types and its failures. */
export function drawFinal(scene: Scene): Line[] {
  const { view, graph, story } = scene
  const entries = view.total + [...story.values()].filter(({ deleted }) => deleted).length
  if (view.complete && entries <= TREE_MAX) return drawTree(view, graph, story)
  const failed = view.resources.filter(({ status }) => status.endsWith('FAILED'))
  const lines = rowsOf(failed.slice(0, FAILURES_MAX), story, 0)
  const more = view.counts.failed - Math.min(failed.length, FAILURES_MAX)
  if (more > 0) lines.push([toned('bad', `  … and ${count(more)} more that failed`)])
  if (view.total > 0) lines.push(['  ', many(view.total, 'resource')])
  return lines
}

/** `web: CREATE_COMPLETE after 4.2 s`, with the reason of a failure. */
export function drawEnd({ name, status, reason }: StackView, good: boolean, elapsedSeconds: number): Line[] {
  const line: Line = [
    toned(good ? 'good' : 'bad', good ? '✔ ' : '✖ '),
    toned('bold', tame(name)),
    ': ',
    toned(good ? 'good' : 'bad', status),
    toned('dim', ` after ${span(elapsedSeconds)}`),
  ]
  return good || reason === '' ? [line] : [line, ['  ', tame(reason)]]
}

export function drawOutputs(outputs: { readonly [name: string]: OutputView }): Line[] {
  return alignRows(
    Object.entries(outputs)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, { value, error }]): Line[] => [
        ['  ', toned('bold', tame(name))],
        [
          error === undefined
            ? shorten(tame(typeof value === 'string' ? value : JSON.stringify(value)), VALUE_LENGTH_MAX)
            : toned('bad', `not known: ${tame(error)}`),
        ],
      ]),
  )
}
