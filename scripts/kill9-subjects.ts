// What `kill9` kills `isotherm up` over: commands that count their calls outside the database, and the website example whole,
// with its real processes.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { markOf, processesWith, signalAll } from '../src/provider/local/processes.mjs'

/** Something that is not as it should be, in words. */
export type Complaint = string

export interface Tools {
  readonly folder: string
  /** Runs `isotherm` in the folder and gives what it says. */
  run(...words: string[]): Promise<string>
}

export interface Subject {
  readonly name: string
  /** Declares round `number`; gives the words of the command. Each round changes something everywhere. */
  up(tools: Tools, number: number): Promise<string[]>
  /** How the world differs from what was declared. */
  complaints(tools: Tools, number: number): Promise<Complaint[]>
  leftovers(tools: Tools): Promise<Complaint[]>
  /** Also after a failure: nothing that was started outlives the script. */
  cleanUp(tools: Tools): Promise<void>
}

const LAYERS = 5
const WIDTH = 6

/** Each call of a script leaves a line in a file of its token. The scripts are not idempotent on purpose. */
const CREATE = `echo "$ISOTHERM_NAME" >> "calls/create.$ISOTHERM_TOKEN"; sleep 0.05
if mkdir "things/$ISOTHERM_TOKEN"; then echo "$ROUND" > "things/$ISOTHERM_TOKEN/round"; else exit 1; fi`
const DELETE = `echo "$ISOTHERM_NAME" >> "calls/delete.$ISOTHERM_TOKEN"; rm -rf "things/$ISOTHERM_TOKEN"`

/** Without an update script every change of the round makes a new thing and removes the old one. */
export const commandOf = (round: unknown) => ({
  type: 'Isotherm::Local::Command',
  properties: { create: CREATE, delete: DELETE, cwd: 'work', env: { ROUND: round } },
})

export async function makePlaces(folder: string): Promise<void> {
  for (const place of ['calls', 'things']) await mkdir(join(folder, 'work', place), { recursive: true })
}

export const commands: Subject = {
  name: 'commands',
  async up({ folder }, number) {
    await makePlaces(folder)
    const resources: Record<string, object> = {}
    for (let index = 0; index < LAYERS * WIDTH; index++) {
      const above = Math.floor(index / WIDTH) * WIDTH - WIDTH
      const needs = above < 0 ? [] : [...new Set([index % WIDTH, (index + 1) % WIDTH])].map((nth) => `c${above + nth}`)
      resources[`c${index}`] = {
        ...(needs.length > 0 && { depends_on: needs }),
        ...commandOf(String(number)),
      }
    }
    const path = join(folder, 'commands.yaml')
    await writeFile(path, JSON.stringify({ heat_template_version: '2021-04-16', resources }, null, 2))
    return ['up', path, '-s', 'kill9', '-y']
  },

  complaints: (tools, number) => differencesOf(tools, { count: LAYERS * WIDTH, round: number }),
  leftovers: leftThings,
  cleanUp: endAll,
}

/** Of the things that commands make: those that are there, and those that the stack and all that is nested in it have. */
export async function differencesOf(
  { folder, run }: Tools,
  { count, round }: { readonly count: number; readonly round: number },
): Promise<Complaint[]> {
  const wanted = new Set(idsOfCommands(await run('resources', 'kill9', '--nested-depth', 'max', '--json')))
  const things = await readdir(join(folder, 'work', 'things'))
  const rounds = await Promise.all(things.map((token) => text(join(folder, 'work', 'things', token, 'round'))))
  return [
    ...(wanted.size === count ? [] : [`${wanted.size} resources are recorded instead of ${count}`]),
    ...[...wanted].filter((token) => !things.includes(token)).map((token) => `${token} is lost`),
    ...things.filter((token) => !wanted.has(token)).map((token) => `${token} has leaked`),
    ...rounds.filter((one) => one.trim() !== String(round)).map((one) => `a thing of round ${one}`),
    ...(await twice(join(folder, 'work', 'calls'))),
  ]
}

export async function leftThings({ folder }: Tools): Promise<Complaint[]> {
  const things = await readdir(join(folder, 'work', 'things'))
  const made = (await readdir(join(folder, 'work', 'calls'))).filter((name) => name.startsWith('create.'))
  const tokens = made.map((name) => name.slice('create.'.length))
  const running = tokens.filter((token) => processesWith(markOf(token)).length > 0)
  return [...things.map((token) => `thing ${token}`), ...running.map((token) => `processes of ${token}`)]
}

async function twice(calls: string): Promise<Complaint[]> {
  const made = (await readdir(calls)).filter((name) => name.startsWith('create.'))
  const lines = await Promise.all(made.map(async (name) => (await text(join(calls, name))).trim().split('\n').length))
  return made.flatMap((name, nth) => (lines[nth] === 1 ? [] : [`${name} was called ${lines[nth]} times`]))
}

const PROCESSES = 2

export const website: Subject = {
  name: 'website',
  async up(_tools, number) {
    const template = join(import.meta.dirname, '..', '..', 'examples', 'website', 'website.yaml')
    const parameters = [`greeting=Greeting ${number}`, `release=${number + 1}`, `theme=${number % 2 ? 'day' : 'night'}`]
    return ['up', template, '-s', 'kill9', '-y', ...parameters.flatMap((parameter) => ['-P', parameter])]
  },

  async complaints({ folder, run }, number) {
    const url = (await run('outputs', 'kill9', 'url')).trim()
    const answer = await fetch(url).catch((error: Error) => ({
      status: 0,
      text: async () => String(error.cause ?? error),
    }))
    const page = await answer.text()
    const processes = (await tokensWithProcesses(folder)).length
    return [
      ...(answer.status === 200 ? [] : [`${url} answers ${answer.status}: ${page}`]),
      ...(page.includes(`Greeting ${number}`) ? [] : [`the page says ${page.slice(0, 200)}`]),
      ...(processes === PROCESSES ? [] : [`${processes} processes live instead of ${PROCESSES}`]),
    ]
  },

  async leftovers({ folder }) {
    const files = (await readdir(folder)).filter((name) => !['.isotherm', 'work'].includes(name))
    return [...files, ...(await tokensWithProcesses(folder)).map((token) => `processes of ${token}`)]
  },

  cleanUp: endAll,
}

/** The local types keep a folder for each token. */
async function tokensWithProcesses(folder: string): Promise<string[]> {
  const names = await readdir(join(folder, '.isotherm', 'local')).catch(() => [])
  return names.filter((name) => processesWith(markOf(name)).length > 0)
}

export async function endAll({ folder }: Tools): Promise<void> {
  for (const token of await tokensWithProcesses(folder)) signalAll(processesWith(markOf(token)), 'SIGKILL')
}

const text = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '')

function idsOfCommands(json: string): string[] {
  const resources: readonly { readonly type: string; readonly physicalId: string | null }[] = JSON.parse(json)
  return resources.flatMap(({ type, physicalId }) =>
    type === 'Isotherm::Local::Command' && physicalId ? physicalId : [],
  )
}
