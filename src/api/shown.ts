// Stacks as they are shown, any number of them together: with their parameters, and with their outputs as they are now.
import type { TypeRegistry } from '../provider/registry.js'
import type { Sql } from '../store/database.js'
import { KeyMissing } from '../store/keyring.js'
import type { Opened } from '../store/sealing.js'
import { readShownByUids, type ShownRow } from '../store/shown-stack.js'
import type { NamedRow } from '../store/stack-list.js'
import { failingView } from './failing.js'
import { visibleParameters } from './hidden.js'
import { outputsFrom, readReferences } from './outputs.js'
import { type OutputView, type StackView, stackSummary, watchView } from './views.js'

interface Shower {
  readonly database: Sql
  readonly types: TypeRegistry
}

/** Two statements, however many there are. What is given back shows one of them, or throws KeyMissing for that one. */
export async function showing(
  { database, types }: Shower,
  rows: readonly (ShownRow & Opened)[],
): Promise<(row: ShownRow & Opened) => StackView> {
  const references = await readReferences(
    database,
    rows.filter(({ unreadable }) => unreadable === undefined),
  )
  return (row) => {
    if (row.unreadable !== undefined) throw new KeyMissing(`stack ${row.name}: ${row.unreadable}`)
    return pageView(row, outputsFrom(row, references(row.id), types))
  }
}

/** By their ids (lower-case UUIDs), also those that have been deleted; undefined for what the project has not. */
export async function showByIds(
  shower: Shower & { readonly project: string },
  ids: readonly string[],
): Promise<(id: string) => StackView | undefined> {
  const rows = await readShownByUids(shower.database, shower.project, [...new Set(ids)])
  const byId = new Map(rows.map((row) => [row.uid, row]))
  const show = await showing(shower, rows)
  return (id) => {
    const row = byId.get(id)
    return row && show(row)
  }
}

export function pageView(row: NamedRow, outputs: { readonly [name: string]: OutputView } = {}): StackView {
  const { description, parameters, everySeconds, driftLimit, dueAt } = row
  const isWatched = everySeconds !== null && driftLimit !== null && dueAt !== null
  return {
    ...stackSummary(row),
    description: description ?? '',
    parameters: visibleParameters(parameters ?? {}),
    outputs,
    watch: watchView(isWatched ? { everySeconds, driftLimit, dueAt } : undefined),
    failing: failingView(row.name, row),
  }
}
