// The clients themselves: those that are there, or those that the system's packages or pip can bring.
import { execFile } from 'node:child_process'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const MINUTES = 60_000

/** A PATH on which `openstack` and `heat` are found, or why there is none. @param secondsMax for each step of an installation */
export async function installed(secondsMax = 600): Promise<{ readonly path: string } | { readonly reason: string }> {
  const path = process.env.PATH ?? ''
  if (await works(path)) return { path }
  const reasons: string[] = []
  for (const install of [fromPackages, fromPip]) {
    try {
      const found = await install(path, secondsMax * 1000)
      if (await works(found)) return { path: found }
      reasons.push(`${install.name}: openstack does not start`)
    } catch (error) {
      reasons.push(`${install.name}: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`)
    }
  }
  return { reason: reasons.join('; ') }
}

async function works(path: string): Promise<boolean> {
  const env = { PATH: path, PYTHONWARNINGS: 'ignore' }
  return run('openstack', ['stack', 'list', '--help'], { env, timeout: MINUTES })
    .then(() => run('heat', ['--help'], { env, timeout: MINUTES }))
    .then(
      () => true,
      () => false,
    )
}

async function fromPackages(path: string, timeout: number): Promise<string> {
  if (process.getuid?.() !== 0) throw new Error('only root may install packages')
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  await run('apt-get', ['update'], { env, timeout })
  const packages = ['python3-openstackclient', 'python3-heatclient']
  await run('apt-get', ['install', '-y', '--no-install-recommends', ...packages], { env, timeout })
  return path
}

async function fromPip(path: string, timeout: number): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'isotherm-pip-'))
  await run('python3', ['-m', 'venv', directory], { timeout: MINUTES })
  const packages = ['python-openstackclient', 'python-heatclient']
  await run(join(directory, 'bin', 'pip'), ['install', '--quiet', ...packages], { timeout })
  return `${join(directory, 'bin')}:${path}`
}
