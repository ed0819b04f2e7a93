// What the program loads before it knows what it is asked for: help and completion are to come at once.
import { readFile } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Desk } from './testing.js'

let desk: Desk
beforeAll(async () => {
  desk = await Desk.open()
  await desk.write({
    'hooks.mjs': `import { appendFileSync } from 'node:fs'
export async function load(url, context, next) {
  appendFileSync(process.env.LOADED, url + '\\n')
  return next(url, context)
}
`,
    'watch.mjs': `import { register } from 'node:module'\nregister('./hooks.mjs', import.meta.url)\n`,
  })
})
afterAll(() => desk.close())

it.each([[['--version']], [['help', 'up']], [['completion', 'bash']]])('%j loads no library', async (words) => {
  const loaded = desk.path(`${words.join('-')}.txt`)
  const watching = { NODE_OPTIONS: `--import ${pathToFileURL(desk.path('watch.mjs'))}`, LOADED: loaded }
  expect(await desk.start(words, watching).ended).toMatchObject({ code: 0, err: '' })
  const modules = (await readFile(loaded, 'utf8')).split('\n')
  expect(modules.filter((url) => url.endsWith('/dist/src/cli/main.js'))).toHaveLength(1)
  expect(modules.filter((url) => /\/dist\/src\/(index\.js|client\.js|store|engine|api|provider)/.test(url))).toEqual([])
})
