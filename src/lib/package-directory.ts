// Where the package lies: files such as migrations are found from here, whether the program runs from sources or built.
import { existsSync } from 'node:fs'

function findPackage(from: URL): URL {
  const parent = new URL('../', from)
  if (existsSync(new URL('sql/migrations/', parent))) return parent
  if (parent.href === from.href) throw new Error('the isotherm package is incomplete: sql/migrations is missing')
  return findPackage(parent)
}

export const packageDirectory: URL = findPackage(new URL('.', import.meta.url))
