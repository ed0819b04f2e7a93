// Resource types of one's own, from a module that the command line names.
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { ResourceType } from '../index.js'
import { UsageError } from './exit.js'

/** One call of the program has one such module, a file or a package seen from this directory. */
let module: string | undefined

/** Those that a stack brought along. */
const brought = new Set<ResourceType>()

export function bringTypes(types: readonly ResourceType[]): void {
  for (const type of types) brought.add(type)
}

export function nameTypes(named: string | undefined): void {
  module = named
}

/** Every type that a stack or the module brings, alone or in lists. */
export async function loadTypes(): Promise<ResourceType[]> {
  return [...brought, ...(await loadNamed())]
}

async function loadNamed(): Promise<ResourceType[]> {
  if (module === undefined) return []
  let exported: unknown
  try {
    const place = placeOf(module)
    exported = /\.[cm]?ts$/.test(place)
      ? await (await import('./module.js')).loadModule(place)
      : await import(pathToFileURL(place).href)
  } catch (error) {
    throw new UsageError(
      `--types ${module} cannot be loaded: ${error instanceof Error ? withoutStack(error) : String(error)}`,
    )
  }
  const types = Object.values(Object(exported)).flat().filter(isType)
  if (types.length > 0) return [...new Set(types)]
  throw new UsageError(`--types ${module} exports no resource types`, 'a type is what defineType gives')
}

/** Who required it is this program, for a module that is not there. */
const withoutStack = ({ message }: Error): string => message.replace(/\nRequire stack:.*/s, '')

const placeOf = (module: string): string =>
  existsSync(module) ? resolve(module) : createRequire(join(process.cwd(), 'here.js')).resolve(module)

export const isType = (value: unknown): value is ResourceType =>
  typeof value === 'object' && value !== null && 'properties' in value && 'create' in value && 'delete' in value
