// What a change costs follows the change, not the stack: counted in row versions, on both databases.
import { expect, test } from 'vitest'
import { counting } from '../../bench/counting-database.js'
import { ProviderError } from '../../src/index.js'
import type { Database } from '../../src/store/database.js'
import { onBothDatabases } from '../databases.js'
import { attribute, labTemplate, withLab } from '../lab.js'

const TABLES = ['resources', 'resource_data', 'definitions', 'templates', 'events', 'stacks'] as const
type Versions = { readonly [table: string]: ReadonlySet<string> }

/** Each row version by its place and the transaction that wrote it: one that was rewritten cannot look the same. */
async function rowVersions(database: Database): Promise<Versions> {
  const versions: { [table: string]: ReadonlySet<string> } = {}
  for (const table of TABLES) {
    const rows = await database.query<{ version: string }>(
      `select ctid::text || ' ' || xmin::text as version from isotherm.${table}`,
    )
    versions[table] = new Set(rows.map(({ version }) => version))
  }
  return versions
}

/** Rows written, by table: those that were not there before in this version. */
function written(before: Versions, after: Versions): { [table: string]: number } {
  const count = (table: string) => [...(after[table] ?? [])].filter((version) => !before[table]?.has(version)).length
  return Object.fromEntries(TABLES.map((table) => [table, count(table)]))
}

/** A few layers; the last resource has requirements and no dependants. */
const layered = (count: number, last: number) =>
  labTemplate(
    Object.fromEntries(
      Array.from({ length: count }, (_, index) => {
        const above = index - 50
        return [`r${index}`, { v: index === count - 1 ? last : above < 0 ? 1 : attribute(`r${above}`) }]
      }),
    ),
  )

onBothDatabases((home) => {
  test('an update that changes nothing writes no row of a resource, nor of what is said of it', async () => {
    const database = await home.open()
    await withLab(
      home,
      async (isotherm) => {
        await (await isotherm.up({ stack: 'web', template: layered(200, 1) })).settled()
        const before = await rowVersions(database)
        const { status } = await (await isotherm.up({ stack: 'web', template: layered(200, 1) })).settled()
        expect(status).toBe('UPDATE_COMPLETE')
        const after = await rowVersions(database)
        for (const table of ['resources', 'resource_data', 'definitions']) expect(after[table]).toEqual(before[table])
      },
      { database },
    )
  })

  test('a change of one resource without dependants writes as many rows in a small stack as in a large one', async () => {
    const costs: { [table: string]: number }[] = []
    for (const count of [200, 2_000]) {
      const database = await home.open()
      await withLab(
        home,
        async (isotherm) => {
          await (await isotherm.up({ stack: 'web', template: layered(count, 1) })).settled()
          const before = await rowVersions(database)
          await (await isotherm.up({ stack: 'web', template: layered(count, 2) })).settled()
          const between = await rowVersions(database)
          const last = layered(count, 3).resources[`r${count - 1}`] ?? null
          await (await isotherm.patch('web', { resources: { [`r${count - 1}`]: last } })).settled()
          costs.push(written(before, between), written(between, await rowVersions(database)))
        },
        { database },
      )
    }
    const [up, patch, upOfMany, patchOfMany] = costs
    expect(upOfMany).toEqual(up)
    expect(patchOfMany).toEqual(patch)
    expect(up).toMatchObject({ resources: 1, resource_data: 1, templates: 1, stacks: 1 })
  })

  test('a large template declared as it is in force is known by its digest, and whatever changed since is not overlooked', async () => {
    const database = counting(await home.open())
    const compared = () => {
      const pages = [...database.uses.values()].filter(({ statement }) =>
        statement.startsWith('select name, hash from'),
      )
      return pages.reduce((sum, { rows }) => sum + rows, 0)
    }
    await withLab(
      home,
      async (isotherm, lab) => {
        const { resources } = layered(1_000, 1)
        const up = async (wanted: object) => {
          const before = compared()
          const { status } = await (await isotherm.up({ stack: 'web', template: { resources: wanted } })).settled()
          return { status, compared: compared() - before, last: lab.things.get(lab.idOf('r999') ?? '')?.properties.v }
        }
        expect(await up(resources)).toMatchObject({ status: 'CREATE_COMPLETE', compared: 0 })
        expect(await up(resources)).toEqual({ status: 'UPDATE_COMPLETE', compared: 0, last: 1 })
        const backwards = Object.fromEntries(Object.entries(resources).reverse())
        expect(await up(backwards)).toEqual({ status: 'UPDATE_COMPLETE', compared: 1_000, last: 1 })
        // What others did to it in between: a patch, and a rollback to what was before.
        const patched = { r999: labTemplate({ r999: { v: 2 } }).resources.r999 ?? null }
        await (await isotherm.patch('web', { resources: patched })).settled()
        expect(await up(backwards)).toEqual({ status: 'UPDATE_COMPLETE', compared: 1_000, last: 1 })
        lab.fail('update r999', new ProviderError('invalid', 'no'))
        const other = layered(1_000, 3).resources
        expect(await up(other)).toMatchObject({ status: 'ROLLBACK_COMPLETE', last: 1 })
        expect(await up(other)).toMatchObject({ status: 'UPDATE_COMPLETE', last: 3 })
      },
      { database },
    )
  })

  test('nested stacks are begun, ended and taken down many at a time', async () => {
    const [few, many] = [20, 120]
    const header = 'heat_template_version: 2021-04-16\nresources:\n'
    const files = { 'leaf.yaml': `${header}  a: { type: Lab::Thing }\n` }
    const statements = new Map<number, number>()
    for (const count of [few, many]) {
      const database = counting(await home.open())
      const template = header + Array.from({ length: count }, (_, i) => `  n${i}: { type: leaf.yaml }\n`).join('')
      await withLab(
        home,
        async (isotherm) => {
          const { status } = await (await isotherm.up({ stack: 'web', template, files })).settled()
          expect(status).toBe('CREATE_COMPLETE')
          await (await isotherm.down('web')).settled()
          statements.set(count, database.statements)
        },
        { database },
      )
    }
    const perStack = ((statements.get(many) ?? 0) - (statements.get(few) ?? 0)) / (many - few)
    // Begun, looked at, ended and taken down one by one, each takes more than twenty.
    expect(perStack).toBeLessThan(4)
  })
})
