// Bringing a stack to a template: the command behind `up`, and behind a plan that is carried out.
import { converge } from '../engine/converge.js'
import type { HashSecret } from '../engine/declare/declare.js'
import { warned } from '../engine/declare/doubtful.js'
import type { Transaction } from '../store/database.js'
import type { StackRow } from '../store/stacks.js'
import type { Desk } from './desk.js'
import { checkPresumed, checkRevision, seekStack } from './find.js'
import { refuseImmutable } from './immutable.js'
import type { UpOptions } from './options.js'
import { setWatch } from './reality.js'
import type { Run } from './run.js'
import { checkStackName } from './stack-name.js'
import { type CommandInput, declareFor } from './stream.js'

/** Throws InvalidInput, Conflict, NotFound, Outdated. */
export async function up(desk: Desk, options: UpOptions, hash: HashSecret): Promise<Run> {
  const { parts } = desk
  checkStackName(options.stack)
  for (;;) {
    const known = await seekStack(parts, options.stack)
    checkPresumed(options.stack, options.presume, known)
    const addressee = known ?? { name: options.stack, uid: parts.world.newId() }
    const declared = await declareFor(options, parts.types, desk.pseudo(options.stack, addressee.uid, known), hash)
    const run = await desk.command(addressee, (sql, stack, isNew) => {
      checkRevision(options.presume, stack)
      return bring(sql, stack, isNew, declared, options)
    })
    // Undefined when a stack of that name came or went meanwhile: its id is part of what a template may say.
    if (run) return { ...run, ...warned(options, declared) }
  }
}

/** In the command's transaction, under the stack's lock. */
export async function bring(
  sql: Transaction,
  stack: StackRow,
  isNew: boolean,
  { record: template, definitions, template: { parameters, placeOf } }: CommandInput,
  options: Pick<UpOptions, 'onFailure' | 'timeoutSeconds' | 'convergeReality' | 'watchReality' | 'about'>,
): Promise<void> {
  const { onFailure = 'rollback', timeoutSeconds, convergeReality, watchReality, about } = options
  if (!isNew) await refuseImmutable(sql, stack, { parameters, placeOf })
  await converge(sql, stack, {
    action: isNew ? 'CREATE' : 'UPDATE',
    onFailure,
    timeoutSeconds,
    template,
    definitions: { kind: 'whole', definitions },
    ...(convergeReality && { stage: 'visit' }),
    ...(about && { about }),
  })
  if (watchReality !== undefined) await setWatch(sql, stack.id, watchReality)
}
