// Where the master key comes from: what the caller gives, else, for an embedded database, a file beside the data
// that only its owner may read, else a variable of the environment.
import { existsSync } from 'node:fs'
import { chmod, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileTrouble } from '../lib/file-trouble.js'
import { type MasterKey, newKeyText, readMasterKey } from '../lib/master-key.js'
import { DatabaseUnavailable } from './database.js'
import { syncPath } from './durable-files.js'

const FORM = 'expected 32 bytes, as 64 hexadecimal digits or base64, for example from openssl rand -hex 32'

export interface KeySource {
  /** The key itself: 64 hexadecimal digits, or base64 of 32 bytes. */
  readonly key?: string
  readonly keyFile?: string
}

/**
 * The key: what is given outranks the file that a directory has already, which outranks the environment, which may be
 * meant for other databases. Undefined when there is none. Throws DatabaseUnavailable when it is no key.
 */
export async function findKey(source: KeySource, directory: string | undefined): Promise<MasterKey | undefined> {
  if (source.key !== undefined) return parsed(source.key, 'the key that was given')
  if (source.keyFile !== undefined) return readKeyFile(source.keyFile)
  if (directory !== undefined && existsSync(keyFileIn(directory))) return embeddedKey(directory)
  return environmentKey() ?? (directory === undefined ? undefined : embeddedKey(directory))
}

function environmentKey(): Promise<MasterKey> | MasterKey | undefined {
  const { ISOTHERM_KEY: key, ISOTHERM_KEY_FILE: file } = process.env
  if (key) return parsed(key, 'ISOTHERM_KEY')
  return file ? readKeyFile(file) : undefined
}

export async function readKeyFile(file: string): Promise<MasterKey> {
  try {
    return parsed(await readFile(file), `the key file ${file}`)
  } catch (error) {
    if (error instanceof DatabaseUnavailable) throw error
    throw new DatabaseUnavailable(`the key file ${file} cannot be read: ${fileTrouble(error)}`, { cause: error })
  }
}

const keyFileIn = (directory: string): string => join(directory, 'key')

/** The key of an embedded database, made when it is first asked for: there as a whole or not at all. The caller owns the directory. */
async function embeddedKey(directory: string): Promise<MasterKey> {
  const file = keyFileIn(directory)
  if (!existsSync(file)) {
    const draft = `${file}.new`
    await writeFile(draft, `${newKeyText()}\n`, { mode: 0o600, flush: true })
    await rename(draft, file)
    // What is sealed with it is on the disk with the next commit.
    await syncPath(directory)
  }
  await chmod(file, 0o600)
  return readKeyFile(file)
}

function parsed(written: string | Buffer, what: string): MasterKey {
  const key = readMasterKey(written)
  if (!key) throw new DatabaseUnavailable(`${what} is no key: ${FORM}`)
  return key
}
