// faults.md G10: every reason for which libpcap gives up on a savefile (sf-pcap.c, sf-pcapng.c), one made
// file each, and what is made of it here: the packets that are read, by their data, and what is told.
//
// Reasons that no file can have are left out: want of memory, an unknown precision asked for, and whatever
// concerns writing.

import { describe, expect, test } from 'vitest'
import { openSource } from '../../src/capture/source.ts'
import { InputError } from '../../src/model/errors.ts'
import { readAll, writeFiles } from './read-all.ts'
import { type TinyFile, tinyPcap } from './tiny-pcap.ts'
import { tinyBlocks } from './tiny-pcapng.ts'

interface Case {
  readonly file: Uint8Array
  /** Data of the packets that are read. */
  readonly packets: readonly string[]
  /** `packet@offset kind message`, or nothing where the file is as it may be. */
  readonly told?: string
}

const SECONDS = 1_772_446_500
const MICROS = BigInt(SECONDS) * 1_000_000n
const at = (data: string, more = {}) => ({ seconds: SECONDS, data, ...more })
const pcap = (file: TinyFile, ...packets: ReturnType<typeof at>[]) => tinyPcap(packets, file)
const joined = (...parts: Uint8Array[]) => Buffer.concat(parts)

const PCAP: Record<string, Case> = {
  'truncated dump file; tried to read 24 file header bytes, only got 20': {
    file: pcap({}).subarray(0, 20),
    packets: [],
    told: '1@0 truncated_tail the file header is cut short: 20 of 24 bytes are there',
  },
  'truncated dump file; tried to read 16 header bytes, only got 9': {
    file: pcap({}, at('01'), at('02')).subarray(0, 41 + 9),
    packets: ['01'],
    told: '2@41 truncated_tail a record header is cut short: 9 of 16 bytes are there',
  },
  'truncated dump file; tried to read 4 captured bytes, only got 3': {
    file: pcap({}, at('01'), at('02020202')).subarray(0, 60),
    packets: ['01'],
    told: '2@41 truncated_tail a packet is cut short: 3 of 4 bytes are there',
  },
  'truncated dump file, in the part of a packet beyond the snap length': {
    file: pcap({ snaplen: 2 }, at('01'), at('02020202')).subarray(0, 60),
    packets: ['01'],
    told: '2@41 truncated_tail a packet is cut short: 3 of 4 bytes are there',
  },
  'invalid packet capture length 262145, bigger than snaplen of 65535': {
    file: pcap({}, at('01'), at('02', { captured: 262_145 }), at('03'), at('04')),
    packets: ['01', '03', '04'],
    told: '2@41 corrupt the record claims 262145 captured bytes, and at most 262144 can be; reading went on at byte 58',
  },
  'invalid packet capture length 4294967295, bigger than maximum of 262144': {
    file: pcap({ snaplen: 0xffffffff }, at('01'), at('02', { captured: 0xffffffff }), at('03')),
    packets: ['01', '03'],
    told: '2@41 corrupt the record claims 4294967295 captured bytes, and at most 262144 can be; reading went on at byte 58',
  },
}

const { section, described, enhanced, old, simple, block, option, resolution, offset } =
  tinyBlocks()
const one = enhanced({ time: MICROS, data: '01' })
const two = enhanced({ time: MICROS + 1n, data: '02' })
const end = option(0, new Uint8Array(0))
/** The packets of an interface whose options are wrong are read all the same. */
const optionCase = (message: string, ...options: Uint8Array[]): Case => ({
  file: joined(section(), described({ options: joined(...options) }), one, two),
  packets: ['01', '02'],
  told: `1@28 corrupt ${message}; reading went on at byte ${48 + joined(...options).length}`,
})

const PCAPNG: Record<string, Case> = {
  'truncated pcapng dump file; tried to read 8 bytes, only got 5': {
    file: joined(section(), described(), one, two.subarray(0, 5)),
    packets: ['01'],
    told: '2@84 truncated_tail a block header is cut short: 5 bytes are there',
  },
  'truncated pcapng dump file, within a block': {
    file: joined(section(), described(), one, two.subarray(0, 33)),
    packets: ['01'],
    told: '2@84 truncated_tail a block is cut short: 33 of 36 bytes are there',
  },
  'block in pcapng dump file has a length of 8 < 12': {
    file: joined(section(), described(), one, block(6, new Uint8Array(24), { head: 8 }), two),
    packets: ['01', '02'],
    told: '2@84 corrupt the block claims a length of 8 bytes, less than any block has; reading went on at byte 120',
  },
  'block in pcapng dump file has a length of 0 < 12': {
    file: joined(section(), described(), one, block(5, new Uint8Array(24), { head: 0 }), two),
    packets: ['01', '02'],
    told: '2@84 corrupt the block claims a length of 0 bytes, less than any block has; reading went on at byte 120',
  },
  'block in pcapng dump file has a length of 38 that is not a multiple of 4': {
    file: joined(section(), described(), one, block(6, new Uint8Array(24), { head: 38 }), two),
    packets: ['01', '02'],
    told: '2@84 corrupt the block claims a length of 38 bytes, which is no multiple of 4; reading went on at byte 120',
  },
  'pcapng block size 4294967292 > maximum 16777216': {
    file: joined(
      section(),
      described(),
      one,
      block(4, new Uint8Array(24), { head: 2 ** 32 - 4 }),
      two,
    ),
    packets: ['01', '02'],
    told: '2@84 corrupt the block claims a length of 4294967292 bytes, and one of type 4 has at most 16777216; reading went on at byte 120',
  },
  "block total length in header 36 and trailer 40 don't match": {
    file: joined(section(), described(), one, block(6, new Uint8Array(24), { tail: 40 }), two),
    packets: ['01', '02'],
    told: '2@84 corrupt the block claims a length of 36 bytes at its beginning and 40 at its end; reading went on at byte 120',
  },
  'block of type 1 in pcapng dump file is too short': {
    file: joined(section(), described(), block(1, new Uint8Array(4)), one),
    packets: ['01'],
    told: '1@48 corrupt the block claims a length of 16 bytes, and one of type 1 has at least 20; reading went on at byte 64',
  },
  'block of type 6 in pcapng dump file is too short': {
    file: joined(section(), described(), block(6, new Uint8Array(12)), one),
    packets: ['01'],
    told: '1@48 corrupt the block claims a length of 24 bytes, and one of type 6 has at least 32; reading went on at byte 72',
  },
  'block of type 6 is too short for its packet': {
    file: joined(section(), described(), enhanced({ data: 'aa', captured: 5 }), one),
    packets: ['01'],
    told: '1@48 corrupt the packet claims 5 captured bytes, more than its block holds; reading went on at byte 84',
  },
  'block of type 3 is too short for its packet': {
    file: joined(section(), described(), simple({ data: 'aa', wire: 5 }), one),
    packets: ['01'],
    told: '1@48 corrupt the packet claims 5 captured bytes, more than its block holds; reading went on at byte 68',
  },
  'Interface Description Block has opt_endofopt option with length 4 != 0': optionCase(
    'the end of options has a length of 4',
    option(0, new Uint8Array(4)),
  ),
  'Interface Description Block has if_tsresol option with length 2 != 1': optionCase(
    'option if_tsresol has 2 bytes and not 1',
    option(9, new Uint8Array(2)),
  ),
  'Interface Description Block has more than one if_tsresol option': optionCase(
    'option if_tsresol stands there twice',
    resolution(6),
    resolution(9),
    end,
  ),
  'Interface Description Block if_tsresol option resolution 2^-64 is too high': optionCase(
    'option if_tsresol says 2^-64, finer than times can count',
    resolution(0xc0),
  ),
  'Interface Description Block if_tsresol option resolution 10^-20 is too high': optionCase(
    'option if_tsresol says 10^-20, finer than times can count',
    resolution(20),
  ),
  'Interface Description Block has if_tsoffset option with length 4 != 8': optionCase(
    'option if_tsoffset has 4 bytes and not 8',
    option(14, new Uint8Array(4)),
  ),
  'Interface Description Block has more than one if_tsoffset option': optionCase(
    'option if_tsoffset stands there twice',
    offset(0n),
    offset(1n),
  ),
  'an option that is longer than its block': optionCase(
    'option 2 of 500 bytes goes past its block',
    option(2, new Uint8Array(4), 500),
  ),
  'more than 2147483648 interfaces in the file': {
    file: joined(section(), ...Array<Uint8Array>(65_537).fill(described()), one),
    packets: ['01'],
    told: '1@1310748 corrupt the section describes more than 65536 interfaces; reading went on at byte 1310768',
  },
  'Section Header Block in pcapng dump file has invalid length 28 < _24_': {
    file: joined(block(0x0a0d0d0a, section().subarray(8, 20)), described(), one),
    packets: ['01'],
    told: '1@0 corrupt the block claims a length of 24 bytes, and one of type 168627466 has at least 28; reading went on at byte 24',
  },
  'Section Header Block in pcapng dump file has invalid length _1048580_ < 1048576': {
    file: joined(section({ options: new Uint8Array(1_048_580 - 28) }), described(), one),
    packets: [],
    told: '1@0 corrupt the block claims a length of 1048580 bytes, and one of type 168627466 has at most 1048576; no record was found behind it, and the rest was not read',
  },
  'the capture file has no Interface Description Blocks': { file: section(), packets: [] },
  'the capture file has a packet block before any Interface Description Blocks': {
    file: joined(section(), one, described(), two),
    packets: ['02'],
    told: '1@28 corrupt the packet is of interface 0, and the section describes 0; reading went on at byte 64',
  },
  'an interface has a type 113 different from the type of the first interface': {
    file: joined(section(), described(), described({ link: 113 }), one),
    packets: ['01'],
  },
  'an interface has a snapshot length 96 different from that of the first interface': {
    file: joined(section(), described(), described({ snaplen: 96 }), one),
    packets: ['01'],
  },
  'the file has sections with different byte orders': {
    file: joined(section(), described(), one, tinyBlocks(false).section()),
    packets: ['01'],
  },
  'the file has a section with a bad byte order magic field': {
    file: joined(section(), described(), one, section({ byteOrder: 7 }), described(), two),
    packets: ['01', '02'],
    told: '2@84 corrupt the section header tells no byte order; reading went on at byte 112',
  },
  'unknown pcapng savefile major version number 2': {
    file: joined(
      section(),
      described(),
      one,
      section({ version: [2, 0] }),
      two,
      section(),
      described(),
      two,
    ),
    packets: ['01', '02'],
    told: '2@84 corrupt this is pcapng version 2.0, and only 1.0 and 1.2 are read; reading went on at byte 148',
  },
  "a packet arrived on interface 1, but there's no Interface Description Block for it": {
    file: joined(section(), described(), enhanced({ id: 1, data: 'aa' }), one),
    packets: ['01'],
    told: '1@48 corrupt the packet is of interface 1, and the section describes 1; reading went on at byte 84',
  },
  'the same, in the obsolete packet block': {
    file: joined(section(), described(), old({ id: 1, data: 'aa' }), one),
    packets: ['01'],
    told: '1@48 corrupt the packet is of interface 1, and the section describes 1; reading went on at byte 84',
  },
  'invalid packet capture length 3, bigger than snaplen of 2': {
    file: joined(section(), described({ snaplen: 2 }), enhanced({ time: MICROS, data: '030303' })),
    packets: ['030303'],
  },
}

for (const [format, cases] of Object.entries({ 'sf-pcap.c': PCAP, 'sf-pcapng.c': PCAPNG }))
  describe(format, () => {
    for (const [reason, { file, packets, told }] of Object.entries(cases))
      test(reason, async () => {
        const [path = ''] = writeFiles({ capture: file })
        for (const readBytes of [7, 4096]) {
          const seen = await readAll([path], { readBytes })
          expect(seen.packets.map(({ data }) => data)).toEqual(packets)
          const places = seen.captures[0]?.damage.map(
            ({ packet, offset, kind, message }) => `${packet}@${offset} ${kind} ${message}`,
          )
          expect(places).toEqual(told === undefined ? [] : [told])
        }
      })
  })

describe('refused before a packet is read', () => {
  const refused: Record<string, [file: Uint8Array, reason: string]> = {
    'archaic pcap savefile format': [
      pcap({ version: [1, 2] }, at('01')),
      'this is pcap version 1.2, and only 2.0 to 2.4 are read.',
    ],
    'unsupported pcap savefile version 2.5': [
      pcap({ version: [2, 5] }, at('01')),
      'this is pcap version 2.5, and only 2.0 to 2.4 are read.',
    ],
    'unsupported pcapng savefile version 1.1': [
      joined(section({ version: [1, 1] }), described(), one),
      'this is pcapng version 1.1, and only 1.0 and 1.2 are read.',
    ],
  }
  for (const [reason, [file, told]] of Object.entries(refused))
    test(reason, () => {
      const [path = ''] = writeFiles({ capture: file })
      expect(() => openSource([path])).toThrow(new InputError(`${path}: ${told}`))
    })
})
