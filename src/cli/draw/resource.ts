// One resource in a few words: a mark, what is being done to it or was done, and what it waits for.
import type { ProgressResource } from '../../index.js'
import { many, shorten, span, type Tone, tame } from './line.js'
import type { Chapter } from './story.js'

export interface Said {
  readonly mark: string
  readonly tone: Tone
  readonly word: string
  readonly seconds: number | undefined
  readonly note: string
}

const DOING: { readonly [action: string]: string } = {
  CREATE: 'creating',
  UPDATE: 'updating',
  DELETE: 'deleting',
  CHECK: 'checking',
  SUSPEND: 'suspending',
  RESUME: 'resuming',
  SNAPSHOT: 'keeping',
  ADOPT: 'adopting',
}
const DONE: { readonly [action: string]: string } = {
  CREATE: 'created',
  UPDATE: 'updated',
  CHECK: 'checked',
  SUSPEND: 'suspended',
  RESUME: 'resumed',
  SNAPSHOT: 'kept',
  ADOPT: 'adopted',
}
const SPINNER = ['◐', '◓', '◑', '◒']
const NOTE_LENGTH_MAX = 200

/**
 * @param tick rises with every drawing, and turns the mark of what is under way.
 * @param resting the stack is at rest: nobody waits any more.
 */
export function sayResource(
  resource: ProgressResource,
  chapter: Chapter | undefined,
  tick: number,
  resting = false,
): Said {
  const action = resource.status.split('_')[0] ?? ''
  const doing = DOING[action] ?? 'working'
  const { state, elapsedSeconds: seconds, attempt, nextAttemptSeconds } = resource
  const elapsed = seconds ?? undefined
  switch (state) {
    case 'running':
      return {
        mark: SPINNER[tick % SPINNER.length] ?? '◐',
        tone: 'busy',
        word: doing,
        seconds: elapsed,
        note: attempt > 1 ? `attempt ${attempt}` : '',
      }
    case 'parked': {
      // What is inside it wakes it: nobody asks.
      if (nextAttemptSeconds === null)
        return { mark: '◷', tone: 'busy', word: doing, seconds: elapsed, note: 'at work inside' }
      const again = `again in ${span(nextAttemptSeconds)}`
      const note =
        resource.reason === null ? `pending, asked ${again}` : `${said(resource)}; attempt ${attempt + 1}, ${again}`
      return { mark: '◷', tone: 'busy', word: doing, seconds: elapsed, note }
    }
    case 'ready':
      if (resting) return { mark: '○', tone: 'dim', word: 'not reached', seconds: undefined, note: '' }
      return { mark: '○', tone: 'plain', word: 'next', seconds: undefined, note: '' }
    case 'waiting':
      if (resting) return { mark: '·', tone: 'dim', word: 'not reached', seconds: undefined, note: '' }
      if (resource.hook !== null)
        return { mark: '‖', tone: 'busy', word: 'paused', seconds: undefined, note: `at its hook ${resource.hook}` }
      return { mark: '·', tone: 'dim', word: 'waiting', seconds: undefined, note: `waits ${waitsFor(resource)}` }
    default:
      return atRest(resource, chapter)
  }
}

function atRest(resource: ProgressResource, chapter: Chapter | undefined): Said {
  if (resource.status.endsWith('FAILED')) {
    return { mark: '✖', tone: 'bad', word: 'failed', seconds: chapter?.tookSeconds, note: said(resource) }
  }
  // The row is ahead of the events: what was begun is done.
  if (chapter?.status === 'IN_PROGRESS' && chapter.action !== 'DELETE') {
    return { mark: '✔', tone: 'good', word: DONE[chapter.action] ?? 'done', seconds: undefined, note: '' }
  }
  if (chapter?.status !== 'COMPLETE' || chapter.action === 'DELETE') {
    const replaced = chapter?.created && chapter.deleted
    return replaced
      ? { mark: '✔', tone: 'good', word: 'replaced', seconds: undefined, note: '' }
      : {
          mark: '✔',
          tone: 'dim',
          word: resource.status.startsWith('INIT') ? 'not made' : 'unchanged',
          seconds: undefined,
          note: '',
        }
  }
  const word = DONE[chapter.action] ?? 'done'
  return { mark: '✔', tone: 'good', word, seconds: chapter.tookSeconds, note: '' }
}

export const saidGone = (chapter: Chapter): Said => ({
  mark: '✔',
  tone: 'good',
  word: 'deleted',
  seconds: chapter.tookSeconds,
  note: '',
})

const said = ({ reason }: ProgressResource): string => shorten(tame(reason ?? ''), NOTE_LENGTH_MAX)

function waitsFor({ waitsFor: names, awaiting }: ProgressResource): string {
  const named = names.slice(0, 3).map(tame).join(', ')
  const more = Math.max(awaiting, names.length) - Math.min(names.length, 3)
  if (named === '') return `for ${many(awaiting, 'other')}`
  return more > 0 ? `for ${named} and ${more} more` : `for ${named}`
}

/** Spans stand below each other, to the right; the width does not jump when ten seconds have passed. */
export function spanCells(all: readonly Said[]): string[] {
  const texts = all.map(({ seconds }) => (seconds === undefined ? '' : span(seconds)))
  const width = Math.max(...texts.map((text) => text.length), texts.some((text) => text !== '') ? 6 : 0)
  return texts.map((text) => text.padStart(width))
}
