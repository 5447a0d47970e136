// Why something could not be brought to a receiver, in words that say what would help. What a receiver or a system says
// goes through here before it is shown: made visible, cut, and without the secret that was sent.

import { fitting } from './fitting.ts'
import { DeliveryError } from './transport.ts'

const SAID_BYTES_MAX = 256

const REASONS: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'nobody listens there; is the receiver running, and the port right?'],
  ['ECONNRESET', 'the receiver closed the connection'],
  ['EPIPE', 'the receiver closed the connection'],
  ['ENOTFOUND', 'no such name is known; is it spelled right?'],
  ['EAI_AGAIN', 'the name server does not answer'],
  ['EHOSTUNREACH', 'there is no way to that host'],
  ['ENETUNREACH', 'there is no way to that network'],
  ['ETIMEDOUT', 'no answer in time'],
  ['EACCES', 'this user may not'],
  ['ENOSPC', 'the disk is full'],
  ['EROFS', 'the file system is mounted read-only'],
  ['EISDIR', 'that is a folder; name a file'],
])

const UNTRUSTED: ReadonlySet<string> = new Set([
  ...['DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'CERT_UNTRUSTED'],
  ...['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'],
  ...['UNABLE_TO_GET_ISSUER_CERT'],
])

/** One clause, safe to log. */
export function reasonOf(error: unknown, secrets: readonly string[] = []): string {
  if (error instanceof DeliveryError) return error.message
  const code = codeOf(error)
  if (isTimeOut(error)) return 'no answer in time'
  if (UNTRUSTED.has(code))
    return `its certificate is not trusted (${code}); name its authority with ca_file`
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return 'its certificate is for another name; use the name that is in it'
  const known = REASONS.get(code)
  if (known !== undefined) return known
  return said(error instanceof Error ? error.message : String(error), secrets)
}

/** What somebody else said, safe to show. */
export function said(text: string, secrets: readonly string[] = []): string {
  const without = secrets
    .flatMap(secret => [secret, Buffer.from(secret).toString('base64')])
    .filter(secret => secret !== '')
    // The longest first: one form may lie within another.
    .toSorted((left, right) => right.length - left.length)
    .reduce((left, secret) => left.replaceAll(secret, '(secret)'), text)
  return fitting(without.trim(), SAID_BYTES_MAX)
}

/** The system's or the library's code of an error; empty where it has none. */
export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : ''

const isTimeOut = (error: unknown): boolean =>
  error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError')
