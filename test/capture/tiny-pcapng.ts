// pcapng files a few blocks long, written field by field, so that a test can put anything into any of them.

export interface TinySection {
  readonly version?: readonly [major: number, minor: number]
  readonly options?: Uint8Array
  readonly byteOrder?: number
  /** What the section says of its own length; by default that it does not know. */
  readonly bytes?: bigint
}

export interface TinyInterface {
  readonly link?: number
  readonly snaplen?: number
  readonly options?: Uint8Array
}

export interface TinyPacketBlock {
  readonly id?: number
  /** Ticks since the interface's zero. */
  readonly time?: bigint
  /** Captured bytes, hex. */
  readonly data?: string
  readonly captured?: number
  readonly wire?: number
  readonly options?: Uint8Array
}

export interface TinyBlocks {
  block(type: number, body: Uint8Array, lengths?: { head?: number; tail?: number }): Uint8Array
  section(section?: TinySection): Uint8Array
  described(description?: TinyInterface): Uint8Array
  enhanced(packet?: TinyPacketBlock): Uint8Array
  old(packet?: TinyPacketBlock): Uint8Array
  simple(packet: { readonly data: string; readonly wire?: number }): Uint8Array
  option(code: number, value: Uint8Array, length?: number): Uint8Array
  /** if_tsresol: a power of ten, or of two where the top bit is set. */
  resolution(byte: number): Uint8Array
  /** if_tsoffset, in seconds. */
  offset(seconds: bigint): Uint8Array
}

/** Writers of blocks in one byte order. */
export function tinyBlocks(littleEndian = true): TinyBlocks {
  const u16 = (value: number) => written(2, view => view.setUint16(0, value, littleEndian))
  const u32 = (value: number) => written(4, view => view.setUint32(0, value, littleEndian))
  const u64 = (value: bigint) => written(8, view => view.setBigInt64(0, value, littleEndian))

  const block: TinyBlocks['block'] = (type, body, lengths = {}) => {
    const length = body.length + 12
    const { head = length, tail = length } = lengths
    return Buffer.concat([u32(type), u32(head), body, u32(tail)])
  }
  const option: TinyBlocks['option'] = (code, value, length = value.length) =>
    Buffer.concat([u16(code), u16(length), padded(value)])
  const time = (ticks: bigint) => [
    u32(Number(BigInt.asUintN(64, ticks) >> 32n)),
    u32(Number(BigInt.asUintN(32, ticks))),
  ]
  const packet = (id: Uint8Array, { time: ticks = 0n, data = '', ...rest }: TinyPacketBlock) => {
    const bytes = Buffer.from(data, 'hex')
    const { captured = bytes.length, wire = bytes.length, options = NOTHING } = rest
    return Buffer.concat([id, ...time(ticks), u32(captured), u32(wire), padded(bytes), options])
  }
  return {
    block,
    option,
    section({ version = [1, 0], options = NOTHING, byteOrder = 0x1a2b3c4d, bytes = -1n } = {}) {
      const fields = [u32(byteOrder), u16(version[0]), u16(version[1]), u64(bytes), options]
      return block(0x0a0d0d0a, Buffer.concat(fields))
    },
    described({ link = 1, snaplen = 0, options = NOTHING } = {}) {
      return block(1, Buffer.concat([u16(link), u16(0), u32(snaplen), options]))
    },
    enhanced: (fields = {}) => block(6, packet(u32(fields.id ?? 0), fields)),
    old: (fields = {}) => block(2, packet(Buffer.concat([u16(fields.id ?? 0), u16(7)]), fields)),
    simple({ data, wire = data.length / 2 }) {
      return block(3, Buffer.concat([u32(wire), padded(Buffer.from(data, 'hex'))]))
    },
    resolution: byte => option(9, Uint8Array.of(byte)),
    offset: seconds => option(14, u64(seconds)),
  }
}

const NOTHING = new Uint8Array(0)

function written(bytes: number, write: (view: DataView) => void): Uint8Array {
  const view = new DataView(new ArrayBuffer(bytes))
  write(view)
  return new Uint8Array(view.buffer)
}

/** Values begin at whole multiples of four bytes. */
const padded = (value: Uint8Array): Uint8Array =>
  Buffer.concat([value, new Uint8Array(-value.length & 3)])
