// The words of the configuration files, one reader each: addresses, ports, selectors, names, days.
// A reader takes the text as written and gives its value, or a sentence on what would be right.

import { type Address, contains, type Prefix, parseAddress, parsePrefix } from '../model/address.ts'
import { type PortRange, ROLES, ZONES } from '../model/inventory.ts'
import type { PortMatch, Selector } from '../model/policy.ts'
import { noSuch } from './no-such.ts'
import { quoted, type Reading } from './reading.ts'

/**
 * What a selector may name: every role, and what the judge derives from roles, zones and addresses.
 */
export const LABELS: readonly string[] = [
  ...ROLES,
  ...['media', 'web-dmz', 'web-int', 'external', 'webex', 'meetingplace', 'unknown'],
]

const PORT_MAX = 65_535

/** One of a closed list of words. */
export function readWord<T extends string>(
  noun: string,
  valid: readonly T[],
  text: string,
): Reading<T> {
  const value = valid.find(word => word === text)
  return value === undefined ? { wrong: noSuch(noun, text, valid) } : { value }
}

/** A name that may stand in reports, file names and the ends of an exception. */
export function readName(text: string): Reading<string> {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(text)) return { value: text }
  return {
    wrong: `${quoted(text)} is no name: write letters, digits, ".", "_" and "-", at most 63`,
  }
}

/** A host name as in DNS, RFC 1123 2.1. */
export function readHostName(text: string): Reading<string> {
  const isName = text.length <= 253 && text.split('.').every(part => HOST_LABEL.test(part))
  return isName ? { value: text.toLowerCase() } : { wrong: `${quoted(text)} is no host name` }
}

const HOST_LABEL = /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/

export function readAddress(text: string): Reading<Address> {
  const value = parseAddress(text)
  if (value !== undefined) return { value }
  const hint = text.includes('/')
    ? ': leave the prefix length out'
    : ': write 10.10.20.11 or 2001:db8::11'
  return { wrong: `${quoted(text)} is no IP address${hint}` }
}

/** `10.10.20.0/24`; an address alone is the prefix of just that host. */
export function readPrefix(text: string): Reading<Prefix> {
  const value = parsePrefix(text)
  if (value !== undefined) return { value }
  const begin = beginningOf(text)
  if (begin !== undefined)
    return { wrong: `${quoted(text)} does not begin on its own boundary: write ${begin.text}` }
  return { wrong: `${quoted(text)} is no address prefix: write one such as 10.10.20.0/24` }
}

/** The aligned prefix around an address that has bits set beyond the prefix length. */
function beginningOf(text: string): Prefix | undefined {
  const [head = '', length = ''] = text.split('/')
  const address = parseAddress(head)
  if (address === undefined || !/^\d{1,3}$/.test(length)) return undefined
  const kept = Uint8Array.from(address.bytes, (byte, index) => {
    const bits = Math.min(8, Math.max(0, Number(length) - index * 8))
    return byte & ((0xff00 >> bits) & 0xff)
  })
  return parsePrefix(`${textOf(kept)}/${length}`)
}

/** The last address inside a prefix. */
export function lastOf({ address, length }: Prefix): Address {
  const bytes = Uint8Array.from(address.bytes, (byte, index) => {
    const kept = Math.min(8, Math.max(0, length - index * 8))
    return byte | (0xff >> kept)
  })
  return parseAddress(textOf(bytes)) ?? address
}

/** Address text that `parseAddress` takes: dotted decimal, or eight groups. */
function textOf(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.')
  const hex = Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
  return hex.replace(/(.{4})(?=.)/g, '$1:')
}

export const overlaps = (left: Prefix, right: Prefix): boolean =>
  contains(left, right.address) || contains(right, left.address)

/** `00:1b:54:aa:00:11`, with `-` for `:` or in the three groups of Cisco devices. */
export function readMac(text: string): Reading<string> {
  const isMac = MAC_SPELLINGS.some(spelling => spelling.test(text))
  if (!isMac)
    return { wrong: `${quoted(text)} is no MAC address: write one such as "00:1b:54:aa:00:11"` }
  const digits = text.toLowerCase().replace(/[^0-9a-f]/g, '')
  return { value: digits.replace(/(..)(?=.)/g, '$1:') }
}

const MAC_SPELLINGS = [
  /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i,
  /^[0-9a-f]{2}(-[0-9a-f]{2}){5}$/i,
  /^[0-9a-f]{4}(\.[0-9a-f]{4}){2}$/i,
]

/** `80` or `16384-32767`, both ends included. */
export function readPortRange(text: string): Reading<PortRange> {
  const [, head, tail] = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(text) ?? []
  if (head === undefined)
    return { wrong: `${quoted(text)} is no port or range such as 80 or 16384-32767` }
  const first = Number(head)
  const last = tail === undefined ? first : Number(tail)
  const bad = [first, last].find(port => port < 1 || port > PORT_MAX)
  if (bad !== undefined) return { wrong: `${bad} is no port: ports are 1 to ${PORT_MAX}` }
  if (first > last) return { wrong: `the range runs backwards: write ${last}-${first}` }
  return { value: { first, last } }
}

/** `tcp/80`, `udp/16384-32767`, `udp/any`, `icmp/echo` (type 8, and its ICMPv6 like). */
export function readPortMatch(text: string): Reading<PortMatch> {
  const [transport = '', ports, ...rest] = text.split('/')
  if (ports === undefined || rest.length > 0)
    return {
      wrong: `${quoted(text)} is no service: write one such as tcp/80, udp/any or icmp/echo`,
    }
  const named = readWord('transport', ['tcp', 'udp', 'icmp'], transport)
  if ('wrong' in named) return named
  const range = named.value === 'icmp' ? readEcho(ports) : readTransportPorts(ports)
  return 'wrong' in range ? range : { value: { transport: named.value, ports: range.value } }
}

const readEcho = (text: string): Reading<PortRange> =>
  text === 'echo'
    ? { value: { first: 8, last: 8 } }
    : { wrong: `of ICMP only icmp/echo can be named, not ${quoted(text)}` }

const readTransportPorts = (text: string): Reading<PortRange> =>
  text === 'any' ? { value: { first: 0, last: PORT_MAX } } : readPortRange(text)

/** `web`, `web-dmz`, `meetingplace`, each with `@zone` where it counts only there. */
export function readSelector(text: string): Reading<Selector> {
  const [label = '', zone, ...rest] = text.split('@')
  if (rest.length > 0) return { wrong: `${quoted(text)} names two zones: write role@zone` }
  const named = readWord('role', LABELS, label)
  if ('wrong' in named) return named
  if (zone === undefined) return { value: { label, zone: null, text } }
  const placed = readWord('zone', ZONES, zone)
  return 'wrong' in placed ? placed : { value: { label, zone, text } }
}

/** An end of an exception: a node's name, an address, a prefix, or a selector. */
export function readEnd(text: string): Reading<string> {
  if (/^[\d.:]+$|[/:]/.test(text)) {
    const prefix = readPrefix(text)
    return 'wrong' in prefix ? prefix : { value: prefix.value.text }
  }
  if (!text.includes('@')) return readName(text)
  const selector = readSelector(text)
  return 'wrong' in selector ? selector : { value: text }
}

/** `2027-01-31`, a day that the calendar has. */
export function readDay(text: string): Reading<string> {
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text) && isoDay(new Date(`${text}T00:00:00Z`)) === text
  return isDay
    ? { value: text }
    : { wrong: `${quoted(text)} is no day: write year-month-day, 2027-01-31` }
}

/** `60s`, `15m`: a length of time in seconds. */
export function readSeconds(text: string): Reading<number> {
  const [, digits, unit] = /^([1-9]\d{0,6})([sm])$/.exec(text) ?? []
  if (digits === undefined) return { wrong: `${quoted(text)} is no time: write 60s or 15m` }
  return { value: Number(digits) * (unit === 'm' ? 60 : 1) }
}

/** A length of time in seconds after whose multiples everything that was sent is told. */
export function readWindow(text: string): Reading<number> {
  const seconds = readSeconds(text)
  if ('wrong' in seconds || seconds.value % TOLD_SECONDS === 0) return seconds
  return { wrong: `${quoted(text)} is no multiple of ${TOLD_SECONDS} s: write 60s or 15m` }
}

const TOLD_SECONDS = 10

const isoDay = (date: Date): string =>
  Number.isNaN(date.getTime()) ? '' : date.toISOString().slice(0, 10)
