// The embedded database shares its thread with everything else in the process.
import { expect, it } from 'vitest'
import { openDatabase } from './open.js'

it('whoever asks in a loop leaves the timers their turn', async () => {
  const database = await openDatabase('memory:')
  try {
    let rang = false
    setTimeout(() => {
      rang = true
    }, 1)
    // Far more than take ten milliseconds, and an end where nothing rings.
    for (let asked = 0; asked < 3000 && !rang; asked++) await database.query('select 1')
    expect(rang).toBe(true)
  } finally {
    await database.close()
  }
})
