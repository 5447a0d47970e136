// Which format a capture has, by its first bytes, and what to tell the operator when it has none that
// is read. File names play no part: they are often wrong.

import { InputError } from '../model/errors.ts'
import type { Format } from './format.ts'
import { pcap } from './pcap.ts'

const FORMATS: readonly Format[] = [pcap]

export const findFormat = (head: Uint8Array): Format | undefined =>
  FORMATS.find(format => format.recognises(head))

/** The error for bytes that no format recognises: what they look like and what would be right. */
export function unknownFormat(name: string, head: Uint8Array): InputError {
  if (head.length === 0)
    return new InputError(`${name}: is empty. A capture has a file header even without packets.`)
  const alike = LOOK_ALIKES.find(({ magic }) => startsWith(head, magic))
  const { looks, advice } = alike ?? (isText(head) ? TEXT : unknown(head))
  return new InputError(`${name}: ${looks}, and only classic pcap is read. ${advice}`)
}

interface LookAlike {
  readonly looks: string
  readonly advice: string
}

const CONVERT = 'Convert it: editcap -F pcap <file> <new file>.'
const RECORD = 'Record one with: tcpdump -w <file>.'
const unpack = (tool: string) => `Unpack it into standard input: ${tool} <file> | mpwatch ... -`

const LOOK_ALIKES: readonly (LookAlike & { readonly magic: string })[] = [
  { magic: '0a0d0d0a', looks: 'is a pcapng capture', advice: CONVERT },
  { magic: 'a1b2cd34', looks: 'is a capture of the modified pcap kind', advice: CONVERT },
  { magic: '34cdb2a1', looks: 'is a capture of the modified pcap kind', advice: CONVERT },
  { magic: '736e6f6f70000000', looks: 'is a snoop capture', advice: CONVERT },
  { magic: '474d4255', looks: 'is a Network Monitor capture', advice: CONVERT },
  { magic: '52545353', looks: 'is a Network Monitor capture', advice: CONVERT },
  { magic: '1f8b', looks: 'is packed with gzip', advice: unpack('gzip -dc') },
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
