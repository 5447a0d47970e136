// IPv4 and IPv6 addresses and prefixes: strict parsing, one spelling (RFC 5952), and what kind of
// place an address can be in (RFC 6890). Immutable; equal addresses have equal `text`.

export interface Address {
  readonly version: 4 | 6
  /** 4 or 16 bytes, network order. */
  readonly bytes: Uint8Array
  /** Dotted decimal, or RFC 5952. */
  readonly text: string
}

export interface Prefix {
  readonly address: Address
  /** Number of leading bits that count, 0 to 32 or 0 to 128. */
  readonly length: number
  readonly text: string
}

const GROUPS = 8

// Before everything that makes addresses, since a class exists only from its line on.
class Ipv6Address implements Address {
  readonly version = 6
  readonly bytes: Uint8Array
  #text: string | null = null

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  get text(): string {
    this.#text ??= ipv6Text(this.bytes)
    return this.#text
  }
}

/** An IPv4 address from its 32-bit value; the sign of the number does not matter. */
export function ipv4(value: number): Address {
  const bytes = new Uint8Array([value >>> 24, value >>> 16, value >>> 8, value])
  return { version: 4, bytes, text: bytes.join('.') }
}

/** An IPv6 address from its 16 bytes, which are copied. Its text is made when somebody asks for it. */
export const ipv6 = (bytes: Uint8Array): Address => new Ipv6Address(bytes.slice(0, 16))

/** An address from its 4 or 16 bytes. */
export function addressOf(bytes: Uint8Array): Address {
  const [a = 0, b = 0, c = 0, d = 0] = bytes
  return bytes.length === 4 ? ipv4((a << 24) | (b << 16) | (c << 8) | d) : ipv6(bytes)
}

/** The 32-bit unsigned value of an IPv4 address. */
export function ipv4Value({ bytes: [a = 0, b = 0, c = 0, d = 0] }: Address): number {
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0
}

/** Four decimal parts without leading zeros, or RFC 4291 text without zone; undefined for all else. */
export function parseAddress(text: string): Address | undefined {
  if (text.length > 45) return undefined
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text)
}

/** `address/length` or a lone address; undefined when malformed or when bits beyond the length are set. */
export function parsePrefix(text: string): Prefix | undefined {
  const [head = '', tail, ...rest] = text.split('/')
  const address = parseAddress(head)
  if (address === undefined || rest.length > 0) return undefined
  const bits = address.bytes.length * 8
  if (tail !== undefined && !/^(0|[1-9]\d{0,2})$/.test(tail)) return undefined
  const length = tail === undefined ? bits : Number(tail)
  if (length > bits || hasHostBits(address.bytes, length)) return undefined
  return { address, length, text: `${address.text}/${length}` }
}

/** Whether the prefix contains the address; families never mix. */
export function contains(prefix: Prefix, address: Address): boolean {
  if (prefix.address.version !== address.version) return false
  for (let bit = 0; bit < prefix.length; bit += 8) {
    const mask = prefix.length - bit >= 8 ? 0xff : (0xff00 >> (prefix.length - bit)) & 0xff
    if (((prefix.address.bytes[bit >> 3] ?? 0) ^ (address.bytes[bit >> 3] ?? 0)) & mask)
      return false
  }
  return true
}

/** The host of a URL, of an IPv6 address without its brackets. */
export const bareHost = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '')

/** RFC 3986, 3.2.2: an IPv6 address stands in brackets before a port. */
export const hostAndPort = (host: string, port: number): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`

const among = (...texts: string[]): readonly Prefix[] =>
  texts.flatMap(text => parsePrefix(text) ?? [])

/** What is met in no public place: see isPublic. */
export const NOT_PUBLIC = among(
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16'],
  ...[
    '172.16.0.0/12',
    '192.168.0.0/16',
    '224.0.0.0/3',
    '::/127',
    'fc00::/7',
    'fe80::/10',
    'ff00::/8',
  ],
)
const LINK_LOCAL = among('169.254.0.0/16', 'fe80::/10')
const MULTICAST = among('224.0.0.0/4', 'ff00::/8')

/** Could be met on the Internet. Documentation ranges (RFC 5737) count as public: examples use them so. */
export const isPublic = (address: Address): boolean => !within(NOT_PUBLIC, address)
export const isLinkLocal = (address: Address): boolean => within(LINK_LOCAL, address)
export const isMulticast = (address: Address): boolean => within(MULTICAST, address)

const within = (prefixes: readonly Prefix[], address: Address): boolean =>
  prefixes.some(prefix => contains(prefix, address))

function parseIpv4(text: string): Address | undefined {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every(part => /^(0|[1-9]\d{0,2})$/.test(part))) return undefined
  const values = parts.map(Number)
  if (values.some(value => value > 255)) return undefined
  return { version: 4, bytes: Uint8Array.from(values), text }
}

function parseIpv6(text: string): Address | undefined {
  const [head = '', tail, ...rest] = text.split('::')
  if (rest.length > 0) return undefined
  const left = groupsOf(head)
  const right = tail === undefined ? [] : groupsOf(tail)
  if (left === undefined || right === undefined) return undefined
  const missing = GROUPS - left.length - right.length
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined
  const groups = [...left, ...new Array<number>(missing).fill(0), ...right]
  return ipv6(Uint8Array.from(groups.flatMap(group => [group >> 8, group & 0xff])))
}

/** The 16-bit groups of one side of `::`; a dotted quad at the end stands for two. */
function groupsOf(text: string): number[] | undefined {
  if (text === '') return []
  const groups: number[] = []
  const parts = text.split(':')
  for (const [index, part] of parts.entries()) {
    const quad = part.includes('.') && index === parts.length - 1 ? parseIpv4(part) : undefined
    if (quad !== undefined) groups.push(ipv4Value(quad) >>> 16, ipv4Value(quad) & 0xffff)
    else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16))
    else return undefined
  }
  return groups
}

/** RFC 5952: lower case, no leading zeros, the longest run of two or more zero groups as `::`. */
function ipv6Text(bytes: Uint8Array): string {
  const groups = Array.from({ length: GROUPS }, (_, i) =>
    (((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0)).toString(16),
  )
  let best = { start: 0, length: 0 }
  for (let start = 0; start < GROUPS; start++) {
    let length = 0
    while (groups[start + length] === '0') length++
    if (length > best.length) best = { start, length }
  }
  if (best.length < 2) return groups.join(':')
  return `${groups.slice(0, best.start).join(':')}::${groups.slice(best.start + best.length).join(':')}`
}

function hasHostBits(bytes: Uint8Array, length: number): boolean {
  return bytes.some((byte, index) => {
    const kept = Math.min(8, Math.max(0, length - index * 8))
    return (byte & (0xff >> kept)) !== 0
  })
}
