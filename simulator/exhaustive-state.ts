// The state of a small world: everything that what follows can depend on. All rows, reality, the gates at which somebody waits, who
// sleeps how long, and what engines know and have not written. Names and ids that chance gives are told apart, not compared.
import { createHash } from 'node:crypto'
import type { Actor, Gate } from './scheduler.js'
import type { SimulatedEngine, Simulation } from './simulation.js'

/** What one of its engines still knows, apart from the rows; nothing of an engine that is not given. */
export type Memories = (engine: SimulatedEngine) => readonly string[]

export interface Left {
  readonly commands: number
  readonly deaths: number
}

/** @param engines those of whom it is asked: what becomes of a world in which one of them dies depends on the others alone. */
export function stateOf(
  simulation: Simulation,
  engines: readonly SimulatedEngine[],
  memories: Memories,
  left: Left,
): string {
  const { scheduler } = simulation
  const nameOf = namesOf(engines)
  const told = (actor: Actor) => actor.kind !== 'engine' || engines.some((engine) => engine.actor === actor)
  const gate = ({ actor, kind, label, text, notBefore }: Gate) =>
    [nameOf(actor.name), kind, label, text, notBefore > scheduler.now].join(' ')
  const state = {
    ...rowsOf(simulation, engines),
    gates: scheduler
      .waiting()
      .filter(({ actor }) => told(actor))
      .map(gate)
      .sort(),
    sleepers: scheduler.sleepers(told).map(nameOf).sort(),
    memories: engines.map(memories),
    left,
  }
  return createHash('sha256')
    .update(anonymous(JSON.stringify(state)))
    .digest('base64')
}

/** Time counts only as what is still to come. */
function rowsOf({ rows, far, scheduler: { now } }: Simulation, engines: readonly SimulatedEngine[]): object {
  const ageOf = (at: string) => Math.round(now * 10 - (Date.parse(at) - EPOCH) / 100)
  const holder = (id: string | null) => (id === null ? null : engines.findIndex(({ engine }) => engine.id === id))
  const heardOf = new Set(
    rows.resources.flatMap((row) => (row.state === 'running' ? [`${row.token} ${row.fence}`] : [])),
  )
  return {
    stacks: rows.stacks.map(({ traversal, status, stage, action, failed, deleted_at }) => [
      ...[traversal, status, stage, action, failed, deleted_at !== null],
    ]),
    resources: rows.resources.map(({ engine_id, due_at, ...row }) => [
      Object.entries(row).filter(([key]) => !/_at$/.test(key)),
      holder(engine_id),
      due_at === null ? null : Math.min(0, ageOf(due_at)),
    ]),
    handles: rows.data.map(({ handle }) => handle),
    engines: rows.engines.map(({ id, heartbeat_at }) => [holder(id), ageOf(heartbeat_at)]),
    things: [...far.things.values()].map(({ id, name, token, properties, serial }) => [
      id,
      name,
      token,
      properties,
      serial,
    ]),
    // The far side remembers which fences it has seen, and what it has buried.
    calls: grouped(far.calls.map(({ token, name, verb, fence }) => [`${name} ${token}`, `${verb} ${fence}`])),
    // What an engine has been told and not yet written shows in no row.
    heard: far.heard.filter(({ token, fence }) => heardOf.has(`${token} ${fence}`)),
  }
}

/** In which order different things were asked of leaves no trace. */
function grouped(pairs: readonly (readonly [string, string])[]): [string, string[]][] {
  const groups = new Map<string, string[]>()
  for (const [key, value] of pairs) groups.set(key, [...(groups.get(key) ?? []), value])
  return [...groups].sort(([one], [other]) => (one < other ? -1 : 1))
}

/** Whoever lives counts by its place: an engine's name tells how many have died, a client's how many have come. */
function namesOf(engines: readonly SimulatedEngine[]): (text: string) => string {
  const places = new Map(engines.map(({ actor }, place) => [actor.name, `engine of place ${place}`]))
  return (text) => text.replace(/^(engine|client)\d+/, (name, kind) => places.get(name) ?? kind)
}

const CHANCE = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|-[a-z2-7]{12}\b/g

/** Each id that chance gave, by the place at which it is first said. */
function anonymous(text: string): string {
  const places = new Map<string, string>()
  return text.replace(CHANCE, (id) => {
    const place = places.get(id) ?? `id${places.size}`
    places.set(id, place)
    return place
  })
}

const EPOCH = Date.UTC(2030, 0, 1)
