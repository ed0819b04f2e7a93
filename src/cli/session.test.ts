// The words with which people come back: they can be copied, and tell no password to whoever reads the log.
import { expect, test } from 'vitest'
import { commandLine } from './session.js'

const line = (database: string) =>
  commandLine(['attach', 'web'], { database, project: 'default', json: false, color: false })

test.each([
  ['postgres://me:s3cret@db/iso', "isotherm attach web --database 'postgres://me:******@db/iso'"],
  ['postgres://me:s3@cr@et@db/iso', "isotherm attach web --database 'postgres://me:******@db/iso'"],
  [
    'postgresql://me:s3%40t@one,two:5433/iso',
    "isotherm attach web --database 'postgresql://me:******@one,two:5433/iso'",
  ],
  ['postgres://db/iso?user=me&password=s3cret&ssl=1', "--database 'postgres://db/iso?user=me&password=******&ssl=1'"],
  ['postgres://me@db:5432/iso', 'isotherm attach web --database postgres://me@db:5432/iso'],
  ['data:here@home', 'isotherm attach web --database data:here@home'],
])('%s', (database, expected) => {
  expect(line(database)).toContain(expected)
  expect(line(database)).not.toContain('s3')
})
