// `isotherm rekey`: changes the key that secrets are sealed with, while engines go on.
import { rekey as change } from '../../index.js'
import { EXIT } from '../exit.js'
import { keyOf, type Session } from '../session.js'
import { loadTypes } from '../types.js'

export interface RekeyArguments {
  readonly newKeyFile?: string
  readonly forgetOtherKeys?: boolean
}

export async function rekey({ globals, terminal }: Session, options: RekeyArguments): Promise<number> {
  const { database } = globals
  const { newKeyFile, forgetOtherKeys } = options
  const done = await change({
    database,
    ...keyOf(globals),
    types: await loadTypes(),
    ...(newKeyFile !== undefined && { newKeyFile }),
    ...(forgetOtherKeys && { forgetOtherKeys }),
  })
  if (terminal.json) terminal.value(done)
  else for (const line of sentences(done, options)) terminal.text(line)
  return done.clearStacks.length === 0 ? EXIT.done : EXIT.failed
}

function sentences(
  done: Awaited<ReturnType<typeof change>>,
  { newKeyFile, forgetOtherKeys }: RekeyArguments,
): string[] {
  const lines = [`${done.resealed} rows are sealed with a new key.`]
  if (done.sealedStacks.length > 0) lines.push(`Sealed what lay in clear of ${done.sealedStacks.join(', ')}.`)
  if (done.clearStacks.length > 0)
    lines.push(`Secrets lie in clear still in ${done.clearStacks.join(', ')}: run it again when they are at rest.`)
  if (newKeyFile !== undefined) {
    const last = `isotherm rekey --key-file ${newKeyFile} --forget-other-keys`
    lines.push(`Give every process the new key (--key-file ${newKeyFile}), then: ${last}`)
  }
  if (forgetOtherKeys) lines.push('Only the key that was given opens the database now.')
  return lines
}
