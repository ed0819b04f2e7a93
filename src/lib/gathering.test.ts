// Who waits for whom, told with answers that are held back.
import { expect, test } from 'vitest'
import { Gathering, Lanes } from './gathering.js'

/** Answers when it is told to, and remembers what it was asked. */
function desk() {
  const asked: string[][] = []
  const releases: ((error?: Error) => void)[] = []
  let arrived: () => void = () => undefined
  const answer = async (items: readonly string[]) => {
    asked.push([...items])
    const released = new Promise<void>((resolve, reject) => {
      releases.push((error) => (error ? reject(error) : resolve()))
    })
    arrived()
    await released
    return (item: string) => {
      if (item === 'unreadable') throw new Error(`${item} is`)
      return `${item} of question ${asked.length}`
    }
  }
  const next = () =>
    new Promise<void>((resolve) => {
      arrived = resolve
    })
  return { asked, answer, next, release: (error?: Error) => releases.shift()?.(error) }
}

test('who comes while a question is under way waits for the next one, and goes together with all who wait', async () => {
  const { asked, answer, next, release } = desk()
  const gathering = new Gathering(answer, 3)
  const left = next()
  const first = [gathering.ask('a'), gathering.ask('b')]
  await left
  const late = ['a', 'c', 'd', 'e'].map((item) => gathering.ask(item))
  const again = next()
  release()
  expect(await Promise.all(first)).toEqual(['a of question 2', 'b of question 2'])
  await again
  expect(asked).toEqual([
    ['a', 'b'],
    ['a', 'c', 'd'],
  ])
  const last = next()
  release()
  await last
  release()
  await Promise.all(late)
  expect(asked.at(-1)).toEqual(['e'])
  expect(gathering.isIdle).toBe(true)
})

test('an answer that fails by itself fails alone, one that fails for all fails for those who asked it', async () => {
  const { answer, next, release } = desk()
  const gathering = new Gathering(answer, 10)
  const left = next()
  const both = Promise.allSettled([gathering.ask('unreadable'), gathering.ask('b')])
  await left
  release()
  expect((await both).map(({ status }) => status)).toEqual(['rejected', 'fulfilled'])
  const again = next()
  const broken = gathering.ask('c')
  await again
  const later = gathering.ask('d')
  const last = next()
  release(new Error('the connection broke'))
  await expect(broken).rejects.toThrow('the connection broke')
  await last
  release()
  expect(await later).toContain('d')
})

test('questions of one kind go together, asked for after the last of them came; those of another kind wait for nobody', async () => {
  const { asked, answer, next, release } = desk()
  const lanes = new Lanes<string, string>()
  const ask = (kind: string, item: string) => lanes.ask(kind, item, answer, 2)
  const left = next()
  const early = ask('pages', 'first')
  await left
  const late = ['second', 'third', 'fourth'].map((item) => ask('pages', item))
  const other = next()
  const different = ask('shelves', 'first')
  await other
  expect(asked).toEqual([['first'], ['first']])
  const again = next()
  release()
  await early
  await again
  release()
  expect(await different).toContain('first')
  const last = next()
  release()
  await last
  release()
  await Promise.all(late)
  expect(asked).toEqual([['first'], ['first'], ['second', 'third'], ['fourth']])
})
