// What directories promise: only what was made here is removed, and only when it is empty.
import { mkdir, readdir, rmdir, stat, writeFile } from 'node:fs/promises'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { providerSuite } from '../suite.js'
import { Workshop } from './testing.js'

let shop: Workshop
beforeEach(async () => {
  shop = await Workshop.open()
})
afterEach(() => shop.close())

const there = (path: string) => stat(path).then(Boolean, () => false)

describe('Isotherm::Local::Directory keeps the contract', async () => {
  const home = await Workshop.open()
  afterAll(home.close)
  const cases = providerSuite({
    type: home.type('Directory'),
    wanted: { path: 'site/pages', mode: '0755' },
    changed: { mode: '0700' },
    notChanged: ['path'],
    replaced: { path: 'site/other' },
    exists: there,
    count: async () => Number(await there(home.path('site/pages'))),
    vanish: (path) => rmdir(path),
    fresh: async () => ({ dispose: home.empty }),
  })
  for (const { name, run } of cases) it(name, run)
})

describe('a directory', () => {
  it('goes together with the folders above it that were made for it', async () => {
    const one = shop.driver('Directory')
    const thing = await one.create({ path: 'a/b/c' })

    await one.delete(thing)

    expect(await readdir(shop.directory)).toEqual(['.isotherm'])
  })

  it('with something in it stays, and the error names what', async () => {
    const one = shop.driver('Directory')
    const thing = await one.create({ path: 'site' })
    await writeFile(shop.path('site/notes.txt'), '')

    await expect(one.delete(thing)).rejects.toThrow(/is not empty, so it stays: it holds notes\.txt$/)
  })

  it('that existed before is used, keeps its mode and stays', async () => {
    await mkdir(shop.path('mine'), { mode: 0o755 })
    const one = shop.driver('Directory')

    await expect(one.create({ path: 'mine', mode: '0700' })).rejects.toThrow(/existed before, with mode 0755/)
    await one.delete(await one.create({ path: 'mine' }))

    expect(await there(shop.path('mine'))).toBe(true)
  })

  it('that was made for a file below it becomes its own when it is declared', async () => {
    const [file, folder] = [shop.driver('File', { name: 'page' }), shop.driver('Directory', { name: 'site' })]
    const page = await file.create({ path: 'site/index.html' })
    const site = await folder.create({ path: 'site' })

    await file.delete(page)
    expect(await there(shop.path('site'))).toBe(true)
    await folder.delete(site)
    expect(await there(shop.path('site'))).toBe(false)
  })

  it('that was declared stays when the last file below it goes, in whatever order both were made', async () => {
    const [file, folder] = [shop.driver('File', { name: 'page' }), shop.driver('Directory', { name: 'site' })]
    const [page, site] = await Promise.all([file.create({ path: 'site/a.html' }), folder.create({ path: 'site' })])

    await file.delete(page)
    expect(await folder.read(site)).not.toBeNull()
    await folder.delete(site)
    expect(await readdir(shop.directory)).toEqual(['.isotherm'])
  })

  it('has one owner', async () => {
    await shop.driver('Directory', { name: 'first' }).create({ path: 'site' })

    await expect(shop.driver('Directory', { name: 'second' }).create({ path: 'site/' })).rejects.toThrow(
      /belongs to resource first/,
    )
  })

  it('is refused where a file stands', async () => {
    await writeFile(shop.path('site'), '')
    await expect(shop.driver('Directory').create({ path: 'site' })).rejects.toThrow(/exists and is not a directory/)
    await expect(readdir(shop.state('paths'))).resolves.toEqual([])
  })
})
