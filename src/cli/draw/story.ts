// What has happened to each resource since a command began, folded from its events. The rows only say how things are now.
import type { EventView, WithinView } from '../../index.js'

export interface Chapter {
  readonly type: string
  /** The last thing that was done to it: `CREATE`, `UPDATE`, `DELETE`. */
  readonly action: string
  readonly status: string
  readonly reason: string | undefined
  /** Milliseconds since 1970, of the first event of the last action. */
  readonly beganAt: number
  readonly tookSeconds: number | undefined
  readonly created: boolean
  /** A version of it is gone. */
  readonly deleted: boolean
}

export type Story = ReadonlyMap<string, Chapter>

/** Goes on with the story; events of the stack itself are not part of it. */
export function tell(story: Map<string, Chapter>, events: readonly EventView[]): Story {
  for (const event of events) {
    if (event.resource === undefined) continue
    const path = pathOf(event.resource, event)
    story.set(path, nextChapter(story.get(path), event))
  }
  return story
}

/** What stands in a nested stack is told under its path. */
export const pathOf = (name: string, { within }: { readonly within?: WithinView }): string =>
  within ? `${within.path}/${name}` : name

function nextChapter(before: Chapter | undefined, event: EventView): Chapter {
  const [action = '', ...rest] = event.status.split('_')
  const status = rest.join('_')
  const at = Date.parse(event.at)
  const goesOn = before?.action === action && before.status === 'IN_PROGRESS'
  const beganAt = goesOn ? before.beganAt : at
  return {
    type: event.type ?? before?.type ?? '',
    action,
    status,
    reason: event.reason,
    beganAt,
    tookSeconds: status === 'IN_PROGRESS' ? undefined : (at - beganAt) / 1000,
    created: (before?.created ?? false) || (action === 'CREATE' && status === 'COMPLETE'),
    deleted: (before?.deleted ?? false) || (action === 'DELETE' && status === 'COMPLETE'),
  }
}
