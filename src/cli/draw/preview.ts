// A preview as people read it: the summary, then what is lost, then what is changed, then what is new; each with its chain
// of reasons back to the template.
import type { ChangeView, Preview } from '../../index.js'
import { drawDifference } from './differences.js'
import { count, type Line, type Piece, type Tone, tame, toned } from './line.js'
import { alignRows } from './tree.js'

type Action = ChangeView['action']

const SIGNS: { readonly [action in Action]: { readonly sign: string; readonly tone: Tone; readonly word: string } } = {
  fail: { sign: '  !', tone: 'bad', word: 'fail' },
  replace: { sign: '-/+', tone: 'warn', word: 'replace' },
  delete: { sign: '  -', tone: 'bad', word: 'delete' },
  retain: { sign: '  =', tone: 'dim', word: 'let go' },
  update: { sign: '  ~', tone: 'busy', word: 'update' },
  create: { sign: '  +', tone: 'good', word: 'create' },
  keep: { sign: '   ', tone: 'dim', word: 'keep' },
}
const ORDER: readonly Action[] = ['fail', 'replace', 'delete', 'retain', 'update', 'create']
/** Of each action; a preview of ten thousand creations is not read, and `--json` has them all. */
const SHOWN_MAX = 30
const REASONS_MAX = 8

export interface PreviewOptions {
  /** The stack is being taken down, which is reason enough. */
  readonly down?: boolean
}

export function drawPreview(preview: Preview, options: PreviewOptions = {}): Line[] {
  const lines: Line[] = [drawSummary(preview)]
  lines.push(...drawRenames(preview))
  for (const action of ORDER) {
    const changes = preview.changes.filter((change) => change.action === action)
    const shown = changes.slice(0, SHOWN_MAX)
    const heads = alignRows(shown.map(headOf))
    if (changes.length > 0) lines.push([])
    shown.forEach((change, index) => {
      lines.push(heads[index] ?? [], ...detailsOf(change, options))
    })
    const more = changes.length - SHOWN_MAX
    if (more > 0)
      lines.push([toned('dim', `      … and ${count(more)} more to ${SIGNS[action].word} (--json shows all)`)])
  }
  return lines
}

function drawRenames({ changes }: Preview): Line[] {
  const renamed = renamedIn(changes)
  if (renamed.length === 0) return []
  const heads = renamed
    .slice(0, SHOWN_MAX)
    .map(({ name, movedFrom = '', type }): Line[] => [
      ['  ', toned('busy', '  > rename')],
      [tame(movedFrom), toned('dim', ' -> '), toned('bold', tame(name))],
      [toned('dim', type)],
    ])
  const more = renamed.length - SHOWN_MAX
  const rest: Line[] = more > 0 ? [[toned('dim', `      … and ${count(more)} more to rename (--json shows all)`)]] : []
  return [[], ...alignRows(heads), ...rest]
}

/** What changes, too, says there what it was called. */
const renamedIn = (changes: Preview['changes']) =>
  changes.filter(({ action, movedFrom }) => action === 'keep' && movedFrom !== undefined)

/** `web: 1 to replace, 2 to update, 10 stay as they are`. */
export function drawSummary({ stack, isNew, changed, changes, summary }: Preview): Line {
  const parts: Piece[] = [toned('bold', tame(stack)), isNew ? ' (new): ' : ': ']
  const told = ORDER.filter((action) => summary[action] > 0)
  const renamed = renamedIn(changes).length
  told.forEach((action, index) => {
    const perhaps = changes.filter((change) => change.action === action && !change.certain).length
    const words = `${count(summary[action])} to ${SIGNS[action].word}${perhaps > 0 ? ` (${count(perhaps)} perhaps)` : ''}`
    parts.push(index === 0 ? '' : ', ', toned(SIGNS[action].tone, words))
  })
  if (renamed > 0) parts.push(told.length === 0 ? '' : ', ', toned('busy', `${count(renamed)} to rename`))
  if (!changed) parts.push(isNew ? 'no resources' : 'nothing to change')
  const staying = summary.keep - renamed
  if (staying > 0) parts.push(toned('dim', `, ${count(staying)} ${staying === 1 ? 'stays' : 'stay'}`))
  return parts
}

/** What may be lost, in words: `delete old; replace backend; fail to change db`; undefined when nothing is. */
export function drawLosses({ changes }: Preview): string | undefined {
  const namesOf = (matches: (change: ChangeView) => boolean) => {
    const names = changes.filter(matches).map(({ name }) => tame(name))
    const more = names.length - NAMES_MAX
    return more > 0 ? `${names.slice(0, NAMES_MAX).join(', ')} and ${count(more)} more` : names.join(', ')
  }
  const losses = [
    ['delete', namesOf(({ action }) => action === 'delete')],
    ['replace', namesOf(({ action }) => action === 'replace')],
    ['perhaps replace', namesOf(({ action, possibly }) => action !== 'replace' && possibly.includes('replace'))],
  ].filter(([, names]) => names !== '')
  if (losses.length === 0) return undefined
  const failing = namesOf(({ action }) => action === 'fail')
  return [...losses, ...(failing === '' ? [] : [['fail to change', failing]])]
    .map((words) => words.join(' '))
    .join('; ')
}
const NAMES_MAX = 3

function headOf(change: ChangeView): Line[] {
  const { sign, tone } = SIGNS[change.action]
  return [
    ['  ', toned(tone, `${sign} ${wordsFor(change)}`)],
    [toned('bold', tame(change.name))],
    [toned('dim', change.type)],
  ]
}

/** `update`, or `update, replace or keep` when that is decided only on the way. */
function wordsFor({ action, possibly }: ChangeView): string {
  const words = [action, ...possibly].map((one) => SIGNS[one].word)
  const last = words.pop() ?? ''
  return words.length === 0 ? last : `${words.join(', ')} or ${last}`
}

function detailsOf(change: ChangeView, { down = false }: PreviewOptions): Line[] {
  const details: Line[] = [
    ...(change.problem === undefined ? [] : [[toned('bad', tame(change.problem))]]),
    ...change.differences.flatMap((difference) => drawDifference(difference, change.action)),
    ...(down || change.action === 'create' ? [] : drawReasons(change)),
    ...drawHandling(change),
  ]
  const inside = change.nested?.changed ? drawPreview(change.nested, { down }).filter((line) => line.length > 0) : []
  return [...details, ...inside].map((line): Line => ['        ', ...line])
}

function drawHandling({ hooks, keptFirst }: ChangeView): Line[] {
  return [
    ...(keptFirst ? [[toned('dim', 'kept in a snapshot before it is deleted')]] : []),
    ...(hooks ? [[toned('warn', `waits at ${hooks.join(', ')}`), toned('dim', ' until isotherm hook-clear')]] : []),
  ]
}

function drawReasons({ reasons }: ChangeView): Line[] {
  const lines = reasons.slice(0, REASONS_MAX).map(({ text, place }, index): Line => {
    const where = place ? `  ${[place.file, place.line].filter((part) => part !== undefined).join(':')}` : ''
    return [toned('dim', index === 0 ? 'because ' : '        '), tame(text), toned('dim', where)]
  })
  const more = reasons.length - REASONS_MAX
  return more > 0 ? [...lines, [toned('dim', `        … ${more} more steps`)]] : lines
}
