// Lays out an archive in the tar format as files, for their owner only.
import { closeSync, ftruncateSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { assert } from '../lib/assert.js'

const BLOCK_BYTES = 512
const DIRECTORY = '5'

interface Entry {
  /** Relative to where it is laid out. */
  readonly path: string
  readonly isDirectory: boolean
  readonly content: Buffer
}

/**
 * Without waiting, for a thousand small files take four times as long when each is waited for.
 * @param directory is made. What is in the archive stays below it.
 */
export function unpack(archive: Buffer, directory: string): void {
  const made = new Set<string>()
  const make = (path: string) => {
    if (!made.has(path)) mkdirSync(path, { recursive: true, mode: 0o700 })
    made.add(path)
  }
  make(directory)
  for (const { path, isDirectory, content } of entriesOf(archive)) {
    assert(!path.split('/').includes('..'), 'an archive of ours stays where it is laid out')
    const place = join(directory, path)
    make(isDirectory ? place : dirname(place))
    if (!isDirectory) write(place, content)
  }
}

/** Much of what PostgreSQL begins with is zeros, which a file has where nothing was written. */
function write(place: string, content: Buffer): void {
  const file = openSync(place, 'w', 0o600)
  try {
    let end = content.length
    while (end >= HOLE.length && content.subarray(end - HOLE.length, end).equals(HOLE)) end -= HOLE.length
    for (let at = 0; at < end; ) at += writeSync(file, content, at, end - at)
    if (end < content.length) ftruncateSync(file, content.length)
  } finally {
    closeSync(file)
  }
}

const HOLE = Buffer.alloc(65_536)

function* entriesOf(archive: Buffer): Iterable<Entry> {
  for (let at = 0; at < archive.length; ) {
    const name = text(archive, at, 100)
    if (name === '') return
    const size = Number.parseInt(text(archive, at + 124, 12), 8) || 0
    const prefix = text(archive, at + 345, 155)
    const begin = at + BLOCK_BYTES
    const content = archive.subarray(begin, begin + size)
    assert(content.length === size, 'an archive of ours is whole')
    const isDirectory = text(archive, at + 156, 1) === DIRECTORY
    yield { path: prefix === '' ? name : `${prefix}/${name}`, isDirectory, content }
    at = begin + Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES
  }
}

/** Up to the first zero. */
function text(archive: Buffer, at: number, length: number): string {
  const field = archive.toString('utf8', at, at + length)
  return field.split('\0', 1)[0] ?? ''
}
