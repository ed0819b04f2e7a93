// What nested stacks are to become, declared. A turn begins many that come of one template and are given the same: they are declared
// once, unless their own name matters. Kept for the turn only, so that nothing has to be forgotten.

import type { Composition } from '../../provider/composite.js'
import type { TypeRegistry } from '../../provider/registry.js'
import type { Sql } from '../../store/database.js'
import { secretHash } from '../../store/keyring.js'
import type { Surrounding } from '../../store/nested.js'
import { type Declared, requireKey } from '../declare/declare.js'
import { declareNested, facadeOf } from '../declare/nested.js'
import type { TreeLimits } from '../declare/tree-limits.js'
import type { Work } from '../work.js'
import { nameOf } from './outcomes.js'

export class Declaring {
  /** By what they depend on. */
  readonly #shared = new Map<string, Declared>()

  constructor(
    readonly sql: Sql,
    readonly types: TypeRegistry,
  ) {}

  /** @param hash over all that its definitions depend on besides the stack around it. Throws InvalidInput. */
  declare(work: Work, around: Surrounding, composition: Composition, hash: string): Declared {
    const { nested, secret = [] } = work.intent ?? {}
    // Without its hash nothing is known of what the environment says for this name.
    const said = [around.id, nested ? '' : work.name, composition.file ?? '', secret.length > 0, hash]
    const key = said.join('/')
    const known = this.#shared.get(key)
    if (known) return known
    const declared = this.#declared(work, around, composition)
    if (!declared.namesItself) this.#shared.set(key, declared)
    return declared
  }

  #declared(work: Work, around: Surrounding, composition: Composition): Declared {
    const { refusedTypes } = around
    const types = refusedTypes.length === 0 ? this.types : this.types.without(refusedTypes)
    const hashSecret = secretHash(this.sql)
    const declared = declareNested(composition, { ...standingOf(work, around), hashSecret }, types)
    requireKey(declared, hashSecret)
    return declared
  }
}

function standingOf(work: Work, around: Surrounding) {
  const { intent, name, token: stackId, project: projectId } = work
  const updatePolicy = intent?.nested?.updatePolicy ?? {}
  return {
    name,
    files: around.files,
    environment: around.environment,
    facade: facadeOf({ deletionPolicy: intent?.retain ? 'Retain' : 'Delete', updatePolicy }, intent?.metadata ?? {}),
    pseudo: { stackId, stackName: nameOf(work), projectId, treeLimits: limitsOf(around), ...updateOf(work) },
    // How deep it may go is counted from the outermost stack.
    outer: Array.from({ length: around.depth }, () => ({ file: undefined, text: undefined })),
    sealed: (intent?.secret?.length ?? 0) > 0,
  }
}

/** It follows from what the resource is to become: the command that is given again is the same. */
const updateOf = ({ intent }: Work) => (intent?.nested ? { updateId: intent.nested.hash } : {})

const limitsOf = ({ nestedDepthMax, treeResourcesMax: resourcesMax }: Surrounding): Partial<TreeLimits> => ({
  resourcesMax,
  ...(nestedDepthMax !== null && { nestedDepthMax }),
})
