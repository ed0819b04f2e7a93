// Names with wildcards, as shells match them: `*`, `?`, `[abc]`, `[!abc]`. Linear for each star: no pattern is slow.

type Test = (character: string) => boolean

const STAR: unique symbol = Symbol('*')

export function matchesPattern(pattern: string, name: string): boolean {
  const parts = partsOf(pattern)
  let part = 0
  let star = -1
  let from = 0
  let at = 0
  while (at < name.length) {
    const test = parts[part]
    if (test === STAR) {
      star = part++
      from = at
    } else if (test?.(name[at] ?? '')) {
      part++
      at++
    } else if (star >= 0) {
      // The last star takes one character more.
      part = star + 1
      at = ++from
    } else return false
  }
  while (parts[part] === STAR) part++
  return part === parts.length
}

function partsOf(pattern: string): (Test | typeof STAR)[] {
  const parts: (Test | typeof STAR)[] = []
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] ?? ''
    const end = character === '[' ? pattern.indexOf(']', at + 2) : -1
    if (character === '*') parts.push(STAR)
    else if (character === '?') parts.push(() => true)
    else if (end > 0) {
      parts.push(setOf(pattern.slice(at + 1, end)))
      at = end
    } else parts.push((one) => one === character)
  }
  return parts
}

function setOf(inner: string): Test {
  const negative = inner.startsWith('!')
  const members = negative ? inner.slice(1) : inner
  return (one) => isMember(members, one) !== negative
}

function isMember(members: string, one: string): boolean {
  for (let at = 0; at < members.length; at++) {
    const low = members[at] ?? ''
    const high = members[at + 1] === '-' ? members[at + 2] : undefined
    if (high !== undefined && one >= low && one <= high) return true
    if (high === undefined && one === low) return true
    if (high !== undefined) at += 2
  }
  return false
}
