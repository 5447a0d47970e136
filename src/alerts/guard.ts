// Where a webhook may go. A name is resolved here, every address it has is judged, and one of those that were judged is
// dialled, so that no second answer of a name server can change the way: the lessons of faults.md on webhooks (SSRF).

import { lookup } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import {
  type Address,
  bareHost,
  contains,
  type Prefix,
  parseAddress,
  parsePrefix,
} from '../model/address.ts'
import { DeliveryError } from './transport.ts'

const prefixes = (...texts: readonly string[]): readonly Prefix[] =>
  texts.flatMap(text => parsePrefix(text) ?? [])

/** No receiver is ever there, or what answers there gives secrets of the machine away. */
const NEVER: readonly (readonly [why: string, where: readonly Prefix[]])[] = [
  ['is no address of a host', prefixes('0.0.0.0/8', '240.0.0.0/4', '192.0.0.0/24', '::/128')],
  ['is for many hosts at once (multicast)', prefixes('224.0.0.0/4', 'ff00::/8')],
  [
    'gives out secrets of cloud machines (metadata)',
    // Of most clouds it is link-local; these are the others: Alibaba, Azure, Amazon and Google by IPv6.
    prefixes(
      ...['169.254.169.254/32', '100.100.100.200/32', '168.63.129.16/32'],
      ...['fd00:ec2::254/128', 'fd20:ce::254/128'],
    ),
  ],
  ['is valid on one link only (link-local)', prefixes('169.254.0.0/16', 'fe80::/10')],
  [
    'hides an IPv4 address in an IPv6 one; write the IPv4 address',
    // Mapped, translated, NAT64, 6to4 and Teredo; ::1 lies in the compatible ones and is judged before.
    prefixes(
      ...['::ffff:0:0/96', '::ffff:0:0:0/96', '64:ff9b::/96', '64:ff9b:1::/48'],
      ...['2002::/16', '2001::/32'],
    ),
  ],
]

const LOOPBACK = prefixes('127.0.0.0/8', '::1/128')
const COMPATIBLE = prefixes('::/96')
const PRIVATE = prefixes(
  ...['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '198.18.0.0/15'],
  ...['fc00::/7', 'fec0::/10'],
)
/** What IANA has given out of IPv6 as global. */
const GLOBAL_IPV6 = prefixes('2000::/3')

/** Why nothing may be sent to the address; null where it may. */
export function refusalOf(text: string, mayBePrivate: boolean): string | null {
  const address = parseAddress(text)
  if (address === undefined) return 'is no address'
  if (isIn(LOOPBACK, address)) return mayBePrivate ? null : 'is this computer (loopback)'
  const never = NEVER.find(([, where]) => isIn(where, address))
  if (never !== undefined) return never[0]
  if (isIn(COMPATIBLE, address))
    return 'hides an IPv4 address in an IPv6 one; write the IPv4 address'
  if (isIn(PRIVATE, address)) return mayBePrivate ? null : 'is private'
  return address.version === 6 && !isIn(GLOBAL_IPV6, address) ? 'is no address of a host' : null
}

/** Judges the host of a URL where it is an address itself, since nobody looks that up. @throws DeliveryError */
export function insistOnHost(url: URL, mayBePrivate: boolean): void {
  const host = bareHost(url)
  const refused = isIP(host) === 0 ? null : refusal(host, [host], mayBePrivate)
  if (refused !== null) throw refused
}

/** `lookup` for a connection: gives out nothing that was not judged, and nothing at all where one is refused. */
export const guardedLookup =
  (mayBePrivate: boolean): LookupFunction =>
  (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      const refused =
        error ??
        refusal(
          hostname,
          addresses.map(({ address }) => address),
          mayBePrivate,
        )
      if (refused !== null) return callback(refused, [])
      if (options.all === true) return callback(null, addresses)
      const [first] = addresses
      if (first === undefined) callback(new DeliveryError(`${hostname} has no address`), [])
      else callback(null, first.address, first.family)
    })
  }

function refusal(
  host: string,
  addresses: readonly string[],
  mayBePrivate: boolean,
): DeliveryError | null {
  for (const address of addresses) {
    const why = refusalOf(address, mayBePrivate)
    if (why === null) continue
    const whose = address === host ? host : `${host} has the address ${address}, which`
    const help = refusalOf(address, true) === null ? '; allow_private permits it' : ''
    return new DeliveryError(`nothing is sent there: ${whose} ${why}${help}`)
  }
  return null
}

const isIn = (where: readonly Prefix[], address: Address): boolean =>
  where.some(prefix => contains(prefix, address))
