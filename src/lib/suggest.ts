// "Did you mean …": the nearest of the known words by edit distance.

/**
 * So many pairs of letters are compared for one word, some milliseconds: in a template of long names each may be misspelt, and all the
 * others known. It is enough for two hundred names of thirty letters, or two thousand of ten.
 */
const PAIRS_MAX = 200_000

export function didYouMean(word: string, known: Iterable<string>): string | undefined {
  // Of a single letter nothing is left that would be alike.
  const limit = word.length < 2 ? 0 : Math.max(1, Math.floor(word.length / 3))
  const wanted = word.toLowerCase()
  let best: string | undefined
  let bestDistance = limit + 1
  let pairsLeft = PAIRS_MAX
  for (const candidate of known) {
    if (Math.abs(candidate.length - word.length) >= bestDistance) continue
    pairsLeft -= candidate.length * word.length
    if (pairsLeft < 0) break
    const distance = editDistance(wanted, candidate.toLowerCase(), bestDistance)
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance]
  }
  return best === undefined ? undefined : `did you mean ${best}?`
}

/**
 * How many letters must be inserted, removed, exchanged or swapped with their neighbour to turn one word into the other.
 * @param enough it is not asked for more exactly than that it is as many
 */
export function editDistance(one: string, other: string, enough = Number.POSITIVE_INFINITY): number {
  let beforePrevious: number[] = []
  let previous = Array.from({ length: other.length + 1 }, (_, i) => i)
  for (let i = 1; i <= one.length; i++) {
    const row = [i]
    for (let j = 1; j <= other.length; j++) {
      const substitution = (previous[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1)
      const swapped = one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]
      const swap = swapped ? (beforePrevious[j - 2] ?? 0) + 1 : substitution
      row.push(Math.min(substitution, swap, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1))
    }
    // What follows comes from these two rows, and is never less.
    if (i > enough && Math.min(...row) >= enough && Math.min(...previous) >= enough) return enough
    beforePrevious = previous
    previous = row
  }
  return previous[other.length] ?? 0
}
