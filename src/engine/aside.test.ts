// Whom a failing turn is blamed on, and when it is tried again: without a database, in a time that the test moves.
import { expect, test } from 'vitest'
import { asFarAsPossible } from './apart.js'
import { Aside, type Failure, failingSecondsAt, untilTriedAgain } from './aside.js'

class DatabaseAway extends Error {
  readonly code = '57P01'
}

function begin() {
  let now = 0
  const failures: Failure[] = []
  const mended: number[] = []
  const world = {
    sleep: () => Promise.resolve(),
    elapsedSeconds: () => now,
    random: () => 0,
    newId: () => '',
  }
  const aside = new Aside(world, {
    failed: async (failure) => void failures.push(failure),
    mended: async (stackId) => void mended.push(stackId),
  })
  const pass = (seconds: number) => {
    now += seconds
  }
  return { aside, failures, mended, pass }
}

/** Notes which stacks each turn was about; throws where one of them is cursed. */
function turns(...cursed: number[]) {
  const made: (readonly number[])[] = []
  const turn = async (ids: readonly number[]) => {
    made.push(ids)
    if (ids.some((id) => cursed.includes(id))) throw new Error('cursed')
  }
  return { made, turn }
}

const work = (id: number, traversal: number) => ({
  ...({ id, traversal, stage: 'update', action: 'UPDATE', onFailure: 'stop', failed: false, rootId: null } as const),
  ...{ due: true, active: true, nextDueSeconds: null },
})

test('where nothing fails there is one turn about all', async () => {
  const { aside, failures } = begin()
  const { made, turn } = turns()
  await aside.apart('claim', [1, 2, 3], turn)
  expect(made).toEqual([[1, 2, 3]])
  expect(failures).toEqual([])
})

test('the one that fails is found, and the turn is made about all others', async () => {
  const { aside, failures } = begin()
  const { made, turn } = turns(3)
  await aside.apart('claim', [1, 2, 3, 4, 5, 6, 7, 8], turn)
  expect(made).toEqual([[1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 3, 4], [1, 2], [3, 4], [3], [4], [5, 6, 7, 8]])
  expect(failures).toMatchObject([{ stackId: 3, turn: 'claim', failures: 1 }])
  expect([3, 4].map((id) => aside.has(id))).toEqual([true, false])
})

test('put aside it is in no turn; then it is tried by itself, ever more rarely', async () => {
  const { aside, failures, pass } = begin()
  const { made, turn } = turns(2)
  await aside.apart('claim', [2], turn)
  for (let seconds = 0; seconds < 300; seconds++) {
    await aside.apart('claim', [1, 2, 3], turn)
    pass(1)
  }
  expect(failures.map(({ restSeconds }) => restSeconds)).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60, 60])
  expect(made.filter((ids) => ids.includes(1))).toHaveLength(300)
  expect(made.every((ids) => ids.length === 1 || !ids.includes(2))).toBe(true)
})

test('when it succeeds in what it failed in it is one of all again', async () => {
  const { aside, mended, pass } = begin()
  await aside.apart('settle', [1, 2], turns(2).turn)
  pass(1)
  const { made, turn } = turns()
  await aside.apart('claim', [1, 2], turn)
  expect(mended).toEqual([])
  await aside.apart('settle', [1, 2], turn)
  expect(mended).toEqual([2])
  await aside.apart('settle', [1, 2], turn)
  expect(made).toEqual([[1], [2], [1], [2], [1, 2]])
})

test('a new command is not made to wait, and what is at rest is forgotten', async () => {
  const { aside } = begin()
  await aside.apart('claim', [1, 2, 3], turns(1, 2, 3).turn)
  aside.compare([work(1, 7), work(2, 7), work(3, 7)])
  aside.compare([work(1, 8), work(2, 7)])
  expect([1, 2, 3].map((id) => aside.has(id))).toEqual([false, true, false])
})

test('a database that is away is nobody’s fault: the turn is not made again, and nobody is put aside', async () => {
  const { aside } = begin()
  let times = 0
  const turn = async () => {
    times++
    throw new DatabaseAway('the server is going down')
  }
  await expect(aside.apart('claim', [1, 2, 3], turn)).rejects.toThrow('going down')
  expect(times).toBe(1)
  expect(aside.size).toBe(0)
})

test('of one stack as much is done as can be, unless most of it fails', async () => {
  const rows = Array.from({ length: 64 }, (_, i) => i)
  const some = turns(7, 41)
  const done: number[] = []
  const turn = async (ids: readonly number[]) => {
    await some.turn(ids)
    done.push(...ids)
  }
  await expect(asFarAsPossible(rows, turn)).rejects.toThrow('cursed')
  expect(done).toEqual(rows.filter((row) => row !== 7 && row !== 41))

  const all = turns(...rows)
  await expect(asFarAsPossible(rows, all.turn)).rejects.toThrow('cursed')
  expect(all.made.length).toBeLessThan(24)
})

test('how long it has failed, and when it is tried again, follows from how often it had failed when', async () => {
  const { aside, failures, pass } = begin()
  const { turn } = turns(1)
  let now = 0
  for (let failed = 1; failed <= 9; failed++) {
    await aside.apart('claim', [1], turn)
    const { restSeconds, failingSeconds } = failures.at(-1) ?? { restSeconds: 0, failingSeconds: 0 }
    expect(failingSecondsAt(failed)).toBe(failingSeconds)
    expect(untilTriedAgain(failed, 0)).toBe(restSeconds)
    expect(untilTriedAgain(2, now - 1 + 0.25)).toBe(failed === 1 ? 2.75 : restSeconds - 0.25)
    now += restSeconds
    pass(restSeconds)
  }
})
