// The example as its README tells it, through the library: up, one page rewritten, the server replaced, down.
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Isotherm, type Json, open, type StackView } from '../../src/index.js'
import { markOf, processesWith } from '../../src/provider/local/processes.mjs'
import { Workshop } from '../../src/provider/local/testing.js'

const read = (name: string) => readFile(fileURLToPath(new URL(name, import.meta.url)), 'utf8')

let shop: Workshop
let isotherm: Isotherm
beforeEach(async () => {
  shop = await Workshop.open()
  isotherm = await open({ database: 'memory:', baseDirectory: shop.directory })
})
afterEach(async () => {
  await (await isotherm.down('web').catch(() => undefined))?.settled()
  await isotherm.close()
  await shop.close()
})

async function up(parameters: { [name: string]: Json }): Promise<StackView> {
  const names = ['server.mjs', 'front.mjs', 'pages/index.html', 'pages/about.html']
  const files = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await read(name)])))
  const run = await isotherm.up({ stack: 'web', template: await read('website.yaml'), files, parameters })
  return run.settled()
}

async function idsNow(): Promise<Map<string, string | null>> {
  return new Map((await isotherm.resources('web')).map(({ name, physicalId }) => [name, physicalId]))
}

/** Asks without a pause while `work` goes on; gives every kind of answer that was seen, in order. */
async function visiting(url: string, work: () => Promise<unknown>): Promise<string[]> {
  const seen = new Set<string>()
  let asking = true
  const visitor = (async () => {
    while (asking) {
      const answer = await fetch(`${url}/health`)
      const { theme = '' }: { theme?: string } = answer.ok ? JSON.parse(await answer.text()) : {}
      seen.add(`${answer.status} ${theme}`)
    }
  })()
  await work()
  asking = false
  await visitor
  return [...seen]
}

it('comes up, rewrites a page in place, replaces its server without a request that fails, and goes', async () => {
  expect(await up({})).toMatchObject({ status: 'CREATE_COMPLETE' })
  const url = (await isotherm.outputs('web')).url?.value
  const first = await idsNow()
  expect(await (await fetch(String(url))).text()).toContain('Hello, world')

  expect(await up({ greeting: 'Good morning' })).toMatchObject({ status: 'UPDATE_COMPLETE' })
  expect(await (await fetch(String(url))).text()).toContain('Good morning')
  expect(await idsNow()).toEqual(first)

  const seen = await visiting(String(url), () => up({ greeting: 'Good morning', theme: 'night' }))
  expect(seen).toEqual(['200 day', '200 night'])
  const changed = [...(await idsNow())].filter(([name, id]) => first.get(name) !== id).map(([name]) => name)
  expect(changed).toEqual(['backend'])

  const tokens = (await readdir(shop.state())).filter((name) => processesWith(markOf(name)).length > 0)
  expect(tokens).toHaveLength(2)
  expect(await (await isotherm.down('web')).settled()).toMatchObject({ status: 'DELETE_COMPLETE' })
  expect(tokens.flatMap((token) => processesWith(markOf(token)))).toEqual([])
  expect(await readdir(shop.directory)).toEqual(['.isotherm'])
})
