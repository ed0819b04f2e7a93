// Resource types of one's own, from a module that the command line names.
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { ResourceType } from '../index.js'
import { UsageError } from './exit.js'

/** One call of the program has one such module, a file or a package seen from this directory. */
let module: string | undefined

export function nameTypes(named: string | undefined): void {
  module = named
}

/** Every type that the module exports, alone or in lists. */
export async function loadTypes(): Promise<ResourceType[]> {
  if (module === undefined) return []
  let exported: unknown
  try {
    exported = await import(pathToFileURL(placeOf(module)).href)
  } catch (error) {
    throw new UsageError(
      `--types ${module} cannot be loaded: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
  const types = Object.values(Object(exported)).flat().filter(isType)
  if (types.length > 0) return [...new Set(types)]
  throw new UsageError(`--types ${module} exports no resource types`, 'a type is what defineType gives')
}

const placeOf = (module: string): string =>
  existsSync(module) ? resolve(module) : createRequire(join(process.cwd(), 'here.js')).resolve(module)

const isType = (value: unknown): value is ResourceType =>
  typeof value === 'object' && value !== null && 'properties' in value && 'create' in value && 'delete' in value
