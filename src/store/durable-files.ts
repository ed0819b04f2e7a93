// The files of an embedded database, on the disk for good whenever PostgreSQL has asked for that: PGlite leaves it to the system,
// which writes when and in which order it likes, and a loss of power could take the database with it.
import fs from 'node:fs'
import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { NodeFS } from '@electric-sql/pglite/nodefs'

/** How PostgreSQL is to be started, that it asks. Its other way (`fdatasync`) is one that never gets as far as the files. */
export const DURABLE = [...PGlite.defaultStartParams.filter((word) => word !== '-F'), '-c', 'wal_sync_method=fsync']

/** What we use of Emscripten's file system; the numbers are those of the system. */
interface NodeFiles {
  stream_ops: {
    fsync?: (stream: OpenFile) => number
    write: (stream: OpenFile, bytes: Int8Array, offset: number, length: number, position: number) => number
  }
  realPath(node: unknown): string
  /** Through here goes whatever is done to files. Errors with a code become errors of PostgreSQL. */
  tryFSOperation<T>(operation: () => T): T
}

interface OpenFile {
  /** Absent of directories. */
  readonly nfd?: number
  readonly node: unknown
}

/** When the disk takes no more, or fails. */
const DEADLY = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EIO'])

/** By which PGlite comes to PostgreSQL. */
const DOORS: readonly (keyof PGlite['Module'])[] = [
  '_PostgresMainLoopOnce',
  '_PostgresSendReadyForQueryIfNecessary',
  '_pgl_pq_flush',
]

/** PGlite asks whatever comes out of PostgreSQL for its status, and goes on with PostgreSQL whatever that is. From this one it gets no answer. */
class DiskTrouble extends Error {
  get status(): number {
    throw this.cause
  }
}

export class DurableFiles extends NodeFS {
  /** What went wrong with the disk. From then on PostgreSQL must not be asked anything: it stands where it was when that happened. */
  trouble: Error | undefined

  override async init(...given: Parameters<NodeFS['init']>): ReturnType<NodeFS['init']> {
    const { emscriptenOpts } = await super.init(...given)
    const before = emscriptenOpts.preRun ?? []
    // Before PostgreSQL starts: what it mends after a crash must be on the disk, too.
    const hook = (module: PGlite['Module']): void => {
      this.#makeMortal(module)
      makeDurable(module.NODEFS)
    }
    return { emscriptenOpts: { ...emscriptenOpts, preRun: [...before, hook] } }
  }

  /**
   * A server that cannot write its log ends itself, and what starts next mends. This one cannot end: told of such an error it waits for
   * ever for a lock of its own, and the process with it. So the error goes past it, to whoever asked, and nobody gets in again.
   */
  #makeMortal(module: PGlite['Module']): void {
    const files: NodeFiles = module.NODEFS
    const plain = files.tryFSOperation.bind(files)
    files.tryFSOperation = (operation) =>
      plain(() => {
        try {
          return operation()
        } catch (error) {
          if (!(error instanceof Error && 'code' in error && DEADLY.has(String(error.code)))) throw error
          this.trouble = error
          const refuse = (): never => {
            throw new DiskTrouble(error.message, { cause: error })
          }
          Object.assign(module, Object.fromEntries(DOORS.map((door) => [door, refuse])))
          return refuse()
        }
      })
  }
}

function makeDurable(files: NodeFiles): void {
  files.stream_ops.fsync = ({ nfd, node }) => {
    files.tryFSOperation(() => (nfd === undefined ? syncDirectory(files.realPath(node)) : fs.fdatasyncSync(nfd)))
    return 0
  }
  // A disk that is nearly full takes a part: the rest is tried, too, for its error says more than PostgreSQL's guess.
  files.stream_ops.write = ({ nfd = -1 }, bytes, offset, length, position) => {
    let done = 0
    const next = () => fs.writeSync(nfd, bytes, offset + done, length - done, position + done)
    while (done < length) done += files.tryFSOperation(next)
    return done
  }
}

function syncDirectory(path: string): void {
  const directory = fs.openSync(path, 'r')
  try {
    fs.fsyncSync(directory)
  } finally {
    fs.closeSync(directory)
  }
}

/** A disk is asked for many files as quickly as for a few in a row; how many may be open at once is another question. */
const SYNCED_AT_ONCE = 64

/** All that is below a directory, with the names. */
export async function syncTree(directory: string): Promise<void> {
  const below = await readdir(directory, { recursive: true, withFileTypes: true })
  const paths = [directory, ...below.map(({ parentPath, name }) => join(parentPath, name))]
  const lane = async () => {
    for (let path = paths.pop(); path !== undefined; path = paths.pop()) await syncPath(path)
  }
  await Promise.all(Array.from({ length: SYNCED_AT_ONCE }, lane))
}

export async function syncPath(path: string): Promise<void> {
  const file = await open(path, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
