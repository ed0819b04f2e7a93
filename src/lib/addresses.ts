// Which addresses of the network are everybody's. What a client names must not lead to what only the server can reach.
import { lookup } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'

const OWN: readonly (readonly [network: string, bits: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
]

const own = new BlockList()
for (const [network, bits] of OWN) own.addSubnet(network, bits, 'ipv4')

/** Of version 6 only what is handed out for global use, without the ranges that stand for addresses of version 4. */
const global = new BlockList()
global.addSubnet('2000::', 3, 'ipv6')
const translated = new BlockList()
translated.addSubnet('2001::', 23, 'ipv6')
translated.addSubnet('2001:db8::', 32, 'ipv6')
translated.addSubnet('2002::', 16, 'ipv6')
translated.addSubnet('3fff::', 20, 'ipv6')

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i

/** Not loopback, link-local, private, multicast, or reserved. */
export function isPublic(address: string): boolean {
  const version = isIP(address)
  if (version === 4) return !own.check(address, 'ipv4')
  if (version !== 6) return false
  const embedded = MAPPED.exec(address)?.[1]
  if (embedded !== undefined) return isPublic(embedded)
  return global.check(address, 'ipv6') && !translated.check(address, 'ipv6')
}

/**
 * Those who share it are one to whoever counts: of version 6 a customer has the whole network (/64), and could come from
 * another address each time.
 */
export function neighbourhoodOf(address: string): string {
  const embedded = MAPPED.exec(address)?.[1]
  if (embedded !== undefined) return embedded
  if (isIP(address) !== 6) return address
  const [head = '', tail] = (address.split('%', 1)[0] ?? '').split('::')
  const groups = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : 8 - groups.length - after.length
  const all = [...groups, ...Array<string>(Math.max(0, zeros)).fill('0'), ...after]
  return `${all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`
}

/** Whether an address of the network, after DNS, may be reached. */
export type MayReach = (address: string) => boolean

/** A name leads only to addresses that may not be reached. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable'
}

/**
 * Of a name's addresses only those that may be reached; the connection goes to one of these and nowhere else, so that a name
 * cannot be one thing when it is judged and another when it is used.
 */
export const lookupAmong =
  (mayReach: MayReach): LookupFunction =>
  (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '', 0)
      const allowed = addresses.filter(({ address }) => mayReach(address))
      const [first] = allowed
      if (!first) return callback(new Unreachable(), '', 0)
      if (options.all) return callback(null, allowed)
      callback(null, first.address, first.family)
    })
  }

/** An address that is written as one is not looked up. Throws Unreachable. */
export function checkWritten({ hostname }: URL, mayReach: MayReach): void {
  const host = hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) !== 0 && !mayReach(host)) throw new Unreachable()
}
