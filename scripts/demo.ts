// `npm run demo`: the website of examples/ becomes real on this machine, changes while people visit it, and goes again. It
// types the commands that a person would type, and checks by itself that nothing failed and nothing is left.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import colors from 'picocolors'
import { markOf, processesWith } from '../src/provider/local/processes.mjs'

const program = fileURLToPath(new URL('../src/cli/main.js', import.meta.url))
const example = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'examples', 'website')

class DemoFailure extends Error {}

let interrupted = false
process.on('SIGINT', () => {
  interrupted = true
})

async function main(): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), 'isotherm-demo-'))
  const tokens = new Set<string>()
  let problem: string | undefined
  try {
    await prepare(directory)
    await story(directory, tokens)
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error)
    // Whatever was begun is taken down, also after Ctrl-C.
    await isotherm(directory, ['down', 'web', '-y'], { quiet: true })
  }
  heading('Nothing is left')
  const left = await remains(directory, tokens)
  await rm(directory, { recursive: true, force: true })
  verify(left.length === 0, left.length === 0 ? 'no process and no file of the website remains' : left.join('; '))
  verify(!existsSync(directory), `${directory} is gone`)
  if (problem !== undefined) verify(false, interrupted ? 'the demo was interrupted' : problem)
  const good = problem === undefined && left.length === 0
  say(good ? colors.green('\nThe demo went as it should.') : colors.red('\nThe demo did not go as it should.'))
  if (good) say('Try it yourself: examples/website/README.md')
  return good ? 0 : 1
}

async function prepare(directory: string): Promise<void> {
  for (const name of ['website.yaml', 'server.mjs', 'front.mjs', 'pages']) {
    await cp(join(example, name), join(directory, name), { recursive: true })
  }
}

async function story(directory: string, tokens: Set<string>): Promise<void> {
  const run = (...words: string[]) => isotherm(directory, words)
  const remember = async () => {
    for (const token of await tokensIn(directory)) tokens.add(token)
  }
  say(colors.dim(`Everything happens in ${directory}.`))

  heading('A template becomes a website: files and processes on this machine')
  await run('up', 'website.yaml', '-s', 'web')
  await remember()

  heading('Does it answer?')
  const url = (await isotherm(directory, ['outputs', 'web', 'url'], { quiet: true })).trim()
  await showPage(url, 'Hello, world')

  heading('A change: another greeting and another theme, while people visit the site without a pause')
  say(
    'One page is rewritten in place. A new server starts beside the old one, takes over, and only then the old one goes.',
  )
  const visits = await visiting(url, async () => {
    await run('up', 'website.yaml', '-s', 'web', '-P', 'greeting=Good morning', '-P', 'theme=night', '-y')
    await remember()
  })
  const seen = [...visits.themes].map(([theme, number]) => `${number} in ${theme}`).join(', ')
  verify(visits.failures === 0, `${visits.requests} requests during the change (${seen}), ${visits.failures} failed`)
  verify(visits.themes.size === 2, 'both the old and the new server were seen')
  await showPage(url, 'Good morning')

  heading('Why is there another server?')
  await run('why', 'web', 'backend')

  heading('What has happened')
  await run('events', 'web')

  heading('Take it down')
  await run('down', 'web', '-y')
}

/** Runs the program as a person would, in the demo's directory. @returns what it wrote, when `quiet`. */
async function isotherm(directory: string, words: readonly string[], { quiet = false } = {}): Promise<string> {
  if (interrupted && !quiet) throw new DemoFailure('interrupted')
  if (!quiet) say(`${colors.dim('$')} ${colors.bold(['isotherm', ...words.map(quoted)].join(' '))}\n`)
  // The demo has a database of its own, whatever is set for the shell it is started from.
  const { ISOTHERM_DATABASE_URL: _url, ISOTHERM_PROJECT: _project, ...env } = process.env
  const child = spawn(process.execPath, [program, ...words], {
    cwd: directory,
    env,
    stdio: ['ignore', quiet ? 'pipe' : 'inherit', quiet ? 'ignore' : 'inherit'],
  })
  let written = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    written += text
  })
  const code = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve))
  if (code !== 0 && !quiet) throw new DemoFailure(`isotherm ${words.join(' ')} ended with ${code}`)
  return written
}

const quoted = (word: string): string => (/\s/.test(word) ? `'${word}'` : word)

interface Visits {
  readonly requests: number
  readonly failures: number
  /** How many answers were given in each theme. */
  readonly themes: ReadonlyMap<string, number>
}

/** Asks without a pause while `work` goes on. */
async function visiting(url: string, work: () => Promise<void>): Promise<Visits> {
  const themes = new Map<string, number>()
  let [requests, failures, asking] = [0, 0, true]
  const visit = async () => {
    while (asking) {
      requests++
      const theme = await themeOf(url)
      if (theme === undefined) failures++
      else themes.set(theme, (themes.get(theme) ?? 0) + 1)
      // A breath, so that the visitors do not take the machine from the work.
      await sleep(2)
    }
  }
  const visitor = visit()
  try {
    await work()
  } finally {
    asking = false
    await visitor
  }
  return { requests, failures, themes }
}

async function themeOf(url: string): Promise<string | undefined> {
  try {
    const answer = await fetch(`${url}/health`)
    if (!answer.ok) return undefined
    const { theme }: { theme: string } = JSON.parse(await answer.text())
    return theme
  } catch {
    return undefined
  }
}

async function showPage(url: string, expected: string): Promise<void> {
  const answer = await fetch(url)
  const text = await answer.text()
  const body = /<body>([\s\S]*)<\/body>/.exec(text)?.[1] ?? text
  say(`GET ${url} ${answer.status}`)
  for (const line of body.split('\n').filter((one) => one.trim() !== '')) say(colors.cyan(`  ${line.trim()}`))
  if (!verify(answer.ok && text.includes(expected), `the page says “${expected}”`)) throw new DemoFailure('wrong page')
}

const local = (directory: string, ...parts: string[]) => join(directory, '.isotherm', 'local', ...parts)

/** Each process that Isotherm supervises has a folder named after its token. */
async function tokensIn(directory: string): Promise<string[]> {
  const entries = await readdir(local(directory)).catch(() => [])
  return entries.filter((name) => /^[0-9a-f-]{36}$/.test(name))
}

async function remains(directory: string, tokens: ReadonlySet<string>): Promise<string[]> {
  const left: string[] = []
  for (const token of tokens) {
    const pids = processesWith(markOf(token))
    if (pids.length > 0) left.push(`processes ${pids.join(', ')} still run`)
  }
  if (existsSync(join(directory, 'website-root'))) left.push('website-root is still there')
  const claims = await readdir(local(directory, 'paths')).catch(() => [])
  if (claims.length > 0) left.push(`${claims.length} paths are still claimed`)
  const supervised = await tokensIn(directory)
  if (supervised.length > 0) left.push(`${supervised.length} supervised processes are still recorded`)
  return left
}

function heading(text: string): void {
  const width = Math.min(process.stdout.columns ?? 100, 110)
  say(`\n${colors.cyan(`── ${text} ${'─'.repeat(Math.max(0, width - text.length - 4))}`)}\n`)
}

function verify(good: boolean, text: string): boolean {
  say(good ? `${colors.green('✔')} ${text}` : `${colors.red('✖')} ${text}`)
  return good
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

process.exitCode = await main()
