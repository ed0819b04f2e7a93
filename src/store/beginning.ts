// What an embedded database begins as: a data directory at the present schema, as one archive. Making one takes seconds, so a
// build does it once; where that is not to be had, as after a change of a migration, each new database makes its own.
import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, brotliDecompress, constants } from 'node:zlib'
import { packageDirectory } from '../lib/package-directory.js'
import { syncPath, syncTree } from './durable-files.js'
import { migrate, migrationFiles } from './migrate.js'
import { packedPglite } from './pglite.js'
import { unpack } from './unpack.js'

const folder = new URL('dist/embedded/', packageDirectory)

/** The archive that the build has left for exactly this schema and this PGlite. */
export async function preparedBeginning(): Promise<Buffer | undefined> {
  try {
    return await promisify(brotliDecompress)(await readFile(await place()))
  } catch {
    return undefined
  }
}

/** For the build. Does nothing where it is there already; what older builds left goes. */
export async function prepareBeginning(): Promise<void> {
  const wanted = await place()
  await mkdir(folder, { recursive: true })
  const others = (await readdir(folder)).filter((name) => !wanted.pathname.endsWith(`/${name}`))
  if ((await preparedBeginning()) === undefined) {
    const packed = await promisify(brotliCompress)(await packedDirectory(true), {
      // The databases that PostgreSQL begins with are nearly the same: a wide window says each thing once.
      params: { [constants.BROTLI_PARAM_QUALITY]: 6, [constants.BROTLI_PARAM_LGWIN]: 24 },
    })
    const draft = new URL(`${randomUUID()}.draft`, folder)
    await writeFile(draft, packed)
    await rename(draft, wanted)
  }
  for (const name of others) await rm(new URL(name, folder), { force: true })
}

/**
 * Makes a data directory that is there as a whole or not at all, whenever the process dies.
 * @param directory is not there yet; nobody else makes it at the same time
 */
export async function begin(directory: string): Promise<void> {
  const archive = (await preparedBeginning()) ?? (await packedDirectory(false))
  const draft = `${directory}.new`
  await rm(draft, { recursive: true, force: true })
  unpack(archive, draft)
  await syncTree(draft)
  await rename(draft, directory)
  await syncPath(dirname(directory))
}

async function packedDirectory(migrated: boolean): Promise<Buffer> {
  return packedPglite(async (database) => {
    if (migrated) await migrate(database)
  })
}

/** Named after what it is made of, so that none is ever taken for another. */
async function place(): Promise<URL> {
  const entrance = createRequire(import.meta.url).resolve('@electric-sql/pglite')
  const digest = createHash('sha256').update(await readFile(new URL('../package.json', `file://${entrance}`)))
  for (const { name, path } of await migrationFiles()) digest.update(name).update(await readFile(path))
  return new URL(`${digest.digest('hex').slice(0, 32)}.tar.br`, folder)
}
