// What can go wrong in a world driven by chance, and how often.
import type { Chance } from './chance.js'
import type { Weather } from './far-side.js'

/** What can go wrong in this world, drawn once: a world in which everything goes wrong all the time finds less. */
export interface Climate {
  readonly weather: Weather
  readonly killRate: number
  readonly freezeRate: number
  readonly stopRate: number
  readonly brokenRate: number
  readonly commandRate: number
  readonly hurryRate: number
}

export function climateOf(chance: Chance, steps: number): Climate {
  const sometimes = (value: number) => (chance.happens(0.5) ? value : 0)
  return {
    weather: {
      failRate: chance.pick([0, 0.05, 0.25]),
      slowRate: chance.pick([0, 0.1, 0.4]),
      silentRate: sometimes(0.03),
      pendingRate: chance.pick([0, 0.5, 1]),
    },
    killRate: sometimes(0.01),
    freezeRate: sometimes(0.01),
    stopRate: chance.happens(0.2) ? 0.005 : 0,
    brokenRate: sometimes(0.01),
    commandRate: chance.pick([4, 8, 15]) / steps,
    hurryRate: chance.pick([0.01, 0.1]),
  }
}
