// Actions on a stack: what is done to it without changing its template.
import type { StackView } from '../../index.js'
import { type Session, withIsotherm } from '../session.js'
import { enginesOf, type RunArguments, timeoutOf } from './change.js'
import { stackOf } from './look.js'
import { carryOut } from './run.js'

const complete = ({ status }: StackView) => status.endsWith('_COMPLETE')

export async function visit(
  session: Session,
  named: string | undefined,
  options: RunArguments,
  action: 'suspend' | 'resume' | 'check',
): Promise<number> {
  const timeout = timeoutOf(options)
  const { detach = false } = options
  return withIsotherm(session, enginesOf(options, session), async (isotherm, interrupt) => {
    const stack = await stackOf(isotherm, named)
    const command = () => isotherm[action](stack, timeout)
    return carryOut({ isotherm, session, interrupt, stack, exists: true, command, good: complete, detach })
  })
}
