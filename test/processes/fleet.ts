// Several engine processes over one PostgreSQL, a far side that counts, and a commander: what the stories here begin with.
import { Desk, type Running } from '../../src/cli/testing.js'
import { type Isotherm, open, type ResourceType } from '../../src/index.js'
import { FarSide, farTypes } from './far-side.js'

/** Engines outlive a test that was given up; they must not outlive the run. */
const living = new Set<Running>()
process.once('exit', () => {
  for (const engine of living) engine.kill('SIGKILL')
})

export class Fleet {
  readonly #engines: Running[] = []

  private constructor(
    readonly url: string,
    readonly far: FarSide,
    readonly desk: Desk,
    /** Runs no engine. */
    readonly commander: Isotherm,
  ) {}

  static async open(url: string): Promise<Fleet> {
    const { FarThing }: { FarThing: ResourceType } = await import(farTypes)
    const far = await FarSide.open()
    const commander = await open({ database: url, engines: 0, types: [FarThing] })
    return new Fleet(url, far, await Desk.open(), commander)
  }

  /** A process of its own, once it is at work. */
  async engine(...words: string[]): Promise<Running> {
    const engine = this.start('engine', ...words)
    this.#engines.push(engine)
    living.add(engine)
    void engine.ended.then(() => living.delete(engine))
    await engine.says(/the engine is at work/)
    return engine
  }

  /** The program with what it needs here. */
  start(...words: string[]): Running {
    return this.desk.start([...words, '--database', this.url, '--types', farTypes], {
      FAR_SIDE: this.far.url,
      // The same key as the commander's: an engine without it would not start where secrets may lie.
      ISOTHERM_KEY: process.env.ISOTHERM_KEY ?? '',
    })
  }

  async close(): Promise<void> {
    for (const engine of this.#engines) engine.kill('SIGKILL')
    await Promise.all(this.#engines.map(({ ended }) => ended))
    await this.commander.close()
    await this.far.close()
    await this.desk.close()
  }
}

/** Layers of `width` things, each of which requires three of the layer before. */
export function layers(count: number, width: number, v = 1) {
  const resources: { [name: string]: object } = {}
  for (let layer = 0; layer < count; layer++) {
    for (let place = 0; place < width; place++) {
      const above = [0, 1, 2].map((step) => nameOf(layer - 1, (place + step * 7) % width))
      const depends_on = layer === 0 ? [] : [...new Set(above)]
      resources[nameOf(layer, place)] = { type: 'Far::Thing', properties: { v }, depends_on }
    }
  }
  return { resources }
}

const nameOf = (layer: number, place: number) => `r${layer}_${place}`

/** The names of everything in a template, as the far side tells them. */
export const namesOf = (template: { resources: object }): string[] => Object.keys(template.resources).sort()
