// What the language offers, for people and clients who ask: its versions by all their names, and the functions of each.
import { AWS_FUNCTIONS, type Functions, functionNames, functionsOf, HEAT_FUNCTIONS } from './functions/table.js'
import { versionNamed, versionNames } from './version.js'

export interface LanguageVersion {
  /** For example `heat_template_version.2018-08-31`. */
  readonly name: string
  readonly type: 'hot' | 'cfn'
  /** Other names of the same version. */
  readonly aliases: readonly string[]
}

const HOT = 'heat_template_version.'
const FOREIGN: readonly (readonly [string, Functions])[] = [
  ['AWSTemplateFormatVersion.2010-09-09', AWS_FUNCTIONS],
  ['HeatTemplateFormatVersion.2012-12-12', HEAT_FUNCTIONS],
]

export function languageVersions(): LanguageVersion[] {
  const byRank = new Map<number, string[]>()
  for (const name of versionNames()) {
    const rank = versionNamed(name) ?? 0
    byRank.set(rank, [...(byRank.get(rank) ?? []), name])
  }
  const hot = [...byRank.values()].map(
    ([name = '', ...aliases]): LanguageVersion => ({
      name: `${HOT}${name}`,
      type: 'hot',
      aliases: aliases.map((alias) => `${HOT}${alias}`),
    }),
  )
  return [...hot, ...FOREIGN.map(([name]): LanguageVersion => ({ name, type: 'cfn', aliases: [] }))]
}

/** Names of functions; undefined when there is no such version. */
export function functionsIn(version: string, withConditions: boolean): string[] | undefined {
  const rank = versionNamed(version.startsWith(HOT) ? version.slice(HOT.length) : '')
  const functions =
    FOREIGN.find(([name]) => name === version)?.[1] ?? (rank === undefined ? undefined : functionsOf(rank))
  if (!functions) return undefined
  const names = new Set([
    ...functionNames(functions.values),
    ...(withConditions ? functionNames(functions.conditions) : []),
  ])
  return [...names].sort()
}
