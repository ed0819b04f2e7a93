// The simulator's types as an engine process holds them: declared as there, but every call is a question to the far side.
import { Chance } from '../../simulator/chance.js'
import { FarSide } from '../../simulator/far-side.js'
import { compositeTypes } from '../../simulator/nests.js'
import { Actor, Scheduler } from '../../simulator/scheduler.js'
import { simulatedTypes } from '../../simulator/types.js'
import type { Json } from '../../src/lib/json.js'
import type { CallContext, ResourceType } from '../../src/provider/contract.js'
import { type ErrorClass, ProviderError } from '../../src/provider/error.js'

const VERBS = ['create', 'find', 'update', 'delete', 'poll', 'cancel', 'read', 'suspend', 'resume', 'snapshot'] as const
/** What a type may answer with nothing. */
const ABSENT: ReadonlySet<string> = new Set(['find', 'read'])

export interface Question {
  readonly type: string
  readonly verb: (typeof VERBS)[number]
  readonly call: Pick<
    CallContext,
    'token' | 'fence' | 'attempt' | 'deadlineSeconds' | 'project' | 'stack' | 'stackId' | 'name'
  >
  readonly words: readonly { readonly [key: string]: Json }[]
}

export type Answer =
  | { readonly value: unknown }
  | {
      readonly error: {
        readonly message: string
        readonly errorClass?: ErrorClass
        readonly retryAfterSeconds?: number
        readonly code?: string
      }
    }

/** A call is given up after so long; some never end. */
const CALL_TIMEOUT_SECONDS = 2

/** Those whose things are on the far side, and those that are stacks of their own. @param url where the far side listens. */
export function farTypes(url: string): ResourceType[] {
  const nowhere = new FarSide(new Scheduler(), new Chance(0), () => undefined)
  const types = simulatedTypes(nowhere, new Actor('nobody', 'engine')).map((type): ResourceType => {
    const forwarded = VERBS.filter((verb) => type[verb] !== undefined).map((verb) => [
      verb,
      (call: CallContext, ...words: Question['words']) =>
        ask(url, { type: type.name, verb, call: plain(call), words }, call.signal),
    ])
    return {
      ...type,
      timeoutSeconds: CALL_TIMEOUT_SECONDS,
      operationTimeoutSeconds: 60,
      ...Object.fromEntries(forwarded),
    }
  })
  return [...types, ...compositeTypes]
}

const plain = (call: CallContext): Question['call'] => {
  const { token, fence, attempt, deadlineSeconds, project, stack, stackId, name } = call
  return { token, fence, attempt, deadlineSeconds, project, stack, stackId, name }
}

async function ask(url: string, question: Question, signal: AbortSignal): Promise<unknown> {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(question), signal })
  const answer = (await response.json()) as Answer
  if ('value' in answer) return answer.value ?? (ABSENT.has(question.verb) ? null : undefined)
  const { message, errorClass, retryAfterSeconds, code } = answer.error
  if (errorClass) throw new ProviderError(errorClass, message, retryAfterSeconds)
  throw Object.assign(new Error(message), code === undefined ? {} : { code })
}
