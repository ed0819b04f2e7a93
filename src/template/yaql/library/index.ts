// Every function of the language's standard library, by name.
import type { Library, Overload } from '../signature.js'
import { addCollections, addSets } from './collections.js'
import { addDates } from './dates.js'
import { addDictionaries } from './dictionaries.js'
import { addMath } from './math.js'
import { addQueries } from './queries.js'
import { addRegex } from './regex.js'
import { addShaping } from './shaping.js'
import { addBranches, addSystem } from './system.js'
import { addText } from './text.js'

function standard(): Library {
  const library: Library = new Map()
  const parts = [
    addSystem,
    addBranches,
    addMath,
    addDates,
    addText,
    addRegex,
    addCollections,
    addSets,
    addDictionaries,
    addQueries,
    addShaping,
  ]
  for (const add of parts) add(library)
  return library
}

export const LIBRARY: ReadonlyMap<string, readonly Overload[]> = standard()
