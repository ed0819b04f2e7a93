// What a template or an environment forbids to be done to a thing that exists. Pure.
import type { Definition } from '../template/definition.js'

export type Policies = Pick<Definition, 'isotherm' | 'restricted'>

/** Why this may not be done; undefined when it may. In Heat's words where Heat has some. */
export function forbidden(action: 'update' | 'replace' | 'delete', policies: Policies): string | undefined {
  if (action !== 'update' && policies.isotherm?.protect) {
    return `it is protected, and would be ${action === 'replace' ? 'replaced' : 'deleted'}; take isotherm.protect back first`
  }
  return action !== 'delete' && policies.restricted?.includes(action)
    ? `${action} is restricted for resource`
    : undefined
}
