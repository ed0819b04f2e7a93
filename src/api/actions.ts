// Actions on a stack that leave its template as it is. Each is a traversal of the one engine, so any command may come at any
// moment, and whatever is interrupted is carried on by whoever is left.
import { visitStack } from '../engine/visit.js'
import type { VisitingAction } from '../graph/stage.js'
import type { Desk } from './desk.js'
import type { StackRef } from './find.js'
import type { ActionOptions } from './options.js'
import type { Run } from './run.js'

export const visit = (desk: Desk, name: StackRef, action: VisitingAction, options: ActionOptions): Promise<Run> =>
  desk.commandOn(name, (sql, stack) => visitStack(sql, stack, { action, timeoutSeconds: options.timeoutSeconds }))
