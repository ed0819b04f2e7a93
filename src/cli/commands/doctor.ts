// `isotherm doctor`: looks at the whole database and says what is wrong with it. It runs no engine, and opens the database
// as it is, for its schema may be what is wrong.
import { doctor as examine } from '../../index.js'
import { drawDiagnosis } from '../draw/doctor.js'
import { EXIT, UsageError } from '../exit.js'
import type { Session } from '../session.js'
import { loadTypes } from '../types.js'

export interface DoctorArguments {
  readonly fix?: boolean
  readonly silentSeconds?: string
  readonly heldSeconds?: string
}

export async function doctor({ globals, terminal }: Session, options: DoctorArguments): Promise<number> {
  const fix = options.fix === true
  const silentSeconds = secondsOf('--silent-seconds', options.silentSeconds)
  const heldSeconds = secondsOf('--held-seconds', options.heldSeconds)
  const diagnosis = await examine({
    database: globals.database,
    fix,
    types: await loadTypes(),
    ...(silentSeconds !== undefined && { silentSeconds }),
    ...(heldSeconds !== undefined && { heldSeconds }),
  })
  if (terminal.json) terminal.value(diagnosis)
  else terminal.print(drawDiagnosis(diagnosis, fix))
  return diagnosis.healthy ? EXIT.done : EXIT.failed
}

function secondsOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const seconds = Number(text)
  if (text.trim() !== '' && Number.isFinite(seconds) && seconds > 0) return seconds
  throw new UsageError(`${option} ${text}: expected a number of seconds above zero`)
}
