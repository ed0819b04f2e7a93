// What some worlds' templates have besides: properties that are left to others, things that others made, waits for signals and
// groups that signals change. Drawn apart, so that the worlds without are what they were.
import type { Chance } from './chance.js'
import type { FarSide } from './far-side.js'
import { GROUP, isComposite } from './nests.js'
import { CREW, crewOf, HANDLE, POLICY, WAIT } from './signalled.js'
import type { Simulation } from './simulation.js'
import { attributeOf, idOf, type SimTemplate, type Wanted } from './templates.js'
import { canBeRead, canBeUpdated } from './types.js'

export interface Extras {
  readonly chance: Chance
  /** Some properties are left to others once the thing exists. */
  readonly ignores: boolean
  /** Some things that others made are taken over, and some referred to. */
  readonly far?: FarSide
  /** Some resources wait for signals, or grow by them. */
  readonly signals: boolean
}

/** @param history of a template that is there already nothing but this is changed */
export function enriched(template: SimTemplate, history: readonly SimTemplate[], extras: Extras): SimTemplate {
  const { ignores, far, signals } = extras
  const isKnown = Object.values(template).some((wanted) => history.some((one) => Object.values(one).includes(wanted)))
  if (isKnown) return template
  const leaving = ignores ? withIgnored(template, extras.chance) : template
  const adopting = far ? withForeign(leaving, extras.chance, far) : leaving
  return signals ? withSignalled(adopting, extras.chance) : adopting
}

const isPlain = ({ type }: Wanted) => type.startsWith('Sim::') && !isComposite(type)

function withIgnored(template: SimTemplate, chance: Chance): SimTemplate {
  const texts = JSON.stringify(Object.values(template).map(({ properties }) => properties))
  return mapped(template, (wanted, name) => {
    // What is found of it becomes the record, but its attributes are those of the last call.
    const isShown = texts.includes(JSON.stringify(attributeOf(name, 'v')))
    if (!isPlain(wanted) || isShown || !chance.happens(0.4)) return wanted
    return { ...wanted, isotherm: { ...wanted.isotherm, ignoreChanges: ['v'] } }
  })
}

function withForeign(template: SimTemplate, chance: Chance, far: FarSide): SimTemplate {
  const adopting = mapped(template, (wanted) => {
    const { type, properties, isotherm } = wanted
    if (!isPlain(wanted) || !canBeRead(type) || isotherm?.replacement || !chance.happens(0.4)) return wanted
    const z = typeof properties.z === 'string' ? { z: properties.z } : {}
    const others = far.foreign(type, { v: chance.pick(['v0', 'v1', 'theirs']), ...z })
    // Of some the id is wrong.
    return { ...wanted, isotherm: { ...isotherm, adopt: chance.happens(0.1) ? `${others.id}x` : others.id } }
  })
  if (!chance.happens(0.4)) return adopting
  // The same everywhere: what a resource refers to never becomes another.
  const others =
    [...far.things.values()].find(({ foreign }) => foreign === 'referred') ??
    far.referred('Sim::Plain', { v: 'theirs', z: 'theirs' })
  const wanted = { type: others.type, properties: {}, externalId: others.id }
  return withUser({ ...adopting, theirs: wanted }, 'theirs', chance)
}

/** Somebody who comes later in the template uses it. */
function withUser(template: SimTemplate, name: string, chance: Chance): SimTemplate {
  const users = Object.keys(template).filter((other) => isPlain(template[other] ?? { type: '', properties: {} }))
  const user = users.at(-1)
  const wanted = user === undefined || user === name || !chance.happens(0.6) ? undefined : template[user]
  if (user === undefined || !wanted) return template
  return { ...template, [user]: { ...wanted, properties: { ...wanted.properties, r: idOf(name) } } }
}

/** What it has already stays as it is: a second wait could come before what waits for the first. */
function withSignalled(template: SimTemplate, chance: Chance): SimTemplate {
  const waiting = chance.happens(0.5) && !template.wait ? withWait(template, chance) : template
  return chance.happens(0.5) && !template.crew ? withCrew(waiting, chance) : waiting
}

function withWait(template: SimTemplate, chance: Chance): SimTemplate {
  const names = Object.keys(template).filter((name) => template[name]?.type.startsWith('Sim::'))
  const middle = chance.int(names.length + 1)
  const [before, after] = [names.slice(0, middle), names.slice(middle)]
  const handle: Wanted = { type: HANDLE, properties: { signal_transport: chance.pick(TRANSPORTS) } }
  const wait: Wanted = {
    type: WAIT,
    properties: { handle: idOf('handle'), timeout: chance.pick([5, WAIT_SECONDS]), count: 1 + chance.int(2) },
    after: before.filter(() => chance.happens(0.3)),
  }
  const waiting = mapped(template, (wanted, name) =>
    after.includes(name) && chance.happens(0.3) ? { ...wanted, after: [...(wanted.after ?? []), 'wait'] } : wanted,
  )
  return { ...waiting, handle, wait }
}

function withCrew(template: SimTemplate, chance: Chance): SimTemplate {
  const policy = (adjustment: number): Wanted => ({
    type: POLICY,
    properties: {
      auto_scaling_group_id: idOf('crew'),
      adjustment_type: 'change_in_capacity',
      scaling_adjustment: adjustment,
    },
  })
  const crew = { type: CREW, properties: crewOf(`v${chance.int(2)}`) }
  return { ...template, crew, up: policy(1 + chance.int(2)), ...(chance.happens(0.7) && { down: policy(-1) }) }
}

const WAIT_SECONDS = 600
const TRANSPORTS = ['CFN_SIGNAL', 'TEMP_URL_SIGNAL', 'HEAT_SIGNAL', 'NO_SIGNAL']
/** One that nobody has signalled badly. */
const LAST_TRANSPORT = 'ZAQAR_SIGNAL'

/** What can be brought about in fair weather: nothing is waited for in vain, and what is to be taken over can be. */
export function lastSaid(template: SimTemplate, { far, rows }: Simulation): SimTemplate {
  return mapped(template, (wanted) => {
    const { type, properties, isotherm: { adopt, ...isotherm } = {} } = wanted
    if (type === HANDLE) return { ...wanted, properties: { signal_transport: LAST_TRANSPORT } }
    if (type === WAIT) return { ...wanted, properties: { ...properties, timeout: WAIT_SECONDS } }
    if (adopt === undefined) return wanted
    const others = far.things.get(adopt)
    const isFree = others?.foreign === 'free' && !rows.resources.some(({ physical_id }) => physical_id === adopt)
    const fits = isFree && canBeUpdated(type) && properties.z === undefined && others.type === type
    return fits && others.properties.z === undefined ? wanted : { ...wanted, isotherm }
  })
}

/** Another one of what only such worlds have; undefined of all else. */
export function variedExtra(wanted: Wanted, chance: Chance): Wanted | undefined {
  const { type, properties } = wanted
  const said = (more: Wanted['properties']): Wanted => ({ ...wanted, properties: { ...properties, ...more } })
  if (wanted.externalId !== undefined) return wanted
  if (type === GROUP) return undefined
  if (type === HANDLE) return said({ signal_transport: chance.pick(TRANSPORTS) })
  if (type === WAIT) return said({ count: 1 + chance.int(3) })
  if (type === POLICY) return said({ scaling_adjustment: chance.pick([-1, 1, 2]) })
  if (type === CREW) return said(crewOf(`v${chance.int(3)}`))
  return undefined
}

function mapped(template: SimTemplate, change: (wanted: Wanted, name: string) => Wanted): SimTemplate {
  return Object.fromEntries(Object.entries(template).map(([name, wanted]) => [name, change(wanted, name)]))
}
