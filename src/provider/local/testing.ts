// A folder to work in, and the local types at home in it, for one test.
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { realWorld } from '../../lib/world.js'
import type { CallContext, ResourceType } from '../contract.js'
import { TypeRegistry } from '../registry.js'
import { Driver } from '../suite-driver.js'
import { localTypes } from './index.js'

export class Workshop {
  private constructor(readonly directory: string) {}

  static async open(): Promise<Workshop> {
    return new Workshop(await mkdtemp(join(tmpdir(), 'isotherm-local-')))
  }

  path = (...parts: string[]): string => join(this.directory, ...parts)
  state = (...parts: string[]): string => join(this.directory, '.isotherm', 'local', ...parts)

  type(name: string): ResourceType {
    const type = new TypeRegistry(localTypes({ baseDirectory: this.directory })).get(`Isotherm::Local::${name}`)
    if (!type) throw new Error(`no type ${name}`)
    return type
  }

  /** One resource of a type, with real time. */
  driver(name: string, overrides: Partial<CallContext> = {}): Driver {
    return new Driver(this.type(name), { world: realWorld, ...overrides })
  }

  /** Ready for the next case of a suite. */
  empty = async (): Promise<void> => {
    await this.close()
    await mkdir(this.directory)
  }

  close = (): Promise<void> => rm(this.directory, { recursive: true, force: true })
}
