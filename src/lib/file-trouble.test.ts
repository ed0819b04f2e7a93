// Why a file could not be read is said without the system's own words where there are better ones.
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { fileTrouble } from './file-trouble.js'

test.each([
  [join(tmpdir(), 'there', 'is', 'none'), 'there is no such file'],
  [tmpdir(), 'it is a directory, not a file'],
])('of %s', async (file, expected) => {
  expect(await readFile(file).catch(fileTrouble)).toBe(expected)
})
