// The stacks of a project by name, a page at a time, as they are shown: without outputs, which cost more than all the rest.
import { KeyMissing } from '../store/keyring.js'
import { listByName } from '../store/stack-list.js'
import type { Seeker } from './find.js'
import { pageView } from './shown.js'
import type { StackView } from './views.js'

export interface StacksOptions {
  /** Those that are parts of others as well. Default false. */
  readonly nested?: boolean
  /** Only those whose names come after this one. */
  readonly after?: string
  /** At most so many. Default: all. */
  readonly limit?: number
}

export const STACKS_PAGE = 1_000

/** Throws KeyMissing. */
export async function listViews(
  { database, project }: Seeker,
  { nested = false, after, limit = Number.POSITIVE_INFINITY }: StacksOptions,
): Promise<StackView[]> {
  const views: StackView[] = []
  let last = after
  for (;;) {
    const size = Math.min(STACKS_PAGE, limit - views.length)
    const rows = size > 0 ? await listByName(database, project, { nested, after: last, limit: size }) : []
    for (const row of rows) {
      if (row.unreadable !== undefined) throw new KeyMissing(`stack ${row.name}: ${row.unreadable}`)
      views.push(pageView(row))
    }
    last = rows.at(-1)?.name
    if (rows.length < STACKS_PAGE || last === undefined) return views
  }
}
