// Which addresses of the network are everybody's. What a client names must not lead to what only the server can reach.
import { BlockList, isIP } from 'node:net'

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

/** Not loopback, link-local, private, multicast, or reserved. */
export function isPublic(address: string): boolean {
  const version = isIP(address)
  if (version === 4) return !own.check(address, 'ipv4')
  if (version !== 6) return false
  const embedded = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (embedded !== undefined) return isPublic(embedded)
  return global.check(address, 'ipv6') && !translated.check(address, 'ipv6')
}
