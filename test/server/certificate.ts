// Self-signed certificates for tests, written in DER with what Node has: there need be no openssl where the tests run.
import { generateKeyPairSync, sign } from 'node:crypto'

const [INTEGER, BIT_STRING, OID, UTF8, UTC_TIME, SEQUENCE, SET, VERSION] = [2, 3, 6, 12, 23, 0x30, 0x31, 0xa0]
const ECDSA_WITH_SHA256 = Buffer.from('2a8648ce3d040302', 'hex')
const COMMON_NAME = Buffer.from('550403', 'hex')
const DAY_MS = 86_400_000

/** Good from a day ago for so many days; PEM. */
export function certificate(name: string, { days = 2 } = {}): { readonly key: string; readonly cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const algorithm = der(SEQUENCE, der(OID, ECDSA_WITH_SHA256))
  const subject = der(SEQUENCE, der(SET, der(SEQUENCE, der(OID, COMMON_NAME), der(UTF8, Buffer.from(name)))))
  const signed = der(
    SEQUENCE,
    der(VERSION, der(INTEGER, Buffer.from([2]))),
    der(INTEGER, Buffer.from([1])),
    algorithm,
    subject,
    der(SEQUENCE, time(Date.now() - DAY_MS), time(Date.now() + (days - 1) * DAY_MS)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
  )
  const signature = Buffer.concat([Buffer.from([0]), sign('sha256', signed, privateKey)])
  const whole = der(SEQUENCE, signed, algorithm, der(BIT_STRING, signature)).toString('base64')
  const lines = whole.replace(/.{64}(?=.)/g, '$&\n')
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
  }
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  const { length } = body
  const head = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from([tag, ...head]), body])
}

/** `YYMMDDhhmmssZ` */
const time = (milliseconds: number): Buffer =>
  der(UTC_TIME, Buffer.from(`${new Date(milliseconds).toISOString().replace(/\D/g, '').slice(2, 14)}Z`))
