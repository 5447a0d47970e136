// The words of the configuration file of `mpwatch watch`, one reader each; its options are read by the same.

import { isIPv6 } from 'node:net'
import { parseAddress } from '../model/address.ts'
import { quoted, type Reading } from './reading.ts'

/** IFNAMSIZ of Linux is 16, with the NUL. */
const INTERFACE_BYTES_MAX = 15
/** PATH_MAX of Linux is 4,096, with the NUL; texts of a file are shorter. */
const PATH_BYTES_MAX = 2000
const FILTER_CHARACTERS_MAX = 2000
const PORT_MAX = 65_535
/** Below them only root may listen. */
const PORT_MIN = 1024

/** The name of a network interface, by the rules of Linux; `any` is none, since no interface counts for it. */
export function readInterface(text: string): Reading<string> {
  if (text === 'any')
    return { wrong: '"any" is no interface: name each, so that each has its own counts' }
  const isName =
    Buffer.byteLength(text) <= INTERFACE_BYTES_MAX &&
    /^[\x21-\x7e]+$/.test(text) &&
    !/[/:]|^-|^\.{1,2}$/.test(text)
  return isName ? { value: text } : { wrong: `${quoted(text)} is no name of an interface` }
}

export function readPath(text: string): Reading<string> {
  if (text.trim() === '') return { wrong: 'a path is needed here, and this is empty' }
  if (text.includes('\0')) return { wrong: 'a path holds no NUL' }
  if (text.startsWith('~'))
    return { wrong: `${quoted(text)}: "~" means nothing here, write the path out` }
  return Buffer.byteLength(text) > PATH_BYTES_MAX
    ? { wrong: `a path has at most ${PATH_BYTES_MAX} bytes` }
    : { value: text }
}

/** Whether it is a filter only the capturing program can tell; it gets it as one word, whatever it says. */
export function readFilter(text: string): Reading<string> {
  if (text.trim() === '') return { wrong: 'leave the key out to capture everything' }
  if (text.startsWith('-')) return { wrong: 'a filter cannot begin with "-"' }
  return text.length > FILTER_CHARACTERS_MAX
    ? { wrong: `a filter has at most ${FILTER_CHARACTERS_MAX} characters` }
    : { value: text }
}

/** `127.0.0.1:9475`, `[::1]:9475`; null for `off`. Names are not looked up. */
export function readListen(text: string): Reading<{ host: string; port: number } | null> {
  if (text === 'off') return { value: null }
  const [, inner, plain, digits = ''] =
    /^(?:\[([0-9A-Fa-f:.]{2,45})\]|([\w.-]{1,253})):(\d{1,5})$/.exec(text) ?? []
  const host = inner ?? (plain === 'localhost' ? '127.0.0.1' : plain)
  const isAddress = inner === undefined ? parseAddress(host ?? '') !== undefined : isIPv6(inner)
  if (host === undefined || !isAddress)
    return { wrong: `${quoted(text)} is no place to listen: write 127.0.0.1:9475, or off` }
  const port = Number(digits)
  return port < PORT_MIN || port > PORT_MAX
    ? { wrong: `${port} is no port to listen on: take one from ${PORT_MIN} to ${PORT_MAX}` }
    : { value: { host, port } }
}

/** Whether only this computer can reach what listens there; `host` is an address, and a name is none. */
export const isLoopback = (host: string): boolean =>
  /^127\.[\d.]+$/.test(host) || host === '::1' || host === '0:0:0:0:0:0:0:1'
