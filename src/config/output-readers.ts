// The words of the sections `influx` and `alerts` of the configuration file. Where a text may be a secret, or hold one,
// what is said of it does not repeat it.

import { bareHost, parseAddress } from '../model/address.ts'
import { ROLES, ZONES } from '../model/inventory.ts'
import { readHostName, readName, readWord } from './readers.ts'
import { quoted, type Reading } from './reading.ts'

const ADDRESS_CHARACTERS_MAX = 254
const TEXT_CHARACTERS_MAX = 128

/** Where secrets belong: said wherever one stands in the file or in a URL. */
export const SECRETS_BELONG =
  'a secret stands in no configuration and no URL: put it into a file of its own, or into the environment'

/** Names an output: part of file names, of a cursor's name, and a label in /metrics. */
export const readOutputName = (text: string): Reading<string> =>
  /^[a-z0-9-]{1,32}$/.test(text)
    ? { value: text }
    : { wrong: `${quoted(text)} is no name: write small letters, digits and "-", at most 32` }

/** The name of an environment variable. Whoever writes the secret itself here must not see it in a log. */
export const readVariable = (text: string): Reading<string> =>
  /^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(text)
    ? { value: text }
    : { wrong: 'this is no name of an environment variable: write the name, and never the secret' }

/** An organisation, a user: one line of what may be shown. */
export const readLabel = (text: string): Reading<string> =>
  text.length <= TEXT_CHARACTERS_MAX && /^[^\p{C}\p{Zl}\p{Zp}]+$/u.test(text) && text.trim() !== ''
    ? { value: text }
    : { wrong: `write one line of at most ${TEXT_CHARACTERS_MAX} characters` }

/** What an end of a finding can be called: a role of a site file, or what stands for everybody else. */
export const END_ROLES = [...ROLES, 'external', 'webex', 'unknown'] as const

/** An end of a finding as it is named: a node's name, or `role@zone` for everybody else. */
export function readParty(text: string): Reading<string> {
  const [role = '', zone, ...rest] = text.split('@')
  if (zone === undefined) return readName(text)
  const read = rest.length > 0 ? { wrong: 'write role@zone' } : readWord('role', END_ROLES, role)
  const placed = 'wrong' in read ? read : readWord('zone', ZONES, zone)
  return 'wrong' in placed ? placed : { value: text }
}

/** `influx.example`, `10.10.20.60`, `2001:db8::60`. */
export function readHost(text: string): Reading<string> {
  const address = parseAddress(text)
  if (address !== undefined) return { value: address.text }
  const read = readHostName(text)
  if ('wrong' in read || /^[\d.]+$/.test(text))
    return { wrong: `${quoted(text)} is no host: write a name or an address, without a port` }
  return read
}

/** The parts of a URL that somebody is to be reached by; nothing of it is repeated where it cannot be taken. */
export function readUrl(text: string): Reading<URL> {
  const url = URL.parse(text)
  const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:'
  if (/^[a-z]+:\/*[^/]*@/i.test(text)) return { wrong: SECRETS_BELONG }
  // A parser of URLs takes away control characters, and what is written should be what is meant.
  if (url === null || !isHttp || !/^[\x21-\x7e]{1,2000}$/.test(text))
    return { wrong: 'this is no URL: write one such as http://127.0.0.1:8086' }
  return url.hash === '' ? { value: url } : { wrong: 'leave out what begins with "#"' }
}

/** The server of an InfluxDB, perhaps with a path before `/write`; no slash at the end. */
export function readServer(text: string): Reading<string> {
  const read = readUrl(text)
  if ('wrong' in read) return read
  return read.value.search === ''
    ? { value: read.value.href.replace(/\/+$/, '') }
    : { wrong: 'leave out what begins with "?": database, user and times have keys of their own' }
}

export interface Webhook {
  readonly url: string
  /** Without TLS. */
  readonly isPlain: boolean
  /** The host is an address, or this computer. */
  readonly isAddressed: boolean
}

export function readWebhook(text: string): Reading<Webhook> {
  const read = readUrl(text)
  if ('wrong' in read) return read
  const { href, protocol } = read.value
  const host = bareHost(read.value)
  const isAddressed = parseAddress(host) !== undefined || host === 'localhost'
  return { value: { url: href, isPlain: protocol === 'http:', isAddressed } }
}

/** `noc@example.org`: one address as RFC 5321, 4.1.2 has it, without quotes, comments and names. */
export function readMailAddress(text: string): Reading<string> {
  const [local = '', domain = '', ...rest] = text.split('@')
  const isAddress =
    text.length <= ADDRESS_CHARACTERS_MAX &&
    rest.length === 0 &&
    /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/.test(local) &&
    'value' in readHostName(domain)
  return isAddress
    ? { value: text }
    : { wrong: `${quoted(text)} is no mail address: write one such as noc@example.org` }
}
