// What becomes of what a watch's check has found: it is mended at once, or left to a person who is told what to type. Decided
// and begun in the transaction that ends the check, so nothing that must happen next lives only in a process.
import { judgeFindings, type Verdict } from '../graph/watch.js'
import { InvalidInput } from '../lib/problem.js'
import type { Sql, Transaction } from '../store/database.js'
import { Declaration } from '../store/declaration.js'
import { finishStack, type StackRow } from '../store/stacks.js'
import { readTemplate } from '../store/templates.js'
import { countFindings } from '../store/visit.js'
import { limitOfCheck } from '../store/watches.js'
import { converge, emptyTemplate } from './converge.js'

export interface Judgement {
  readonly verdict: Verdict
  /** To be added to the reason for which the check failed. */
  readonly says: string
}

/** Of a check that has failed; undefined when no watch began it. The caller holds the stack's lock. */
export async function judgeCheck(sql: Sql, stack: StackRow): Promise<Judgement | undefined> {
  if (stack.action !== 'CHECK') return undefined
  const driftLimit = await limitOfCheck(sql, stack.id, stack.traversal)
  if (driftLimit === undefined) return undefined
  const { differing } = await countFindings(sql, stack.id, stack.traversal)
  const verdict = judgeFindings({ differing, driftLimit, reached: stack.completeTraversal === stack.templateTraversal })
  return { verdict, says: told(verdict, { differing, driftLimit, name: stack.name }) }
}

function told(
  verdict: Verdict,
  { differing, driftLimit, name }: { readonly differing: number; readonly driftLimit: number; readonly name: string },
): string {
  const differs = `; ${differing === 1 ? '1 resource differs' : `${differing} resources differ`}`
  const command = `to mend, type: isotherm up TEMPLATE -s ${name}`
  switch (verdict.kind) {
    case 'nothing':
      return ''
    case 'mend':
      return `${differs}, within the drift limit of ${driftLimit}: being mended`
    case 'report':
      return verdict.why === 'limit'
        ? `${differs}, more than the drift limit of ${driftLimit} lets be mended without a person; ${command}`
        : `${differs}, and nothing is mended without a person, for the last change was not completed; ${command}`
  }
}

/**
 * An update to the template in force: exactly what the check has found, and what follows from it. Reality is not looked at
 * again, or more than was counted might be mended. Where something forbids it, the stack stays as the check left it.
 */
export async function mend(sql: Transaction, stack: StackRow, reason: string): Promise<void> {
  try {
    await convergeAgain(sql, stack)
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error
    const refused = `${reason}; but it is not mended: ${error.message}`
    await finishStack(sql, stack, { status: 'FAILED', reason: refused, deleted: false })
  }
}

/** To the template in force once more: what is not at rest as wanted, and what follows from it. */
export async function convergeAgain(sql: Transaction, stack: StackRow): Promise<void> {
  await converge(sql, stack, {
    action: 'UPDATE',
    // There is nothing to go back to but what is in force.
    onFailure: 'stop',
    timeoutSeconds: undefined,
    template: (await readTemplate(sql, stack.id, stack.templateTraversal)) ?? emptyTemplate,
    definitions: { kind: 'delta', put: Declaration.of([]), removed: [] },
  })
}
