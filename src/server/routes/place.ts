// What most routes begin with: the tenant, the stack that the path names, and where links lead.
import { getStack } from '../../api/find.js'
import type { StackRow } from '../../store/stacks.js'
import { badRequest, noSuch } from '../errors.js'
import type { Place, StackPlace } from '../links.js'
import { type Call, param } from '../route.js'
import type { Tenant } from '../tenants.js'

export interface AtStack {
  readonly tenant: Tenant
  readonly place: Place
  /** Also one that has been deleted. */
  readonly stack: StackRow
  readonly at: StackPlace
  /** For the library. With the traversal that the client presumes (`If-Match`), if it does. */
  readonly ref: { readonly id: string; readonly traversal?: number }
}

/** Links name the project as the client did. */
export const placeOf = (call: Call): Place => ({ origin: call.origin, tenant: param(call, 'tenant') })

/** `/stacks/:stack/:id`: name and id must belong together. Throws Refusal 404, the same for what is somebody else's. */
export async function atStack(call: Call): Promise<AtStack> {
  const tenant = call.tenant()
  const [name, id] = [param(call, 'stack'), param(call, 'id')]
  const stack = await getStack(tenant.parts, { id }).catch(() => undefined)
  if (!stack || stack.name !== name) throw noSuch('Stack', name)
  return { tenant, place: placeOf(call), stack, at: { name, id: stack.uid }, ref: { id: stack.uid, ...presumed(call) } }
}

/** For commands: a stack that has been deleted is no more. */
export async function atLivingStack(call: Call): Promise<AtStack> {
  const found = await atStack(call)
  if (found.stack.deletedAt) throw noSuch('Stack', found.stack.name)
  return found
}

/** A stack's revision is its traversal: the ETag of what is shown, and what `If-Match` presumes. */
export const etagOf = ({ traversal }: { readonly traversal: number }): string => `"${traversal}"`

export function presumed({ headers }: Call): { traversal?: number } {
  const tag = headers['if-match']
  if (tag === undefined || tag === '*') return {}
  const traversal = /^(?:W\/)?"(\d{1,9})"$/.exec(tag)?.[1]
  if (traversal === undefined) throw badRequest(`If-Match: ${JSON.stringify(tag)} is no revision of a stack`)
  return { traversal: Number(traversal) }
}
