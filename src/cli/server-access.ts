// A server instead of a database: where it is, and the token that lets one in.
import { readFile, stat } from 'node:fs/promises'
import { type Client, connect } from '../client.js'
import { fileTrouble } from '../lib/file-trouble.js'
import { UsageError } from './exit.js'
import { DEFAULT_PROJECT, type Judge } from './session.js'

export async function connectTo({
  server = '',
  tokenFile,
  project,
  projectSaid = project !== DEFAULT_PROJECT,
}: Judge['globals']): Promise<Client> {
  const url = addressOf(server)
  const token = await readToken(tokenFile)
  if (token !== undefined) warnOfPlain(url)
  // Without a word of the user's own, the token says which project is meant.
  return connect({ url, ...(token !== undefined && { token }), ...(projectSaid && { project }) })
}

let warned = false

/** A token that is heard on the way is as good as stolen. */
function warnOfPlain(address: string): void {
  const { protocol, hostname, host } = new URL(address)
  if (warned || protocol !== 'http:' || isLoopback(hostname)) return
  warned = true
  process.stderr.write(`the token travels in clear to ${host}: whoever listens on the way has it; use https://\n`)
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '[::1]' || /^127\./.test(host)

function addressOf(written: string): string {
  const url = URL.canParse(written) ? new URL(written) : undefined
  if (url && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '') return url.href
  throw new UsageError(
    `--server ${written}: expected an address with http:// or https:// and without a user in it`,
    'for example: --server https://orchestration.example:8004',
  )
}

/** What the environment says outranks a file. */
async function readToken(file: string | undefined): Promise<string | undefined> {
  const { ISOTHERM_TOKEN: given } = process.env
  if (given) return checked(given.trim(), 'ISOTHERM_TOKEN')
  if (file === undefined) return undefined
  return checked((await readOwn(file)).trim(), `the file ${file}`)
}

/** A token is as good as a password: a file that others may read is refused. */
async function readOwn(file: string): Promise<string> {
  try {
    const { mode } = await stat(file)
    if (process.platform !== 'win32' && (mode & 0o077) !== 0)
      throw new UsageError(
        `the token file ${file} may be read by others (mode ${(mode & 0o777).toString(8)})`,
        `chmod 600 ${file}`,
      )
    return await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(`--token-file ${file} cannot be read: ${fileTrouble(error)}`)
  }
}

function checked(token: string, where: string): string {
  if (/^[\x21-\x7e]+$/.test(token)) return token
  throw new UsageError(`${where} holds no token`, 'isotherm token create makes one where the server runs')
}

/** What to do about a server that cannot be reached, by what Node says of it. */
export function wayToServer(message: string): string | undefined {
  if (/certificate has expired|certificate is not yet valid/.test(message)) return 'whoever runs the server renews it'
  if (/self-signed certificate|unable to (verify|get (local )?issuer)/.test(message)) return TRUST
  if (/^https:.*(wrong version number|packet length too long)/.test(message))
    return 'is it served without TLS? try http://'
  if (/^http:.*other side closed/.test(message)) return 'is it served with TLS? try https://'
  return undefined
}

const TRUST =
  'NODE_EXTRA_CA_CERTS=ca.pem names a file of certificates that are trusted as well: its issuer’s, or its own'
