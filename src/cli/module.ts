// Modules of the user's: stacks and resource types, in TypeScript or JavaScript. jiti translates them, on every Node that
// we run on, and hands them this very library when they import `isotherm` (ADR 0019).
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createJiti } from 'jiti'
import * as isotherm from '../index.js'
import {
  InvalidInput,
  type Json,
  type Problem,
  placeOfError,
  type ResourceType,
  type StackContext,
  typesOf,
} from '../index.js'
import { isType } from './types.js'

/** What the module exports. Throws InvalidInput with the place of what went wrong in it. */
export async function loadModule(file: string): Promise<object> {
  const path = resolve(file)
  const jiti = createJiti(pathToFileURL(path).href, {
    fsCache: false,
    interopDefault: false,
    virtualModules: { isotherm },
  })
  try {
    return Object(await jiti.import(path))
  } catch (error) {
    throw asProblem(error, file)
  }
}

export interface LoadedStack {
  readonly template: { readonly [section: string]: unknown }
  /** Those of its resources, and those that the module exports. */
  readonly types: readonly ResourceType[]
}

/** The stack that the module's default export is, or makes. Throws InvalidInput. */
export async function loadStack(file: string, context: StackContext): Promise<LoadedStack> {
  const exported = await loadModule(file)
  const { default: main, types = [] }: { default?: unknown; types?: unknown } = exported
  const template: unknown = typeof main === 'function' ? await run(() => main(context), file) : main
  if (!isMap(template)) {
    const hint = 'for example: export default defineStack((stack) => { … })'
    throw new InvalidInput([
      { file, path: '', message: 'its default export is neither a stack nor a function that makes one', hint },
    ])
  }
  return { template, types: [...typesOf(template), ...[types].flat().filter(isType)] }
}

async function run(main: () => unknown, file: string): Promise<unknown> {
  try {
    return await main()
  } catch (error) {
    throw asProblem(error, file)
  }
}

const isMap = (value: unknown): value is { readonly [section: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Whatever a module throws is told where it happened. */
function asProblem(error: unknown, file: string): InvalidInput {
  if (error instanceof InvalidInput) return error
  if (!(error instanceof Error)) return new InvalidInput([{ file, path: '', message: `it threw ${String(error)}` }])
  const [first = '', ...rest] = error.message.split('\n')
  const place = placeOfError(error) ?? placeOfSyntax(rest.join('\n')) ?? {}
  const problem: Problem = { file, ...place, path: '', message: first.trim() || error.name }
  return new InvalidInput([problem])
}

/** What cannot be translated is told with its place at the end. */
function placeOfSyntax(text: string): { line: number; column: number } | undefined {
  const [, line, column] = /:(\d+):(\d+)\s*$/.exec(text) ?? []
  return line === undefined ? undefined : { line: Number(line), column: Number(column) }
}
