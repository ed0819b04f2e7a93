// A nested stack that goes back to a snapshot: what that has of its members is laid over what they are to be, be they there still
// or made anew. Their own nested stacks go back in their turn.
import type { Sql } from '../../store/database.js'
import { secretHash } from '../../store/keyring.js'
import { readSnapshotResources } from '../../store/snapshots.js'
import type { KeptStack } from '../../template/definition.js'
import type { Declared } from '../declare/declare.js'
import { laidOver } from '../declare/restore.js'

/** A snapshot that has been forgotten lays nothing over. */
export async function restoredInside(sql: Sql, declared: Declared, kept: KeptStack | undefined): Promise<Declared> {
  if (!kept) return declared
  const hash = secretHash(sql)
  const definitions = new Map(declared.definitions)
  for (const resource of await readSnapshotResources(sql, kept.stack, kept.snapshot)) {
    const definition = definitions.get(resource.name)
    if (!definition || resource.data === null || definition.body.type !== resource.type) continue
    const laid = laidOver(definition, resource, declared.types, hash)
    if (laid) definitions.set(resource.name, laid)
  }
  return { ...declared, definitions }
}
