// The certificate and key that the server is given: read, and told what is wrong with them in words that name the file.
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import { fileTrouble } from '../lib/file-trouble.js'
import { UsageError } from './exit.js'

interface CertificateArguments {
  readonly tlsCert?: string
  readonly tlsKey?: string
}

export interface Certificate {
  readonly cert: string
  readonly key: string
  /** It will be refused by whoever comes: not good yet, or not any more. Nothing that keeps a server from starting. */
  readonly outOfTime: string | undefined
}

/** Throws UsageError. */
export async function readCertificate({ tlsCert, tlsKey }: CertificateArguments): Promise<Certificate | undefined> {
  if (tlsCert === undefined && tlsKey === undefined) return undefined
  if (tlsCert === undefined || tlsKey === undefined) throw new UsageError('--tls-cert and --tls-key go together')
  const cert = await read('--tls-cert', tlsCert)
  const key = await read('--tls-key', tlsKey)
  const certificate = attempt(() => new X509Certificate(cert), `--tls-cert ${tlsCert} is no certificate in PEM`)
  if (/ENCRYPTED/.test(key)) {
    throw new UsageError(
      `--tls-key ${tlsKey} is locked with a passphrase`,
      `openssl pkey -in ${tlsKey} -out unlocked.pem writes it without one`,
    )
  }
  const privateKey = attempt(() => createPrivateKey(key), `--tls-key ${tlsKey} is no private key in PEM`)
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new UsageError(
      `--tls-key ${tlsKey} is the key of another certificate than --tls-cert ${tlsCert}`,
      'of a chain, the server’s own certificate comes first in the file',
    )
  }
  attempt(() => createSecureContext({ cert, key }), `--tls-cert ${tlsCert} cannot be served`)
  return { cert, key, outOfTime: outOfTime(certificate) }
}

const read = (option: string, file: string) =>
  readFile(file, 'utf8').catch((error: unknown) => {
    throw new UsageError(`${option} ${file} cannot be read: ${fileTrouble(error)}`)
  })

/** What OpenSSL has to say stands behind, for who knows it. */
function attempt<T>(make: () => T, trouble: string): T {
  try {
    return make()
  } catch (error) {
    throw new UsageError(`${trouble} (${error instanceof Error ? error.message : String(error)})`)
  }
}

function outOfTime({ validFrom, validTo }: X509Certificate): string | undefined {
  const now = Date.now()
  if (Date.parse(validTo) < now) return `it expired on ${validTo}`
  if (Date.parse(validFrom) > now) return `it is good from ${validFrom} only`
  return undefined
}
