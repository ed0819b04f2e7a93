// Resources that are called otherwise from now on: which of the moves that a template asks for can be made, and in which order.
// Pure.
import type { Extensions } from '../template/extensions.js'

export interface Move {
  readonly from: string
  readonly to: string
}

/** What is asked of a template: whether a name stays or comes, and what is said of those that are written. */
export interface Asked {
  readonly wanted: (name: string) => boolean
  readonly written: ReadonlyMap<string, Extensions>
}

/** Also the way back: what is taken out of force had come from a name that is wanted again. */
export function movesAsked({ wanted, written }: Asked, inForce: ReadonlyMap<string, Extensions>): Move[] {
  const there = [...written].flatMap(([to, { movedFrom: from }]) => (from === undefined ? [] : { from, to }))
  const back = [...inForce].flatMap(([from, { movedFrom: to }]) =>
    to === undefined || wanted(from) || !wanted(to) ? [] : { from, to },
  )
  return [...there, ...back]
}

interface Names {
  /** A thing of that name exists. */
  readonly exists: (name: string) => boolean
  /** The new template has a resource of that name. */
  readonly wanted: (name: string) => boolean
}

/**
 * Only what is there under a name that is no longer wanted can be moved, and only to a name that is free: so a template that
 * says `moved_from` can be given again and again. Where `b` comes from `a` and `c` from `b`, `b` moves first.
 */
export function movesToMake(asked: readonly Move[], { exists, wanted }: Names): Move[] {
  const made: Move[] = []
  const left = new Set(asked)
  const gone = new Set<string>()
  const come = new Set<string>()
  const there = (name: string) => (exists(name) && !gone.has(name)) || come.has(name)
  for (let before = -1; before < made.length; ) {
    before = made.length
    for (const move of left) {
      const vacant = !wanted(move.from) || asked.some(({ to }) => to === move.from)
      if (!vacant || !there(move.from) || there(move.to) || come.has(move.from)) continue
      left.delete(move)
      gone.add(move.from)
      come.delete(move.from)
      come.add(move.to)
      made.push(move)
    }
  }
  return made
}
