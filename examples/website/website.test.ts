// The story of the example, played by hand: a new server comes up, the routes change, the old server goes.
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Thing } from '../../src/provider/contract.js'
import { Workshop } from '../../src/provider/local/testing.js'
import type { Driver } from '../../src/provider/suite-driver.js'

const beside = (name: string) => fileURLToPath(new URL(name, import.meta.url))

let shop: Workshop
const things: [driver: Driver, thing: Thing][] = []

async function make(driver: Driver, wanted: Parameters<Driver['create']>[0]): Promise<Thing> {
  const thing = await driver.create(wanted)
  things.push([driver, thing])
  return thing
}

beforeEach(async () => {
  shop = await Workshop.open()
})
afterEach(async () => {
  for (const [driver, thing] of things.splice(0).reverse()) await driver.delete(thing)
  await shop.close()
})

const backend = (theme: string) => ({
  command: [process.execPath, beside('server.mjs')],
  env: { CONFIG: shop.path('config.json'), THEME: theme },
  ports: { http: 0 },
  ready: { http: '/health' },
})
const routesTo = ({ attributes }: Thing) => ({
  path: 'routes.json',
  content: JSON.stringify({ backend: attributes.url ?? '' }),
})

it('replaces its server without a request that fails', async () => {
  await make(shop.driver('File'), {
    path: 'pages/index.html',
    content: await readFile(beside('pages/index.html'), 'utf8'),
  })
  const config = JSON.stringify({ pages: shop.path('pages'), secret: 'hush' })
  await make(shop.driver('File'), { path: 'config.json', secret_content: config, mode: '0600' })
  const oldDriver = shop.driver('Process')
  const old = await oldDriver.create(backend('day'))
  const routesDriver = shop.driver('File')
  const routes = await make(routesDriver, routesTo(old))
  const front = await make(shop.driver('Process'), {
    command: [process.execPath, beside('front.mjs')],
    env: { ROUTES: shop.path('routes.json') },
    ports: { http: 0 },
    ready: { http: '/health' },
  })

  const seen = new Set<string>()
  let asking = true
  const visitor = (async () => {
    while (asking) {
      const answer = await fetch(`${front.attributes.url}/health`)
      const { theme = '' }: { theme?: string } = answer.ok ? JSON.parse(await answer.text()) : {}
      seen.add(`${answer.status} ${theme}`)
    }
  })()
  const next = await make(shop.driver('Process'), backend('night'))
  await routesDriver.update(routes, routesTo(next))
  await oldDriver.delete(old)
  asking = false
  await visitor

  expect([...seen]).toEqual(['200 day', '200 night'])
  const page = await (await fetch(String(front.attributes.url))).text()
  expect(page).toContain('#14171f')
})
