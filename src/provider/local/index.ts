// The types that work on this machine: folders, files, commands and background processes.
import { join, resolve } from 'node:path'
import type { ResourceType } from '../contract.js'
import { commandType } from './command.js'
import { directoryType } from './directory.js'
import { fileType } from './file.js'
import { processType } from './process.js'

export interface LocalOptions {
  /** What relative paths in templates are relative to. Default: the working directory. */
  readonly baseDirectory?: string
  /** Where the types keep their notes. Default: `.isotherm/local` in the base directory. */
  readonly stateDirectory?: string
}

/** `Isotherm::Local::Directory`, `::File`, `::Command` and `::Process`. */
export function localTypes(options: LocalOptions = {}): ResourceType[] {
  const baseDirectory = resolve(options.baseDirectory ?? process.cwd())
  const stateDirectory = resolve(baseDirectory, options.stateDirectory ?? join('.isotherm', 'local'))
  const settings = { baseDirectory, stateDirectory }
  return [directoryType(settings), fileType(settings), commandType(settings), processType(settings)]
}
