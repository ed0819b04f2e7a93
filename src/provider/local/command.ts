// Isotherm::Local::Command: a thing that scripts make, change, look at and remove.
import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { canonical, equalJson, hashOf, isObject, type Json, type JsonObject } from '../../lib/json.js'
import { type CallContext, defineType, type Made, type PropertiesOf, type PropertySchemas } from '../contract.js'
import { ProviderError } from '../error.js'
import { lookAt, remove } from './disk.js'
import { environmentSchema, textsOf } from './environment.js'
import { lastExitCode, runScript, type ScriptResult, stopScript } from './script.js'
import type { LocalSettings } from './settings.js'

/** By the habit of sysexits.h: try again later. */
const EXIT_PASSING = 75
/** By the habit of test and grep: looked, and it is not there. */
const EXIT_ABSENT = 1
const MESSAGE_BYTES = 2000
const PASSED_ON_BYTES_MAX = 100_000

const PROPERTIES = {
  create: {
    type: 'string',
    required: true,
    onChange: 'update',
    description:
      'Makes the thing. Run with /bin/sh. A script that was killed runs again with the same ISOTHERM_TOKEN, so it should ' +
      'make nothing twice for one token. Exit code 75 asks for another attempt, any other but 0 fails',
  },
  update: {
    type: 'string',
    onChange: 'update',
    description:
      'Brings the thing up to date after a change of create, update, env, cwd or triggers. Without it such a change makes a ' +
      'new thing',
  },
  delete: {
    type: 'string',
    onChange: 'update',
    description: 'Removes the thing; one that is gone already is no error',
  },
  read: {
    type: 'string',
    onChange: 'update',
    description: 'Looks whether the thing is there: exit code 0 says yes, 1 says no, any other that it cannot be told',
  },
  find: {
    type: 'string',
    onChange: 'update',
    description:
      'Looks, after a create was killed, whether the thing of ISOTHERM_TOKEN was made nevertheless: exit codes as for read. ' +
      'Without it an interrupted create runs again',
  },
  env: {
    type: 'map',
    onChange: 'update',
    default: {},
    schema: environmentSchema,
    description: 'Environment of all scripts',
  },
  secret_env: {
    type: 'map',
    onChange: 'update',
    default: {},
    secret: true,
    schema: environmentSchema,
    description: 'As env, never shown',
  },
  cwd: { type: 'string', onChange: 'update', default: '.', description: 'Where the scripts run' },
  triggers: {
    type: 'map',
    onChange: 'update',
    default: {},
    description: 'Any values; a change runs the update script, or makes a new thing when there is none',
  },
  output_bytes_max: {
    type: 'integer',
    onChange: 'update',
    default: 65536,
    schema: { minimum: 0, maximum: 1048576 },
    description: 'How much of stdout and of stderr is kept as attributes',
  },
} as const satisfies PropertySchemas

type Wanted = PropertiesOf<typeof PROPERTIES>
type Action = 'create' | 'update' | 'delete' | 'read' | 'find'

export function commandType({ baseDirectory, stateDirectory }: LocalSettings) {
  const folderOf = (call: CallContext) => join(stateDirectory, call.token)

  /** Runs one of the scripts of `wanted`. */
  async function run(call: CallContext, wanted: Wanted, action: Action, text: string, output: Json = null) {
    const directory = resolve(baseDirectory, wanted.cwd)
    if (!(await stat(directory).catch(() => undefined))?.isDirectory()) {
      throw new ProviderError('fatal', `cwd ${directory} is not a directory`)
    }
    return runScript(call, folderOf(call), {
      action,
      text,
      directory,
      environment: environmentOf(call, wanted, action, output),
      outputBytesMax: wanted.output_bytes_max,
      ...(action === 'create' && { onceFor: hashOf([text, wanted.env, wanted.secret_env, wanted.cwd]) }),
    })
  }

  async function create(call: CallContext, wanted: Wanted): Promise<Made> {
    const result = await run(call, wanted, 'create', wanted.create)
    assertSucceeded('create', result)
    return { physicalId: call.token, attributes: attributesOf(result) }
  }

  /** Runs an interrupted create to its end, so that what it has begun can be kept or removed by the rules. */
  async function complete(call: CallContext, wanted: Wanted): Promise<Made | null> {
    const failedBefore = ((await lastExitCode(folderOf(call), 'create')) ?? 0) !== 0
    const result = failedBefore ? undefined : await run(call, wanted, 'create', wanted.create)
    if (result?.exitCode === 0) return { physicalId: call.token, attributes: attributesOf(result) }
    if (result?.exitCode === EXIT_PASSING) throw failure('create', result, 'retry')
    await remove(folderOf(call))
    return null
  }

  return defineType({
    name: 'Isotherm::Local::Command',
    description:
      'Something that scripts make and remove. They find ISOTHERM_TOKEN, ISOTHERM_STACK, ISOTHERM_NAME, ISOTHERM_ATTEMPT and ' +
      'ISOTHERM_ACTION in their environment, and what create has printed in ISOTHERM_OUTPUT.',
    whenFailed: 'update',
    timeoutSeconds: 3600,
    properties: PROPERTIES,
    attributes: {
      stdout: { type: 'string', description: 'Of the create or update script' },
      stderr: { type: 'string', description: 'Of the create or update script' },
      exit_code: { type: 'integer' },
      output: { type: 'map', description: 'The keys of the JSON object that the script has printed, if it has' },
    },

    create: (call, wanted) => {
      call.signal.throwIfAborted()
      return create(call, wanted)
    },

    async find(call, wanted) {
      if (!(await lookAt(folderOf(call)))) return null
      if (wanted.find === undefined) return complete(call, wanted)
      const result = await run(call, wanted, 'find', wanted.find)
      if (tellsPresence('find', result)) return { physicalId: call.token, attributes: attributesOf(result) }
      return null
    },

    async read(call, thing) {
      if (!(await lookAt(folderOf(call)))) return null
      const { read } = thing.properties
      if (read === undefined) return { properties: {}, attributes: thing.attributes }
      const result = await run(call, thing.properties, 'read', read, thing.attributes.output ?? null)
      if (!tellsPresence('read', result)) return null
      const output = parseOutput(result.stdout)
      return { properties: {}, attributes: { ...thing.attributes, ...(output && { output }) } }
    },

    async update(call, thing, wanted) {
      if (wanted.update === undefined || !concerns(thing.properties, wanted)) return { attributes: thing.attributes }
      const result = await run(call, wanted, 'update', wanted.update, thing.attributes.output ?? null)
      assertSucceeded('update', result)
      return { attributes: attributesOf(result) }
    },

    replaces: (before, wanted) => wanted.update === undefined && concerns(before, wanted),

    async delete(call, thing) {
      if (!(await lookAt(folderOf(call)))) {
        call.log.debug({ token: call.token }, 'no trace of this command: it was removed already')
        return
      }
      for (const action of ['create', 'update', 'find', 'read']) await stopScript(call, folderOf(call), action)
      const { delete: script } = thing.properties
      if (script !== undefined) {
        assertSucceeded('delete', await run(call, thing.properties, 'delete', script, thing.attributes.output ?? null))
      }
      await remove(folderOf(call))
    },
  })
}

/** Whether going from one to the other is more than a note for later. */
function concerns(before: Wanted, wanted: Wanted): boolean {
  const names = ['create', 'update', 'env', 'secret_env', 'cwd', 'triggers'] as const
  return names.some((name) => !equalJson(before[name] ?? null, wanted[name] ?? null))
}

function environmentOf(call: CallContext, wanted: Wanted, action: Action, output: Json): { [name: string]: string } {
  const printed = canonical(output)
  return {
    ...textsOf(wanted.env),
    ...textsOf(wanted.secret_env),
    ISOTHERM_TOKEN: call.token,
    ISOTHERM_STACK: call.stack,
    ISOTHERM_NAME: call.name,
    ISOTHERM_ATTEMPT: String(call.attempt),
    ISOTHERM_ACTION: action,
    ...(output !== null && printed.length <= PASSED_ON_BYTES_MAX && { ISOTHERM_OUTPUT: printed }),
  }
}

const attributesOf = ({ stdout, stderr, exitCode }: ScriptResult): JsonObject => ({
  stdout,
  stderr,
  exit_code: exitCode,
  output: parseOutput(stdout) ?? {},
})

function parseOutput(stdout: string): JsonObject | undefined {
  if (!stdout.trimStart().startsWith('{')) return undefined
  try {
    const value: JsonObject = JSON.parse(stdout)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

function assertSucceeded(action: Action, result: ScriptResult): void {
  if (result.exitCode !== 0) throw failure(action, result, result.exitCode === EXIT_PASSING ? 'retry' : 'fatal')
}

function tellsPresence(action: Action, result: ScriptResult): boolean {
  if (result.exitCode === 0) return true
  if (result.exitCode === EXIT_ABSENT) return false
  throw failure(action, result, 'retry')
}

function failure(action: Action, result: ScriptResult, errorClass: 'retry' | 'fatal'): ProviderError {
  const said = (result.stderr.trim() || result.stdout.trim()).slice(-MESSAGE_BYTES)
  const exit = `the ${action} script ended with exit code ${result.exitCode}`
  return new ProviderError(errorClass, said ? `${exit}: ${said}` : `${exit} and said nothing`)
}
