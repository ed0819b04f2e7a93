// What `kill9` kills besides plain stacks: a stack with a group of nested stacks, which grows and shrinks while everything in it
// is made anew, and the return of such a stack to a snapshot.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { commandOf, differencesOf, endAll, leftThings, makePlaces, type Subject } from './kill9-subjects.js'

const GROUP_MIN = 2
const groupSizeOf = (number: number) => GROUP_MIN + (number % 2)

/** Two in each member, one of them inside another nested stack, and one beside the group. */
const countOf = (number: number) => 2 * groupSizeOf(number) + 1

const HEADER = { heat_template_version: '2021-04-16', parameters: { round: { type: 'string' } } }
const ROUND = { get_param: 'round' }

async function declare(folder: string, number: number, round: number): Promise<string> {
  await makePlaces(folder)
  const member = { type: 'member.yaml', properties: { round: String(round) } }
  const templates = {
    'inner.yaml': { ...HEADER, resources: { thing: commandOf(ROUND) } },
    'member.yaml': {
      ...HEADER,
      resources: {
        inner: { type: 'inner.yaml', properties: { round: ROUND } },
        beside: { ...commandOf(ROUND), depends_on: 'inner' },
      },
    },
    'nested.yaml': {
      heat_template_version: '2021-04-16',
      resources: {
        group: { type: 'OS::Heat::ResourceGroup', properties: { count: groupSizeOf(number), resource_def: member } },
        after: { ...commandOf(String(round)), depends_on: 'group' },
      },
    },
  }
  for (const [name, template] of Object.entries(templates))
    await writeFile(join(folder, name), JSON.stringify(template, null, 2))
  return join(folder, 'nested.yaml')
}

export const nested: Subject = {
  name: 'nested',
  up: async ({ folder }, number) => ['up', await declare(folder, number, number), '-s', 'kill9', '-y'],
  complaints: (tools, number) => differencesOf(tools, { count: countOf(number), round: number }),
  leftovers: leftThings,
  cleanUp: endAll,
}

/** What has come after the snapshot. */
const LATER = 1000

export const restored: Subject = {
  name: 'restored',
  async up({ folder, run }, number) {
    await run('up', await declare(folder, number, number), '-s', 'kill9', '-y')
    await run('snapshot', 'create', 'kill9', `round${number}`)
    await run('up', await declare(folder, number + 1, number + LATER), '-s', 'kill9', '-y')
    return ['snapshot', 'restore', 'kill9', `round${number}`, '-y']
  },
  complaints: (tools, number) => differencesOf(tools, { count: countOf(number), round: number }),
  leftovers: leftThings,
  cleanUp: endAll,
}
