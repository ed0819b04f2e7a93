// Makes docs/demo.svg, the picture of a terminal in the README, from a real run of the website example: the live tree at the
// moment in which most is going on, and the preview of a change. `npm run build && node dist/scripts/picture.js`
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type Line, plain, type Tone, textOf, toned } from '../src/cli/draw/line.js'
import { drawLive } from '../src/cli/draw/live.js'
import { drawPreview } from '../src/cli/draw/preview.js'
import { type Chapter, tell } from '../src/cli/draw/story.js'
import { readDeclaration } from '../src/cli/inputs.js'
import { type Isotherm, open, type Run } from '../src/index.js'

const template = fileURLToPath(new URL('../../examples/website/website.yaml', import.meta.url))
const target = fileURLToPath(new URL('../../docs/demo.svg', import.meta.url))
const SCREEN = { rows: 40, columns: 100 }
const CHANGE = 'theme=night'

async function main(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'isotherm-picture-'))
  const isotherm = await open({ database: 'memory:', baseDirectory: directory })
  try {
    const given = { stack: 'web', parameter: [], environment: [] }
    const read = await readDeclaration({ globals: { project: 'default' } }, template, given)
    const declaration = { ...read.declaration, templateFile: 'website.yaml' }
    const live = await busiest(isotherm, await isotherm.up(declaration))
    const preview = await isotherm.preview({ ...declaration, parameters: { theme: 'night' } })
    const lines: Line[] = [
      command('isotherm up website.yaml -s web'),
      [],
      ...live,
      [],
      command(`isotherm preview website.yaml -s web -P ${CHANGE}`),
      [],
      ...drawPreview(preview),
    ]
    await writeFile(target, drawTerminal(lines.map((line) => anonymous(line, directory))))
  } finally {
    await (await isotherm.down('web')).settled()
    await isotherm.close()
    await rm(directory, { recursive: true, force: true })
  }
}

const command = (words: string): Line => [toned('dim', '$ '), toned('bold', words)]

/** The picture in which the server is being started: something is done, something under way, something waits. */
async function busiest(isotherm: Isotherm, run: Run): Promise<Line[]> {
  const story = new Map<string, Chapter>()
  let [after, chosen]: [string | undefined, Line[]] = [undefined, []]
  const graph = await isotherm.graph('web')
  const begun = performance.now()
  let over = false
  const settled = run.settled().then(() => {
    over = true
  })
  for (let tick = 0; !over; tick++) {
    const events = await isotherm.events('web', after === undefined ? {} : { after })
    tell(story, events)
    after = events.at(-1)?.id ?? after
    const view = await isotherm.progress('web')
    const elapsedSeconds = (performance.now() - begun) / 1000
    const lines = drawLive({ view, graph, story, elapsedSeconds, initially: view.total, tick }, SCREEN)
    if (view.resources.some(({ name, state }) => name === 'backend' && state === 'running')) chosen = lines
    await sleep(20)
  }
  await settled
  return chosen
}

/** The folder of this one run means nothing to anybody. */
function anonymous(line: Line, directory: string): Line {
  return line.map((piece) =>
    typeof piece === 'string'
      ? piece.replaceAll(directory, '/srv')
      : toned(piece.tone, piece.text.replaceAll(directory, '/srv')),
  )
}

const LETTER = { width: 8.4, height: 19, size: 14 }
const MARGIN = 18
const BAR = 34
const COLOURS: { readonly [tone in Tone]: string } = {
  plain: '#d7dce5',
  bold: '#ffffff',
  dim: '#7d8699',
  good: '#8fd694',
  bad: '#f28b82',
  busy: '#6cc7e8',
  warn: '#f2c572',
  name: '#6cc7e8',
}

function drawTerminal(lines: readonly Line[]): string {
  const columns = Math.max(...lines.map((line) => plain(line).length))
  const width = Math.ceil(columns * LETTER.width + 2 * MARGIN)
  const height = BAR + lines.length * LETTER.height + MARGIN
  const dots = ['#f2695c', '#f2bf4f', '#5fc454'].map(
    (colour, index) => `<circle cx="${20 + index * 20}" cy="17" r="6" fill="${colour}"/>`,
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${LETTER.size}" xml:space="preserve">
<title>isotherm up, and the preview of a change</title>
<rect width="${width}" height="${height}" rx="9" fill="#171a21"/>
${dots.join('')}
${lines.map(drawLine).join('\n')}
</svg>
`
}

/** Each piece is as wide as its letters should be, whatever the font. */
function drawLine(line: Line, index: number): string {
  const y = BAR + (index + 1) * LETTER.height - 5
  let column = 0
  const pieces = line.map((piece) => {
    const text = textOf(piece)
    const start = column
    column += text.length
    const [, space = '', word = ''] = /^( *)(.*?) *$/s.exec(text) ?? []
    if (word === '') return ''
    const tone = typeof piece === 'string' ? 'plain' : piece.tone
    const x = (MARGIN + (start + space.length) * LETTER.width).toFixed(1)
    const length = (word.length * LETTER.width).toFixed(1)
    const weight = tone === 'bold' || tone === 'name' ? ' font-weight="bold"' : ''
    return `<text x="${x}" y="${y}" textLength="${length}" lengthAdjust="spacingAndGlyphs" fill="${COLOURS[tone]}"${weight}>${escaped(word)}</text>`
  })
  return pieces.join('')
}

function escaped(text: string): string {
  const names: { readonly [character: string]: string } = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }
  return text.replace(/[&<>]/g, (character) => names[character] ?? '')
}

await main()
