// Slots: how many calls at once, and how many rows are claimed ahead of them.
import { expect, test } from 'vitest'
import { Slots } from './slots.js'

const immediate = async () => undefined
const times = (count: number, call: () => Promise<void>) => Array.from({ length: count }, () => call)
/** Lets everything that is ready to go on do so. */
const settle = () => new Promise((resolve) => setImmediate(resolve))

test('never more calls at once than there are slots, and every call is made', async () => {
  const slots = new Slots(3)
  let busy = 0
  let most = 0
  let made = 0
  const ends: (() => void)[] = []
  slots.take(
    times(8, async () => {
      most = Math.max(most, ++busy)
      await new Promise<void>((resolve) => ends.push(resolve))
      busy--
      made++
    }),
    true,
  )
  while (ends.length > 0) {
    ends.shift()?.()
    await settle()
  }
  expect({ most, made }).toEqual({ most: 3, made: 8 })
})

test('calls that end before the next look let more be claimed, up to a limit', async () => {
  const slots = new Slots(10)
  const rooms: number[] = []
  for (let turn = 0; turn < 6; turn++) {
    const room = slots.room()
    rooms.push(room)
    slots.take(times(room, immediate), true)
    await settle()
  }
  expect(rooms).toEqual([10, 20, 40, 80, 100, 100])
})

test('after a turn that took long the next is about fewer, but not about fewer than there are slots', async () => {
  const slots = new Slots(10)
  const rooms: number[] = []
  for (const slow of [false, false, false, true, true, true, true, false]) {
    const room = slots.room()
    rooms.push(room)
    slots.take(times(room, immediate), true, slow)
    await settle()
  }
  expect(rooms).toEqual([10, 20, 40, 80, 40, 20, 10, 10])
})

test('calls that are still running keep the claims to the slots', async () => {
  const slots = new Slots(10)
  slots.take(times(slots.room(), immediate), true)
  await settle()
  let end: () => void = () => undefined
  const slow = new Promise<void>((resolve) => {
    end = resolve
  })
  slots.take(
    times(slots.room(), () => slow),
    true,
  )
  expect(slots.room()).toBe(0)
  end()
  await settle()
  expect(slots.room()).toBe(10)
})
