// The worlds that are walked exhaustively: small enough that every order of what happens in them can be had.
import { some } from './bases.js'
import type { Command } from './commands.js'
import { GROUP, groupOf } from './nests.js'
import { idOf, type SimTemplate } from './templates.js'

export interface SmallWorld {
  readonly name: string
  readonly engines: number
  /** Engines that may be killed, at any moment; a new one starts at once. */
  readonly deaths: number
  /** The first is given before anything else, the others at any moment, in this order. */
  readonly commands: readonly Command[]
  /** Set up and brought to rest before the interleavings begin. */
  readonly before?: SimTemplate
}

const typed = (template: SimTemplate, type = 'Sim::Plain'): SimTemplate =>
  Object.fromEntries(Object.entries(template).map(([name, wanted]) => [name, { ...wanted, type: wanted.type || type }]))

const up = (template: SimTemplate): Command => ({
  kind: 'up',
  stack: 'web',
  template: typed(template),
  onFailure: 'stop',
})

const pair: SimTemplate = { A: some({ v: 'one' }), B: some({ r: idOf('A') }) }
const pairReplaced: SimTemplate = { A: some({ z: 'two' }), B: some({ r: idOf('A') }) }
const inverted: SimTemplate = { A: some({ z: 'two', r: idOf('B') }), B: some({ z: 'two' }) }
const three: SimTemplate = { A: some(), B: some(), C: some({ r: idOf('A') }, 'B') }
const nest: SimTemplate = { N: { type: GROUP, properties: groupOf(1, 'one') } }

export const smallWorlds: readonly SmallWorld[] = [
  {
    name: 'create A, delete at any moment',
    engines: 1,
    deaths: 0,
    commands: [up({ A: some() }), { kind: 'delete', stack: 'web' }],
  },
  { name: 'create A, one death', engines: 1, deaths: 1, commands: [up({ A: some() })] },
  { name: 'create a nested stack of one, one death', engines: 1, deaths: 1, commands: [up(nest)] },
  { name: 'create A and B, replace A at any moment', engines: 1, deaths: 0, commands: [up(pair), up(pairReplaced)] },
  { name: 'create A, B and C with two engines', engines: 2, deaths: 0, commands: [up(three)] },
  {
    name: 'replace A, roll back at any moment',
    engines: 1,
    deaths: 0,
    before: typed(pair),
    commands: [up(pairReplaced), { kind: 'rollback', stack: 'web' }],
  },
  {
    name: 'invert a dependency, delete at any moment, one death',
    engines: 1,
    deaths: 1,
    before: typed(pair),
    commands: [up(inverted), { kind: 'delete', stack: 'web' }],
  },
  {
    name: 'create A, B and C, remove B at any moment, one death',
    engines: 1,
    deaths: 1,
    commands: [up(three), up({ A: some(), C: some({ r: idOf('A') }) })],
  },
]
