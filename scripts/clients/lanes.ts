// What the clients are made to do: with a password through the catalog, with a token at the endpoint, and the old `heat`.

export interface Desk {
  /** Runs one command; its output must contain the text, or match. @returns the output */
  readonly does: (words: readonly string[], expected?: string | RegExp) => Promise<string>
  /** Runs one that never ends, until its output contains the text. */
  readonly follows: (words: readonly string[], expected: string) => Promise<void>
}

export interface Lane {
  readonly name: string
  /** Before the words of each command. */
  readonly words: readonly string[]
  readonly env: { readonly [name: string]: string }
  readonly story: (desk: Desk) => Promise<void>
}

interface Access {
  readonly url: string
  readonly project: string
  readonly password: string
  readonly token: string
  readonly credential: { readonly id: string; readonly secret: string }
}

export function lanes({ url, project, password, token, credential }: Access): [Lane, ...Lane[]] {
  const endpoint = `${url}/v1/${project}`
  const byPassword = {
    OS_AUTH_URL: `${url}/v3`,
    OS_USERNAME: 'ada',
    OS_PASSWORD: password,
    OS_PROJECT_NAME: 'clients',
    OS_USER_DOMAIN_NAME: 'Default',
    OS_PROJECT_DOMAIN_NAME: 'Default',
    OS_REGION_NAME: 'RegionOne',
    OS_IDENTITY_API_VERSION: '3',
  }
  const byToken = ['openstack', '--os-auth-type', 'admin_token', '--os-endpoint', endpoint, '--os-token', token]
  const heat = ['heat', '--os-no-client-auth', '--heat-url', endpoint, '--os-auth-token', token]
  const byCredential = {
    OS_AUTH_TYPE: 'v3applicationcredential',
    OS_AUTH_URL: `${url}/v3`,
    OS_APPLICATION_CREDENTIAL_ID: credential.id,
    OS_APPLICATION_CREDENTIAL_SECRET: credential.secret,
    OS_REGION_NAME: 'RegionOne',
  }
  const byOldToken = {
    OS_AUTH_TYPE: 'v3token',
    OS_AUTH_URL: `${url}/v3`,
    OS_TOKEN: token,
    OS_PROJECT_ID: project,
    OS_REGION_NAME: 'RegionOne',
  }
  const basic = ['openstack', '--os-auth-type', 'http_basic', '--os-endpoint', endpoint]
  const asAda = ['--os-username', 'ada', '--os-password', password]
  const nobody = [process.execPath, '-e', ASK, endpoint]
  return [
    { name: 'password', words: ['openstack'], env: byPassword, story: aLife },
    { name: 'token', words: byToken, env: {}, story: looking },
    { name: 'heat', words: heat, env: {}, story: theOldOne },
    { name: 'application credential', words: ['openstack'], env: byCredential, story: aGlance },
    { name: 'token for a token', words: ['openstack'], env: byOldToken, story: aGlance },
    { name: 'basic', words: [...basic, ...asAda], env: {}, story: aGlance },
    { name: 'nobody', words: nobody, env: {}, story: nothingAtAll },
  ]
}

/** What most people do, in some ten commands: for those who have a minute. */
export const shortLane = (access: Access): Lane => {
  const [{ words, env }] = lanes(access)
  return { name: 'password', words, env, story: aShortLife }
}

async function aShortLife({ does }: Desk): Promise<void> {
  await does(['stack', 'create', '-t', 'web.yaml', '--tags', 'red', '--wait', 'web'], 'CREATE_COMPLETE')
  await does(['stack', 'list', '--tags', 'red', '--sort', 'stack_name:asc'], 'web')
  await does(['stack', 'show', 'web'], 'what the clients make')
  await does(['stack', 'resource', 'list', 'web'], 'OS::Heat::Value')
  await does(['stack', 'update', '--existing', '--parameter', 'word=again', '--wait', 'web'], 'UPDATE_COMPLETE')
  await does(['stack', 'output', 'show', 'web', 'said', '-f', 'value', '-c', 'output_value'], 'again')
  await does(['stack', 'event', 'list', 'web'], 'Stack UPDATE completed successfully')
  await does(['stack', 'delete', '--yes', '--wait', 'web'])
}

/** From its creation to its end. */
async function aLife({ does, follows }: Desk): Promise<void> {
  await does(['token', 'issue'], 'expires')
  await does(['catalog', 'list'], 'orchestration')
  await does(['stack', 'create', '-t', 'web.yaml', '--tags', 'red,blue', '--wait', 'web'], 'CREATE_COMPLETE')
  await does(['stack', 'create', '-t', 'web.yaml', '--dry-run', 'foretold'], 'OS::Heat::Value')
  await does(['stack', 'list', '--tags', 'red', '--sort', 'stack_name:asc', '--limit', '5'], 'web')
  await does(['stack', 'show', 'web'], 'what the clients make')
  await does(['stack', 'output', 'list', 'web'], 'said')
  await does(['stack', 'output', 'show', 'web', 'said', '-f', 'value', '-c', 'output_value'], 'hello')
  await does(['stack', 'resource', 'list', '-n', '2', 'web'], 'OS::Heat::WaitConditionHandle')
  await does(['stack', 'resource', 'show', 'web', 'value'], 'CREATE_COMPLETE')
  await does(['stack', 'resource', 'metadata', 'web', 'value'], '{}')
  await does(['stack', 'event', 'list', 'web'], 'Stack CREATE completed successfully')
  await follows(['stack', 'event', 'list', '--follow', 'web'], 'Stack CREATE completed successfully')
  await does(['stack', 'event', 'list', '--nested-depth', '2', '--limit', '3', 'web'], 'web')
  await does(['stack', 'event', 'list', '--resource', 'value', '--sort', 'event_time:desc', 'web'], 'value')
  await does(['stack', 'template', 'show', 'web'], 'heat_template_version')
  await does(['stack', 'environment', 'show', 'web'], 'parameters')
  await does(['stack', 'file', 'list', 'web'])
  await does(['stack', 'update', '--existing', '--parameter', 'word=again', '--dry-run', 'web'], 'updated')
  await does(['stack', 'update', '--existing', '--parameter', 'word=again', '--wait', 'web'], 'UPDATE_COMPLETE')
  await does(['stack', 'output', 'show', 'web', 'said', '-f', 'value', '-c', 'output_value'], 'again')
  await does(['stack', 'update', '-t', 'web.yaml', '-e', 'env.yaml', '--wait', 'web'], 'UPDATE_COMPLETE')
  await does(['stack', 'output', 'show', 'web', 'said', '-f', 'value', '-c', 'output_value'], 'from-a-file')
  for (const action of ['check', 'suspend', 'resume']) {
    await does(['stack', action, '--wait', 'web'], `${action.toUpperCase()}_COMPLETE`)
  }
  await snapshots({ does })
  await hooks({ does, follows })
  await does(['stack', 'create', '-t', 'waiting.yaml', 'waiting'], 'CREATE_IN_PROGRESS')
  await does(['stack', 'resource', 'signal', 'waiting', 'handle'])
  await does(['stack', 'update', '--existing', '--wait', 'waiting'], 'UPDATE_COMPLETE')
  await does(['stack', 'update', '-t', 'waiting-more.yaml', 'waiting'], 'UPDATE_IN_PROGRESS')
  await does(['stack', 'cancel', '--wait', 'waiting'], 'ROLLBACK_COMPLETE')
  await does(['stack', 'resource', 'mark', 'unhealthy', 'waiting', 'handle', 'for a look'])
  await does(['stack', 'create', '-t', 'around.yaml', '--wait', 'around'], 'CREATE_COMPLETE')
  await does(['stack', 'resource', 'list', '-n', '2', 'around'], 'OS::Heat::Value')
  await does(['stack', 'file', 'list', 'around'], 'inner.yaml')
  await does(['stack', 'event', 'list', '--nested-depth', '2', 'around'], 'around-inside')
  await does(['stack', 'list', '--nested'], 'around-inside')
  await does(['stack', 'create', '-t', 'around.yaml', '--dry-run', 'foretold'], 'parent_resource')
  await does(['stack', 'update', '-t', 'around.yaml', '--dry-run', '--show-nested', 'around'], 'unchanged')
  await does(['stack', 'resource', 'list', '--filter', 'name=inside', 'around'], 'inside')
  await does(['stack', 'failures', 'list', 'around'])
  await does(['stack', 'create', '-t', 'flat.yaml', '--wait', 'flat'], 'CREATE_COMPLETE')
  await does(['stack', 'abandon', '--output-file', 'flat.json', 'flat'])
  await does(['stack', 'adopt', '--adopt-file', 'flat.json', '--wait', 'flat'], 'ADOPT_COMPLETE')
  await does(['stack', 'export', '--output-file', 'export.json', 'flat'])
  await does(['stack', 'delete', '--yes', '--wait', 'web', 'waiting', 'around', 'flat'])
  await does(['stack', 'list', '--deleted'], 'DELETE_COMPLETE')
}

/** One who is known in whatever way sees the same. */
async function aGlance({ does }: Desk): Promise<void> {
  await does(['stack', 'list', '--property', 'status=COMPLETE', '-f', 'json'], '[')
  await does(['orchestration', 'resource', 'type', 'list', '--filter', 'name=OS::Heat::V'], 'OS::Heat::Value')
}

/** What a path under the project answers to one who sends a token, or none. */
const ASK = `const [url, path, token] = process.argv.slice(1)
fetch(url + path, { headers: token ? { 'x-auth-token': token } : {} })
  .then(async (answer) => console.log(answer.status, answer.headers.get('www-authenticate'), await answer.text()))`

async function nothingAtAll({ does }: Desk): Promise<void> {
  const paths = [
    '/stacks',
    '/stacks/detail',
    '/stacks/web',
    '/resource_types',
    '/services',
    '/software_configs',
    '/build_info',
  ]
  for (const path of paths) {
    await does([path], /^401 Keystone uri=.*"type":"Unauthorized"/)
    await does([path, 'gAAAAA-no-token'], /^401 Keystone uri=/)
  }
}

async function snapshots({ does }: Pick<Desk, 'does'>): Promise<void> {
  await does(['stack', 'snapshot', 'create', '--name', 'first', 'web'], 'first')
  const listed = await does(['stack', 'snapshot', 'list', '-f', 'value', '-c', 'id', 'web'], /[0-9a-f-]{36}/)
  const id = /[0-9a-f-]{36}/.exec(listed)?.[0] ?? ''
  await does(['stack', 'snapshot', 'show', 'web', id], 'COMPLETE')
  await does(['stack', 'snapshot', 'restore', 'web', id])
  await does(['stack', 'snapshot', 'delete', '-y', 'web', id])
}

/** A resource waits at a hook until a person clears it. */
async function hooks({ does, follows }: Desk): Promise<void> {
  await does(['stack', 'create', '-t', 'web.yaml', '--pre-create', 'value', 'hooked'], 'CREATE_IN_PROGRESS')
  await follows(['stack', 'event', 'list', '--follow', 'hooked'], 'CREATE paused until Hook pre-create is cleared')
  await does(['stack', 'hook', 'poll', 'hooked'], 'value')
  await does(['stack', 'hook', 'clear', '--pre-create', 'hooked', 'value'])
  await follows(['stack', 'event', 'list', '--follow', 'hooked'], 'Stack CREATE completed successfully')
  await does(
    ['stack', 'update', '--existing', '--pre-update', 'value', '--parameter', 'word=hooked', 'hooked'],
    'UPDATE',
  )
  await follows(['stack', 'event', 'list', '--follow', 'hooked'], 'UPDATE paused until Hook pre-update is cleared')
  await does(['stack', 'hook', 'clear', '--pre-update', 'hooked', 'value'])
  await follows(['stack', 'event', 'list', '--follow', 'hooked'], 'Stack UPDATE completed successfully')
  await does(['stack', 'delete', '--yes', '--wait', 'hooked'])
}

async function looking({ does }: Desk): Promise<void> {
  await does(['orchestration', 'build', 'info'], 'revision')
  await does(['orchestration', 'service', 'list'], 'isotherm-engine')
  await does(['orchestration', 'resource', 'type', 'list'], 'OS::Heat::Value')
  await does(['orchestration', 'resource', 'type', 'show', 'OS::Heat::Value'], 'properties')
  await does(['orchestration', 'template', 'version', 'list'], 'heat_template_version.2018-08-31')
  await does(['orchestration', 'template', 'function', 'list', 'heat_template_version.2018-08-31'], 'get_attr')
  await does(['orchestration', 'template', 'validate', '-t', 'web.yaml'], 'word')
  await does(['orchestration', 'template', 'validate', '--show-nested', '-t', 'around.yaml'], 'NestedParameters')
  await does(['orchestration', 'resource', 'type', 'show', '--template-type', 'hot', 'OS::Heat::Value'], 'value')
  await does(['orchestration', 'resource', 'type', 'list', '--filter', 'name=OS::Heat::V', '--long'], 'OS::Heat::Value')
  await does(['orchestration', 'resource', 'type', 'show', '--long', 'OS::Heat::RandomString'], 'description')
  const functions = ['orchestration', 'template', 'function', 'list', '--with_conditions']
  await does([...functions, 'heat_template_version.2018-08-31'], 'not')
  await does(
    ['orchestration', 'template', 'validate', '--ignore-errors', '99001', '-t', 'nova.yaml'],
    'a type without its service',
  )
  await software({ does })
  await does(['stack', 'list', '--sort', 'creation_time:desc', '--property', 'name=none', '--limit', '1'])
}

async function software({ does }: Pick<Desk, 'does'>): Promise<void> {
  const idIn = (text: string) => /"id": "([^"]+)"/.exec(text)?.[1] ?? ''
  const config = idIn(
    await does(['software', 'config', 'create', '--group', 'script', 'setup', '-f', 'json'], 'script'),
  )
  await does(['software', 'config', 'show', config], 'setup')
  await does(['software', 'config', 'list'], config)
  const made = [
    'software',
    'deployment',
    'create',
    '--config',
    config,
    '--server',
    SERVER,
    '--action',
    'CREATE',
    '--signal-transport',
    'NO_SIGNAL',
    'one',
  ]
  const deployment = idIn(await does([...made, '-f', 'json'], SERVER))
  await does(['software', 'deployment', 'list', '--server', SERVER], deployment)
  await does(['software', 'deployment', 'show', deployment], SERVER)
  await does(['software', 'deployment', 'metadata', 'show', SERVER], '"group": "script"')
  await does(['software', 'deployment', 'delete', deployment])
  await does(['software', 'config', 'delete', config])
}

const SERVER = '6b1c3a52-0d5e-4f0e-9a3e-2f6a1f6d7c11'

async function theOldOne({ does }: Desk): Promise<void> {
  await does(['stack-create', '-f', 'web.yaml', '-P', 'word=old', 'old'], 'CREATE_')
  await does(['stack-list'], 'old')
  await does(['stack-show', 'old'], 'stack_status')
  await does(['resource-list', 'old'], 'OS::Heat::Value')
  await does(['event-list', 'old'], 'old')
  await does(['template-show', 'old'], 'heat_template_version')
  await does(['output-show', 'old', 'said'], 'old')
  await does(['stack-update', '-x', '-P', 'word=older', 'old'], 'old')
  await does(['resource-show', 'old', 'value'], 'OS::Heat::Value')
  await does(['template-validate', '-f', 'web.yaml'], 'word')
  await does(['resource-type-list', '-f', 'name=OS::Heat::V'], 'OS::Heat::Value')
  await does(['stack-delete', '-y', 'old'], 'old')
}
