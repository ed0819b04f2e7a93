// `npm run test:clients`: the clients that people have, unchanged, against a server. Installs them where it may; where it cannot,
// it says so and leaves the lane out. The same sequences run without them in test/server. `--short`, which `npm test` runs, takes some
// ten commands and little time to install; its last line is `N passed, N failed`.
import { execFile, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { People } from '../src/api/identity/people.js'
import { serve } from '../src/server/serve.js'
import { openDatabase } from '../src/store/open.js'
import { installed } from './clients/install.js'
import { type Desk, lanes, shortLane } from './clients/lanes.js'

const run = promisify(execFile)
const PATIENCE_MS = 180_000
const isShort = process.argv.includes('--short')
/** Only the lanes of these names; default: all. */
const wanted = process.argv.slice(2).filter((word) => !word.startsWith('--'))
/** For the short one: to install, and until no further command is begun. */
const INSTALL_SECONDS = 30
const SHORT_SECONDS = 75

const TEMPLATE = `
heat_template_version: 2018-08-31
description: what the clients make
parameters:
  word: { type: string, default: hello }
  key: { type: string, default: nobody-sees-this, hidden: true }
resources:
  value: { type: OS::Heat::Value, properties: { value: { get_param: word } } }
  handle: { type: OS::Heat::WaitConditionHandle }
  other: { type: OS::Heat::Value, properties: { value: { get_attr: [value, value] } } }
outputs:
  said: { description: what it says, value: { get_attr: [other, value] } }
`

const WAITING = `
heat_template_version: 2018-08-31
resources:
  handle: { type: OS::Heat::WaitConditionHandle }
  wait: { type: OS::Heat::WaitCondition, properties: { handle: { get_resource: handle }, timeout: 600 } }
`

const WAITING_MORE = `${WAITING}  other: { type: OS::Heat::WaitConditionHandle }
  more: { type: OS::Heat::WaitCondition, properties: { handle: { get_resource: other }, timeout: 600 } }
`

const AROUND = `
heat_template_version: 2018-08-31
resources:
  inside: { type: inner.yaml }
`
const INNER = `
heat_template_version: 2018-08-31
resources:
  value: { type: OS::Heat::Value, properties: { value: inside } }
`

const NOVA = `
heat_template_version: 2018-08-31
description: a type without its service
resources:
  server: { type: OS::Nova::Server, properties: { flavor: small } }
`

async function main(): Promise<number> {
  const clients = await (isShort ? installed(INSTALL_SECONDS) : installed())
  if ('reason' in clients) {
    process.stdout.write(
      `SKIPPED: the clients of OpenStack cannot be had here: ${clients.reason}\n0 passed, 0 failed\n`,
    )
    return 0
  }
  const directory = await mkdtemp(join(tmpdir(), 'isotherm-clients-'))
  await writeFile(join(directory, 'web.yaml'), TEMPLATE)
  await writeFile(join(directory, 'waiting.yaml'), WAITING)
  await writeFile(join(directory, 'waiting-more.yaml'), WAITING_MORE)
  await writeFile(join(directory, 'around.yaml'), AROUND)
  await writeFile(join(directory, 'inner.yaml'), INNER)
  await writeFile(join(directory, 'flat.yaml'), INNER)
  await writeFile(join(directory, 'nova.yaml'), NOVA)
  await writeFile(join(directory, 'env.yaml'), 'parameters: { word: from-a-file }\n')
  const database = await openDatabase('memory:')
  const log = {
    debug() {},
    info() {},
    warn() {},
    error: (details: object, said: string) => console.error(said, details),
  }
  const server = await serve({
    database,
    key: '5e'.repeat(32),
    host: '127.0.0.1',
    port: 0,
    auth: 'password',
    revision: 'clients',
    log,
  })
  try {
    return await drive(directory, server.url, new People(database), clients.path)
  } finally {
    await server.close()
    await rm(directory, { recursive: true, force: true })
  }
}

async function drive(directory: string, url: string, people: People, path: string): Promise<number> {
  const project = await people.createProject('clients')
  const { password = '' } = await people.createUser({ name: 'ada', project: 'clients', role: 'admin' })
  const { secret: token } = await people.createToken('ada', 'clients', 3600)
  const credential = await people.createCredential('clients', { user: 'ada', project: 'clients' })
  let failures = 0
  let steps = 0
  const access = { url, project: project.uid, password, token, credential }
  const until = performance.now() + SHORT_SECONDS * 1000
  const chosen = lanes(access).filter(({ name }) => wanted.length === 0 || wanted.includes(name))
  for (const lane of isShort ? [shortLane(access)] : chosen) {
    const env = {
      PATH: path,
      HOME: directory,
      LC_ALL: 'C.UTF-8',
      PYTHONWARNINGS: 'ignore',
      PYTHONUNBUFFERED: '1',
      ...lane.env,
    }
    const desk: Desk = {
      async follows(words, expected) {
        steps++
        const [program = '', ...rest] = [...lane.words, ...words]
        const { isRight, text } = await followed(program, rest, { cwd: directory, env }, expected)
        if (!isRight) failures++
        process.stdout.write(`${isRight ? 'ok  ' : 'FAIL'} ${lane.name}: ${words.join(' ')}\n${isRight ? '' : text}`)
      },
      async does(words, expected = '') {
        if (isShort && performance.now() > until) return leaveOut(words)
        steps++
        const [program = '', ...rest] = [...lane.words, ...words]
        const { code, text } = await outcome(program, rest, { cwd: directory, env })
        const isRight = code === 0 && matches(text, expected)
        if (!isRight) failures++
        process.stdout.write(`${isRight ? 'ok  ' : 'FAIL'} ${lane.name}: ${words.join(' ')}\n${isRight ? '' : text}`)
        return text
      },
    }
    await lane.story(desk)
  }
  process.stdout.write(`${steps} commands of real clients\n`)
  const again = ['npm run test:clients --', ...process.argv.slice(2)].join(' ')
  if (failures > 0) process.stdout.write(`  again: ${again}\n`)
  process.stdout.write(`${steps - failures} passed, ${failures} failed\n`)
  return failures === 0 ? 0 : 1
}

/** Said, so that nobody believes that it was done. */
function leaveOut(words: readonly string[]): string {
  process.stdout.write(`LEFT OUT, for it takes too long here: ${words.join(' ')}\n`)
  return ''
}

const matches = (text: string, expected: string | RegExp): boolean =>
  typeof expected === 'string' ? text.includes(expected) : expected.test(text)

async function outcome(program: string, words: string[], options: { cwd: string; env: NodeJS.ProcessEnv }) {
  try {
    const { stdout, stderr } = await run(program, words, { ...options, timeout: PATIENCE_MS })
    return { code: 0, text: `${stdout}${stderr}` }
  } catch (error) {
    const { stdout = '', stderr = '', code = 1 } = Object(error) as { stdout?: string; stderr?: string; code?: number }
    return { code, text: `${stdout}${stderr}` }
  }
}

/** Until it has said what is expected; then it is told to stop, as by Ctrl-C. */
async function followed(
  program: string,
  words: string[],
  options: { cwd: string; env: NodeJS.ProcessEnv },
  expected: string,
) {
  const child = spawn(program, words, { ...options, stdio: ['ignore', 'pipe', 'inherit'] })
  const late = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS)
  let text = ''
  for await (const chunk of child.stdout) {
    text += String(chunk)
    if (text.includes(expected)) child.kill('SIGINT')
  }
  clearTimeout(late)
  return { isRight: text.includes(expected), text }
}

process.exitCode = await main()
