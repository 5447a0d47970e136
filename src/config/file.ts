// A configuration file's bytes and text. It may be anything that the path happens to name, so it is
// looked at before it is opened, read only up to a limit, and decoded only where it is clean UTF-8.

import { isUtf8 } from 'node:buffer'
import { closeSync, constants, openSync, readSync, type Stats, statSync } from 'node:fs'
import type { Reading } from './reading.ts'

/** A thousand hosts with every key take about a tenth of it. */
export const FILE_BYTES_MAX = 1_048_576

/**
 * All bytes of a regular file of at most `FILE_BYTES_MAX` bytes; a sentence where it is anything
 * else. Returns at once for a FIFO or a device: those are not opened.
 */
export function readFile(path: string): Reading<Uint8Array> {
  try {
    const wrong = unfit(statSync(path))
    return wrong === undefined ? readBounded(path) : { wrong }
  } catch (error) {
    return { wrong: unreadable(error) }
  }
}

/** Text of a file, or what is wrong with its encoding and the character at which that shows. */
export type Decoded =
  | { readonly text: string }
  | { readonly text: string; readonly at: number; readonly wrong: string }

/** UTF-8, with or without a byte order mark, which is taken off. RFC 3629. */
export function decode(bytes: Uint8Array): Decoded {
  const [first, second] = bytes
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff))
    return { text: '', at: 0, wrong: 'this is UTF-16: save the file as UTF-8' }
  if (!isUtf8(bytes)) return invalid(bytes)
  const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  const at = controlAt(text)
  return at < 0 ? { text } : { text, at, wrong: controlNamed(text, at) }
}

function unfit(stats: Stats): string | undefined {
  if (stats.isDirectory()) return 'this is a directory, and a file is needed'
  if (!stats.isFile()) return 'this is a device, pipe or socket, and a regular file is needed'
  return stats.size > FILE_BYTES_MAX ? TOO_LARGE : undefined
}

const TOO_LARGE = `the file is larger than 1 MiB (${FILE_BYTES_MAX} bytes), the most that is read`

/**
 * The size that `stat` told is not believed: files grow, and those under /proc claim to be empty.
 */
function readBounded(path: string): Reading<Uint8Array> {
  // Non-blocking, so that a pipe put in the file's place a moment ago cannot stop us.
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const buffer = new Uint8Array(FILE_BYTES_MAX + 1)
    let end = 0
    for (let got = -1; got !== 0; end += got)
      got = readSync(descriptor, buffer, end, buffer.length - end, null)
    return end > FILE_BYTES_MAX ? { wrong: TOO_LARGE } : { value: buffer.slice(0, end) }
  } finally {
    closeSync(descriptor)
  }
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'there is no such file'],
  ['ENOTDIR', 'there is no such file'],
  ['EACCES', 'this file may not be read: permission denied'],
  ['ELOOP', 'this symbolic link leads back to itself'],
])

function unreadable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
  return REASONS.get(code) ?? `this file cannot be read (${code})`
}

/**
 * Where the decoder would put a replacement character, the bytes differ from what they should be.
 */
function invalid(bytes: Uint8Array): Decoded {
  const lossy = new TextDecoder('utf-8')
  const text = lossy.decode(bytes)
  const again = new TextEncoder().encode(text)
  const shift =
    bytes.length > 2 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
  let same = 0
  while (bytes[same + shift] === again[same]) same++
  const before = new TextDecoder('utf-8').decode(bytes.subarray(0, same + shift))
  const at = before.replace(/\uFFFD+$/, '').length
  const byte = (bytes[same + shift] ?? 0).toString(16).padStart(2, '0')
  return { text, at, wrong: `byte 0x${byte} is not UTF-8 here: save the file as UTF-8` }
}

/**
 * YAML 1.2, 5.1 leaves tab and line ends of the control characters; a lone CR ends no line here.
 */
function controlAt(text: string): number {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    const isAllowed = code === 9 || code === 10 || (code === 13 && text.charCodeAt(at + 1) === 10)
    if ((code < 32 && !isAllowed) || code === 127) return at
  }
  return -1
}

function controlNamed(text: string, at: number): string {
  const code = text.charCodeAt(at)
  if (code === 0)
    return 'there is a zero byte here: a binary file, or UTF-16 saved without its mark'
  if (code === 13) return 'a line ends in a lone CR here: save the file with LF or CRLF line ends'
  const hex = code.toString(16).toUpperCase().padStart(4, '0')
  return `the control character U+${hex} may not stand here`
}
