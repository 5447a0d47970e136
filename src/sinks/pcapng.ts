// Packets as a pcapng file (draft-ietf-opsawg-pcapng): one section, little-endian, an interface for each
// capture and link type, nanoseconds. What was captured is written as it was; only comments are ours.

const SECTION = 0x0a0d0d0a
const INTERFACE = 1
const ENHANCED_PACKET = 6
const BYTE_ORDER_MAGIC = 0x1a2b3c4d
const BLOCK_BYTES = 12
const OPTION_BYTES = 4

// Options: of all blocks, of the section header, of the interface description.
const END = 0
const COMMENT = 1
const APPLICATION = 4
const INTERFACE_NAME = 2
const TIME_RESOLUTION = 9
const NANOSECONDS = 9

/** An option says its length in 16 bits; a text this long is never cut within what a person reads. */
const TEXT_BYTES_MAX = 8192

export interface WrittenPacket {
  /** Name of the capture from which it comes. */
  readonly capture: string
  /** LINKTYPE. */
  readonly link: number
  /** Nanoseconds of Unix time. */
  readonly unixNs: bigint
  readonly wireBytes: number
  readonly data: Uint8Array
  readonly comments: readonly string[]
}

export class PcapngWriter {
  readonly #write: (bytes: Uint8Array) => void
  readonly #interfaces = new Map<string, number>()

  /** Begins the file. Texts must be visible already. */
  constructor(
    write: (bytes: Uint8Array) => void,
    { application, comments }: { application: string; comments: readonly string[] },
  ) {
    this.#write = write
    const fields = Buffer.alloc(16)
    fields.writeUInt32LE(BYTE_ORDER_MAGIC, 0)
    fields.writeUInt16LE(1, 4)
    // The section's length is not known before its end.
    fields.writeBigInt64LE(-1n, 8)
    const options = [...comments.map(commentOf), textOption(APPLICATION, application)]
    this.#block(SECTION, [fields, ...optionsOf(options)])
  }

  packet({ capture, link, unixNs, wireBytes, data, comments }: WrittenPacket): void {
    const fields = Buffer.alloc(20)
    fields.writeUInt32LE(this.#interfaceOf(capture, link), 0)
    const time = BigInt.asUintN(64, unixNs)
    fields.writeUInt32LE(Number(time >> 32n), 4)
    fields.writeUInt32LE(Number(time & 0xffffffffn), 8)
    fields.writeUInt32LE(data.length, 12)
    fields.writeUInt32LE(wireBytes, 16)
    const options = optionsOf(comments.map(commentOf))
    this.#block(ENHANCED_PACKET, [fields, data, padding(data.length), ...options])
  }

  #interfaceOf(capture: string, link: number): number {
    const key = `${link} ${capture}`
    const known = this.#interfaces.get(key)
    if (known !== undefined) return known
    const fields = Buffer.alloc(8)
    fields.writeUInt16LE(link & 0xffff, 0)
    const resolution = option(TIME_RESOLUTION, Uint8Array.of(NANOSECONDS))
    this.#block(INTERFACE, [
      fields,
      ...optionsOf([textOption(INTERFACE_NAME, capture), resolution]),
    ])
    const id = this.#interfaces.size
    this.#interfaces.set(key, id)
    return id
  }

  #block(type: number, parts: readonly Uint8Array[]): void {
    const bytes = parts.reduce((sum, { length }) => sum + length, BLOCK_BYTES)
    const head = Buffer.alloc(8)
    head.writeUInt32LE(type, 0)
    head.writeUInt32LE(bytes, 4)
    const tail = Buffer.alloc(4)
    tail.writeUInt32LE(bytes, 0)
    for (const part of [head, ...parts, tail]) this.#write(part)
  }
}

const commentOf = (text: string): Uint8Array => textOption(COMMENT, text)

/** UTF-8, cut between two characters where it is too long. */
function textOption(code: number, text: string): Uint8Array {
  const bytes = new Uint8Array(TEXT_BYTES_MAX)
  const { written } = new TextEncoder().encodeInto(text, bytes)
  return option(code, bytes.subarray(0, written))
}

function option(code: number, value: Uint8Array): Uint8Array {
  const head = Buffer.alloc(OPTION_BYTES)
  head.writeUInt16LE(code, 0)
  head.writeUInt16LE(value.length, 2)
  return Buffer.concat([head, value, padding(value.length)])
}

/** Options end with one of their own, and are no bytes at all where there are none. */
const optionsOf = (options: readonly Uint8Array[]): readonly Uint8Array[] =>
  options.length === 0 ? [] : [...options, option(END, new Uint8Array(0))]

/** Everything begins at whole multiples of four bytes. */
const padding = (bytes: number): Uint8Array => new Uint8Array(-bytes & 3)
