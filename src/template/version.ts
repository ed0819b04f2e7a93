// The versions of the template language, in order. A version is a small number, so that "since" is a comparison.

const DATES = [
  '2013-05-23',
  '2014-10-16',
  '2015-04-30',
  '2015-10-15',
  '2016-04-08',
  '2016-10-14',
  '2017-02-24',
  '2017-09-01',
  '2018-03-02',
  '2018-08-31',
  '2021-04-16',
] as const

export type VersionDate = (typeof DATES)[number]

/** The rank of a version: greater is newer. */
export type Version = number

export const rankOf = (date: VersionDate): Version => DATES.indexOf(date)
export const dateOf = (version: Version): string => DATES[version] ?? 'unknown'
export const NEWEST: Version = DATES.length - 1
/** Every version, oldest first. */
export const VERSIONS: readonly Version[] = DATES.map((_, rank) => rank)

const RANKS = new Map<string, Version>([
  ...DATES.map((date, rank): [string, Version] => [date, rank]),
  ['newton', rankOf('2016-10-14')],
  ['ocata', rankOf('2017-02-24')],
  ['pike', rankOf('2017-09-01')],
  ['queens', rankOf('2018-03-02')],
  ['rocky', rankOf('2018-08-31')],
  ['wallaby', rankOf('2021-04-16')],
])

/** The version that a `heat_template_version` names, by date or by release. */
export const versionNamed = (name: string): Version | undefined => RANKS.get(name)
export const versionNames = (): IterableIterator<string> => RANKS.keys()
