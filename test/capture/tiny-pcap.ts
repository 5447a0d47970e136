// Classic pcap files a few packets long, written field by field, so that a test can put anything into
// any of them.

export interface TinyPacket {
  readonly seconds?: number
  /** Micro- or nanoseconds, as the file counts. */
  readonly fraction?: number
  /** Captured bytes, hex. */
  readonly data?: string
  /** What the record claims, where that is not the truth. */
  readonly captured?: number
  readonly wire?: number
}

export interface TinyFile {
  readonly littleEndian?: boolean
  readonly nanos?: boolean
  readonly version?: readonly [major: number, minor: number]
  readonly snaplen?: number
  readonly link?: number
  /** Other than that of classic pcap with micro- or nanoseconds. */
  readonly magic?: number
  /** Zeros behind the file header, and behind every record header. */
  readonly fileExtraBytes?: number
  readonly recordExtraBytes?: number
}

export function tinyPcap(packets: readonly TinyPacket[], file: TinyFile = {}): Uint8Array {
  const { littleEndian = true, fileExtraBytes = 0, recordExtraBytes = 0 } = file
  const extra = new Uint8Array(recordExtraBytes)
  return Buffer.concat([
    fileHeader(file),
    new Uint8Array(fileExtraBytes),
    ...packets.flatMap(packet => [recordHeader(packet, littleEndian), extra, dataOf(packet)]),
  ])
}

function fileHeader(file: TinyFile): Uint8Array {
  const { littleEndian = true, nanos = false, version = [2, 4], snaplen = 65535, link = 1 } = file
  const view = new DataView(new ArrayBuffer(24))
  view.setUint32(0, file.magic ?? (nanos ? 0xa1b23c4d : 0xa1b2c3d4), littleEndian)
  view.setUint16(4, version[0], littleEndian)
  view.setUint16(6, version[1], littleEndian)
  view.setUint32(16, snaplen, littleEndian)
  view.setUint32(20, link, littleEndian)
  return new Uint8Array(view.buffer)
}

function recordHeader(packet: TinyPacket, littleEndian: boolean): Uint8Array {
  const { seconds = 1_772_446_500, fraction = 0 } = packet
  const bytes = dataOf(packet).length
  const view = new DataView(new ArrayBuffer(16))
  view.setUint32(0, seconds, littleEndian)
  view.setUint32(4, fraction, littleEndian)
  view.setUint32(8, packet.captured ?? bytes, littleEndian)
  view.setUint32(12, packet.wire ?? bytes, littleEndian)
  return new Uint8Array(view.buffer)
}

const dataOf = ({ data = '' }: TinyPacket): Uint8Array => Buffer.from(data, 'hex')
