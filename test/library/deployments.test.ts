// Deployments over a whole stack: what a server asks for, its signal, and the outcome, as an agent on it would see them.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type DeploymentView, type Isotherm, open } from '../../src/index.js'

let isotherm: Isotherm
beforeAll(async () => {
  isotherm = await open({ database: 'memory:' })
})
afterAll(() => isotherm.close())

const template = (who: string) => `heat_template_version: 2021-04-16
resources:
  config:
    type: OS::Heat::SoftwareConfig
    properties: { group: script, config: 'echo $who', inputs: [{ name: who }], outputs: [{ name: said }] }
  install:
    type: OS::Heat::SoftwareDeployment
    properties: { config: { get_resource: config }, server: server-1, input_values: { who: ${who} } }
outputs:
  said: { value: { get_attr: [install, said] } }
`

/** What the server is told next. */
async function asked(): Promise<DeploymentView | undefined> {
  for (let asked = 0; asked < 5000; asked++) {
    const told = await isotherm.deployments('server-1')
    if (told.some(({ status }) => status === 'IN_PROGRESS')) return told[0]
  }
  return undefined
}

it('a server is told what to run, answers, and the stack goes on', async () => {
  const run = await isotherm.up({ stack: 'web', template: template('you') })
  const told = await asked()
  expect(told).toMatchObject({
    name: 'install',
    action: 'CREATE',
    group: 'script',
    config: 'echo $who',
    stack: 'web',
    resource: 'install',
    status: 'IN_PROGRESS',
  })
  expect(told?.inputs[0]).toMatchObject({ name: 'who', value: 'you' })
  expect(await isotherm.deployments('server-2')).toEqual([])
  expect(await isotherm.signal('web', 'install', { deploy_status_code: 0, said: 'hello' })).toBe('deployment succeeded')
  // The signal wakes the deployment itself: nobody waits for the next look.
  const stack = await run.settled()
  expect([stack.status, stack.outputs.said?.value]).toEqual(['CREATE_COMPLETE', 'hello'])
  expect(await isotherm.deployments('server-1')).toMatchObject([{ id: told?.id, status: 'COMPLETE' }])
}, 20_000)

it('an update runs it anew, and a failure on the server fails the stack', async () => {
  const run = await isotherm.up({ stack: 'web', template: template('all'), onFailure: 'stop' })
  expect((await asked())?.action).toBe('UPDATE')
  await isotherm.signal('web', 'install', { deploy_status_code: 7 })
  const stack = await run.settled()
  expect(stack.status).toBe('UPDATE_FAILED')
  expect(stack.reason).toContain('status code 7')
}, 20_000)

it('each server of a group answers while the group is made, and one that comes later while it is changed', async () => {
  const group = (...servers: string[]) => ({
    heat_template_version: '2018-08-31',
    resources: {
      config: { type: 'OS::Heat::SoftwareConfig', properties: { config: 'true' } },
      all: {
        type: 'OS::Heat::SoftwareDeploymentGroup',
        properties: {
          config: { get_resource: 'config' },
          servers: Object.fromEntries(servers.map((server) => [server, `id-${server}`])),
        },
      },
    },
  })
  const answer = async (server: string) => {
    await expect
      .poll(async () => (await isotherm.deployments(`id-${server}`)).map(({ status }) => status))
      .toEqual(['IN_PROGRESS'])
    await isotherm.signal('group', 'all', { deploy_server_id: `id-${server}`, deploy_status_code: 0 })
  }
  const made = await isotherm.up({ stack: 'group', template: group('a', 'b') })
  await answer('a')
  await answer('b')
  expect((await made.settled()).status).toBe('CREATE_COMPLETE')
  const grown = await isotherm.up({ stack: 'group', template: group('a', 'b', 'c') })
  await answer('c')
  expect((await grown.settled()).status).toBe('UPDATE_COMPLETE')
}, 20_000)
