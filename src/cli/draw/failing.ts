// A stack that engines have put aside, in a line: what fails, since when, and when it is tried again.
import type { FailingView } from '../../index.js'
import { span, tame } from './line.js'

/** What it fails for comes last: a screen cuts what does not fit. */
export function failingText({ stack, why, failingSeconds, nextAttemptSeconds }: FailingView): string {
  const next = nextAttemptSeconds === null ? 'no engine is there' : `tried again in ${Math.ceil(nextAttemptSeconds)} s`
  return tame(`engines fail to go on with ${stack} (for ${span(failingSeconds)}, ${next}): ${why}`)
}
