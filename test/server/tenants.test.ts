// Projects are nothing to each other: every route, every role, a foreign project's names and ids; and the second line of
// defence, for the day on which a statement forgets whose rows it may see.
import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { Identity } from '../../src/api/identity/identity.js'
import { People } from '../../src/api/identity/people.js'
import { allRoutes } from '../../src/server/routes/index.js'
import type { Database, Transaction } from '../../src/store/database.js'
import { confined, confineTenants } from '../../src/store/tenancy.js'
import { onBothDatabases } from '../databases.js'
import { labTemplate } from '../lab.js'
import { at, startServer } from './harness.js'

const ROLES = ['admin', 'member', 'reader'] as const
const SECRET = 'nobody-else-knows'

onBothDatabases((home) => {
  test('no route reads, changes or confirms what is of another project', async () => {
    const database = await home.open()
    const served = await startServer({ auth: 'password', database, believedSeconds: 0 })
    const { ask, settled, lab } = served
    const people = new People(database)
    const [own, foreign] = [await people.createProject('own'), await people.createProject('foreign')]
    await people.createUser({ name: 'victim', password: 'long enough', project: 'foreign', role: 'admin' })
    const victim = { 'x-auth-token': (await people.createToken('victim', 'foreign', 600)).secret }
    const template = labTemplate({ [SECRET]: { v: SECRET } })
    const made = await ask('POST', `/v1/${foreign.uid}/stacks`, { stack_name: 'theirs', template }, victim)
    const id = String(at(made.body, 'stack.id'))
    await settled('foreign', 'theirs')
    const planned = await ask('POST', `/v1/${foreign.uid}/isotherm/stacks/theirs/plans`, { template }, victim)
    const plan = String(planned.body.id)
    const calls = lab.calls.length
    const rows = async () => JSON.stringify(await database.query('select * from isotherm.stacks order by id'))
    const plans = () => database.query(`select * from isotherm.plans where stack = 'theirs'`)
    const kept = await plans()
    expect(kept).toHaveLength(1)
    const before = await rows()
    const routes = allRoutes({
      revision: '',
      health: { trouble: async () => null },
      fetch: async () => '',
      identity: new Identity(database),
      listing: { hiddenTags: [], database, seesAll: () => false },
      signals: {
        database,
        tenantOf: () => {
          throw new Error('not asked')
        },
      },
    }).filter(({ path }) => path.startsWith('/v1/:tenant'))
    expect(routes.length).toBeGreaterThan(40)
    for (const role of ROLES) {
      await people.createUser({ name: role, password: 'long enough', project: 'own', role })
      const token = { 'x-auth-token': (await people.createToken(role, 'own', 600)).secret }
      for (const { method, path, operation } of routes) {
        const filled = (tenant: string) =>
          path
            .replace(':tenant', tenant)
            .replace(':stack', 'theirs')
            .replace(':id', id)
            .replace(':resource', SECRET)
            .replace(':plan', plan)
            .replace(/:\w+/g, SECRET)
        const body =
          method === 'GET' || method === 'DELETE'
            ? undefined
            : { template, stack_name: 'x', mark_unhealthy: true, check: null }
        const across = await ask(method, filled(foreign.uid), body, token)
        expect([operation, role, across.status]).toEqual([operation, role, 403])
        const inside = await ask(method, filled(own.uid), body, token)
        const isCollection = !path.includes(':stack') && !path.includes(':plan')
        if (!isCollection)
          expect([operation, inside.status], inside.text).toEqual([operation, expect.toBeOneOf([400, 403, 404])])
        expect(inside.status, operation).toBeLessThan(500)
        if (method === 'GET') expect(inside.text.replaceAll(`(${SECRET})`, ''), operation).not.toContain(id)
      }
    }
    await database.query(`delete from isotherm.stacks where name = 'x'`).catch(() => undefined)
    const after = JSON.parse(await rows()).filter(({ name }: { name: string }) => name !== 'x')
    expect(after).toEqual(JSON.parse(before))
    expect(await plans()).toEqual(kept)
    expect(lab.calls.slice(calls).filter((call) => call.includes('delete'))).toEqual([])
    await served.close()
  }, 180_000)

  test('a statement that forgets its project sees and writes nothing of others', async () => {
    const database = await home.open()
    const served = await startServer({ auth: 'none', database })
    for (const project of ['one', 'two']) {
      await served.ask('POST', `/v1/${project}/stacks`, {
        stack_name: project,
        template: labTemplate({ a: { v: project } }),
      })
      await served.settled(project, project)
    }
    await confineTenants(database)
    await confineTenants(database)
    const [one] = await database.query<{ id: number }>(`select id from isotherm.projects where name = 'one'`)
    const [two] = await database.query<{ id: number }>(`select id from isotherm.stacks where name = 'two'`)
    const tenant = confined(database, one?.id ?? 0)
    expect(await tenant.query('select name from isotherm.stacks')).toEqual([{ name: 'one' }])
    expect(await tenant.query('select name from isotherm.projects')).toEqual([{ name: 'one' }])
    for (const table of ['templates', 'definitions', 'resources', 'resource_data', 'events', 'commands']) {
      const seen = await tenant.query<{ count: number }>(`select count(*)::int as count from isotherm.${table}`)
      const all = await database.query<{ count: number }>(`select count(*)::int as count from isotherm.${table}`)
      expect([table, seen[0]?.count]).toEqual([table, (all[0]?.count ?? 0) / 2])
    }
    await tenant.query(`update isotherm.resources set reason = 'touched'`)
    expect(await database.query(`select stack_id from isotherm.resources where reason = 'touched'`)).toHaveLength(1)
    const foreign = tenant.query(
      `insert into isotherm.commands (stack_id, id, traversal) values ($1, gen_random_uuid(), 1)`,
      [two?.id],
    )
    await expect(foreign).rejects.toThrow('row-level security')
    const line = new TextEncoder().encode(`${two?.id}\t00000000-0000-0000-0000-000000000001\t1\n`)
    const loaded = tenant.copy('copy isotherm.commands (stack_id, id, traversal) from stdin', [line])
    await expect(loaded).rejects.toThrow('row-level security')
    await expect(tenant.query('select hash from isotherm.tokens')).rejects.toThrow('permission denied')
    await expect(tenant.query('select password from isotherm.users')).rejects.toThrow('permission denied')
    // Sent all at once, a statement does not run when what confines it has failed; and the connection is good for the next.
    const slipped = database.ask?.(
      'set local role no_such_role',
      `insert into isotherm.projects (name) values ('slipped')`,
    )
    if (slipped) await expect(slipped).rejects.toThrow('no_such_role')
    expect(await database.query(`select from isotherm.projects where name = 'slipped'`)).toEqual([])
    const all = await Promise.all(Array.from({ length: 30 }, () => tenant.query('select name from isotherm.stacks')))
    expect(all).toEqual(Array.from({ length: 30 }, () => [{ name: 'one' }]))
    await served.close()
  }, 180_000)

  test('tenants are confined again after a restore that left the role, its rights or its policies behind', async () => {
    const database = await home.open()
    const tenant = confined(database, (await new People(database).createProject('one')).id)
    const seen = () => tenant.query('select name from isotherm.projects')
    await confineTenants(database)
    for (const loss of [
      'drop owned by isotherm_tenant',
      'revoke all on all tables in schema isotherm from isotherm_tenant',
    ]) {
      await database.script(loss)
      await expect(seen()).rejects.toThrow('permission denied')
      await confineTenants(database)
      expect(await seen()).toEqual([{ name: 'one' }])
    }
    await database.close()
  })

  test('an owner who may not become the role is told so when the server starts, and what to do', async () => {
    const database = await home.open()
    await confineTenants(database)
    const owner = `restored_${randomBytes(8).toString('hex')}`
    await database.script(`create role ${owner}`)
    const as = <T>(work: (sql: Transaction) => Promise<T>): Promise<T> =>
      database.transaction(async (sql) => {
        await sql.script(`set local role ${owner}`)
        return work(sql)
      })
    const owned: Database = {
      ...database,
      transaction: as,
      query: (text, values) => as((sql) => sql.query(text, values)),
    }
    const told = expect.objectContaining({ message: expect.stringContaining('grant isotherm_tenant to') })
    await expect(confineTenants(owned)).rejects.toThrow(told)
    await database.script(`grant isotherm_tenant to ${owner}`)
    await confineTenants(owned)
    await database.script(`drop role ${owner}`)
    await database.close()
  })
})
