// One resource as somebody asks for it: what it is, what it needs and is needed by, and what it holds, secrets hidden.
import { readDependants } from '../store/definitions.js'
import { readNames } from '../store/progress.js'
import type { StackRow } from '../store/stacks.js'
import { readResourceData } from '../store/views.js'
import type { Parts } from './desk.js'
import { getVersions } from './find.js'
import { visibleData } from './hidden.js'
import { type ResourceDetail, resourceView } from './views.js'

/** Throws NotFound. */
export async function resourceDetail(
  { database, types }: Pick<Parts, 'database' | 'types'>,
  stack: StackRow,
  resource: string,
): Promise<ResourceDetail> {
  const [row] = await getVersions(database, stack, resource)
  const data = await readResourceData(database, stack.id, row.id)
  const requiredBy = (await readDependants(database, stack.id, [row.name])).map(({ name }) => name).sort()
  const view = resourceView(row, await readNames(database, stack.id, row.requires))
  return { ...view, requiredBy, ...visibleData(data, types.get(row.type)) }
}
