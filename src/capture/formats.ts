// Which format a capture has, by its first bytes, and what to tell the operator when it has none that
// is read. File names play no part: they are often wrong.

import { InputError } from '../model/errors.ts'
import type { Format } from './format.ts'
import { pcap } from './pcap.ts'
import { pcapng } from './pcapng.ts'

const FORMATS: readonly Format[] = [pcap, pcapng]

export const findFormat = (content: Uint8Array): Format | undefined =>
  FORMATS.find(format => format.recognises(content))

/**
 * The error for bytes that no format recognises: what they look like and what would be right. `content` is
 * what comes of `head` when it is unpacked, or the same.
 */
export function unknownFormat(name: string, head: Uint8Array, content: Uint8Array): InputError {
  if (head.length === 0)
    return new InputError(`${name}: is empty. A capture has a file header even without packets.`)
  const { looks, advice } = looksOf(content)
  const packed = content === head ? '' : 'is packed with gzip; its content '
  return new InputError(`${name}: ${packed}${looks}. ${READ} ${advice}`)
}

function looksOf(content: Uint8Array): LookAlike {
  if (content.length === 0) return { looks: 'cannot be unpacked', advice: RECORD }
  const alike = LOOK_ALIKES.find(({ magic }) => startsWith(content, magic))
  return alike ?? (isText(content) ? TEXT : unknown(content))
}

interface LookAlike {
  readonly looks: string
  readonly advice: string
}

const READ = 'Captures that are read are pcap and pcapng, plain or packed with gzip.'
const CONVERT = 'Convert it: editcap -F pcap <file> <new file>.'
const RECORD = 'Record one with: tcpdump -w <file>.'
const unpack = (tool: string) => `Unpack it into standard input: ${tool} <file> | mpwatch ... -`

const LOOK_ALIKES: readonly (LookAlike & { readonly magic: string })[] = [
  { magic: '0a0d0d0a', looks: 'begins like pcapng, but tells no byte order', advice: RECORD },
  { magic: 'a1b234cd', looks: 'is a pcap of a kind that nobody documented', advice: CONVERT },
  { magic: 'cd34b2a1', looks: 'is a pcap of a kind that nobody documented', advice: CONVERT },
  { magic: 'a12b3c4d', looks: 'is a pcap of the Navtel kind', advice: CONVERT },
  { magic: '4d3c2ba1', looks: 'is a pcap of the Navtel kind', advice: CONVERT },
  { magic: '736e6f6f70000000', looks: 'is a snoop capture', advice: CONVERT },
  { magic: '474d4255', looks: 'is a Network Monitor capture', advice: CONVERT },
  { magic: '52545353', looks: 'is a Network Monitor capture', advice: CONVERT },
  { magic: '1f8b', looks: 'is packed with gzip once more', advice: unpack('gzip -dc') },
  { magic: '28b52ffd', looks: 'is packed with zstd', advice: unpack('zstd -dc') },
  { magic: 'fd377a585a00', looks: 'is packed with xz', advice: unpack('xz -dc') },
  { magic: '425a68', looks: 'is packed with bzip2', advice: unpack('bzip2 -dc') },
  { magic: '04224d18', looks: 'is packed with lz4', advice: unpack('lz4 -dc') },
  { magic: 'efbbbf', looks: 'is text', advice: RECORD },
  { magic: '504b0304', looks: 'is a zip archive', advice: unpack('unzip -p') },
]

const TEXT: LookAlike = { looks: 'is text', advice: RECORD }

function unknown(head: Uint8Array): LookAlike {
  const begin = Buffer.from(head.subarray(0, 4)).toString('hex')
  return { looks: `begins with the bytes ${begin}, which no known capture does`, advice: RECORD }
}

const startsWith = (head: Uint8Array, magic: string): boolean =>
  Buffer.from(head.subarray(0, magic.length / 2)).toString('hex') === magic

/** Begins with ASCII and holds no control characters but white space; what follows may be any script. */
const isText = (head: Uint8Array): boolean =>
  (head[0] ?? 0) < 0x80 && head.every(byte => (byte >= 0x20 && byte !== 0x7f) || isSpace(byte))

/** Tab and the ends of lines. */
const isSpace = (byte: number): boolean => byte >= 0x09 && byte <= 0x0d
