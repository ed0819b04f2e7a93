// What files promise: whole or not at all, one owner, and nobody else's touched.
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { providerSuite } from '../suite.js'
import { sha256 } from './disk.js'
import { Workshop } from './testing.js'

let shop: Workshop
beforeEach(async () => {
  shop = await Workshop.open()
})
afterEach(() => shop.close())

describe('Isotherm::Local::File keeps the contract', async () => {
  const home = await Workshop.open()
  afterAll(home.close)
  const there = (path: string) => stat(path).then(Boolean, () => false)
  const cases = providerSuite({
    type: home.type('File'),
    wanted: { path: 'site/index.html', content: 'hello' },
    changed: { content: 'good morning', mode: '0600' },
    notChanged: ['path', 'secret_content'],
    replaced: { path: 'site/other.html' },
    exists: there,
    count: async () => Number(await there(home.path('site/index.html'))),
    vanish: (path) => rm(path),
    fresh: async () => ({ dispose: home.empty }),
  })
  for (const { name, run } of cases) it(name, run)
})

describe('a file', () => {
  it('has the wanted content, mode and hash, and missing folders above it are made', async () => {
    const made = await shop.driver('File').create({ path: 'a/b/c.txt', content: 'hello', mode: '640' })

    const path = shop.path('a/b/c.txt')
    expect(await readFile(path, 'utf8')).toBe('hello')
    expect((await stat(path)).mode & 0o777).toBe(0o640)
    expect(made).toMatchObject({ physicalId: path, attributes: { path, sha256: sha256('hello'), size: 5 } })
  })

  it('takes the folders that were made for it along when it goes, and leaves those with other things in them', async () => {
    await mkdir(shop.path('mine'))
    const one = shop.driver('File')
    const thing = await one.create({ path: 'mine/a/b/c.txt' })
    await writeFile(shop.path('mine/a/other.txt'), '')

    await one.delete(thing)

    expect(await readdir(shop.path('mine/a'))).toEqual(['other.txt'])
    expect(await readdir(shop.state('paths'))).toEqual([])
  })

  it('of somebody else is neither overwritten nor removed, even when its content is the same', async () => {
    await writeFile(shop.path('page.html'), 'hello')
    const one = shop.driver('File')

    await expect(one.create({ path: 'page.html', content: 'hello' })).rejects.toThrow(/was not made by this resource/)
    expect(
      await one.read({
        physicalId: 'x',
        properties: { path: 'page.html', mode: '0644' },
        attributes: {},
        privateData: null,
      }),
    ).not.toBeNull()
    await one.delete({
      physicalId: 'x',
      properties: { path: 'page.html', mode: '0644' },
      attributes: {},
      privateData: null,
    })

    expect(await readFile(shop.path('page.html'), 'utf8')).toBe('hello')
  })

  it('has one owner: the second resource is told who is the first', async () => {
    await shop.driver('File', { name: 'first', stack: 'web' }).create({ path: 'page.html', content: 'one' })
    const second = shop.driver('File', { name: 'second' })

    await expect(second.create({ path: './x/../page.html', content: 'two' })).rejects.toThrow(
      /belongs to resource first \(Isotherm::Local::File\) of stack web/,
    )
    expect(await readFile(shop.path('page.html'), 'utf8')).toBe('one')
    await expect(stat(shop.state(second.token, 'deed.json'))).rejects.toThrow(/ENOENT/)
  })

  it('that was changed by hand shows by its hash and is put right by an update', async () => {
    const one = shop.driver('File')
    const thing = await one.create({ path: 'page.html', content: 'hello' })
    await writeFile(shop.path('page.html'), 'tampered')

    expect(await one.read(thing)).toMatchObject({
      properties: { content: 'tampered' },
      attributes: { sha256: sha256('tampered') },
    })
    await one.update(thing, { path: 'page.html', content: 'hello' })

    expect(await readFile(shop.path('page.html'), 'utf8')).toBe('hello')
  })

  it('that vanished is made anew by the next version of its resource, and the old version leaves that alone', async () => {
    const old = shop.driver('File')
    const gone = await old.create({ path: 'page.html', content: 'one' })
    await rm(shop.path('page.html'))

    await shop.driver('File').create({ path: 'page.html', content: 'two' })
    await old.delete(gone)

    expect(await readFile(shop.path('page.html'), 'utf8')).toBe('two')
  })

  it('written by an engine that died before it could record it is found by its token', async () => {
    const one = shop.driver('File')
    const wanted = { path: 'page.html', content: 'hello' }
    await one.create(wanted)
    // Died between the effect and its own note of it.
    const { token } = one
    await writeFile(
      shop.state(token, 'deed.json'),
      JSON.stringify({ path: shop.path('page.html'), phase: 'making', sha256: sha256('hello') }),
    )

    const found = await shop.type('File').find?.(one.call(), { ...wanted, mode: '0644' })

    expect(found?.physicalId).toBe(shop.path('page.html'))
  })

  it('whose making had not begun when the engine died is not found, and its path is free again', async () => {
    const one = shop.driver('File')
    const claim = {
      token: one.token,
      path: shop.path('page.html'),
      type: 'Isotherm::Local::File',
      stack: 's',
      stackId: 'i',
      name: 'n',
    }
    await shop.driver('File').create({ path: 'other.html' })
    await mkdir(shop.state(one.token))
    await writeFile(shop.state(one.token, 'deed.json'), JSON.stringify({ path: claim.path, phase: 'claimed' }))
    const claimFile = shop.state('paths', `${sha256(claim.path).slice(0, 32)}.json`)
    await writeFile(claimFile, JSON.stringify(claim))
    // Meanwhile a stranger has put a file there.
    await writeFile(claim.path, 'strange')

    expect(await shop.type('File').find?.(one.call(), { path: 'page.html', mode: '0644' })).toBeNull()

    expect(await readFile(claim.path, 'utf8')).toBe('strange')
    await expect(readFile(claimFile)).rejects.toThrow(/ENOENT/)
  })

  it('that an interrupted create has written is brought to what a later create of the same token wants', async () => {
    const one = shop.driver('File')
    await one.create({ path: 'page.html', content: 'one' })

    await one.create({ path: 'moved.html', content: 'two' }, { attempt: 2 })

    expect(await readFile(shop.path('moved.html'), 'utf8')).toBe('two')
    await expect(stat(shop.path('page.html'))).rejects.toThrow(/ENOENT/)
  })

  it('is written twice at once without harm', async () => {
    const one = shop.driver('File')
    const wanted = { path: 'a/page.html', content: 'hello' }

    await Promise.all([one.create(wanted), one.create(wanted), one.create(wanted)])

    expect(await readdir(shop.path('a'))).toEqual(['page.html'])
  })

  it('with secret content shows it neither in its notes nor as plain content', async () => {
    const one = shop.driver('File')
    const thing = await one.create({ path: 'config.json', secret_content: 'hush-hush' })

    expect(await one.read(thing)).toMatchObject({ properties: { secret_content: 'hush-hush' } })
    expect(await readFile(shop.state(one.token, 'deed.json'), 'utf8')).not.toContain('hush')
  })

  it('is the same under another spelling of its path, and a new one under another path', () => {
    const type = shop.type('File')
    expect(type.replaces?.({ path: 'a/b.txt' }, { path: './a/x/../b.txt' })).toBe(false)
    expect(type.replaces?.({ path: 'a/b.txt' }, { path: 'a/c.txt' })).toBe(true)
  })
})
