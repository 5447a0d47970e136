// A plain reader of the benchmark's own captures: little-endian nanosecond pcap, Ethernet, at most
// one tag, TCP or UDP. Slow and obvious; shares no code with the generator.

export interface Census {
  packets: number
  bytes: number
  flows: number
  vlanPackets: number
  ipv6Packets: number
  /**
   * TCP segments with data that begin before the highest sequence number seen in their direction.
   */
  oldSegments: number
  backwards: number
  badChecksums: number
  rtp: { streams: number; packets: number; missing: number }
}

interface Frame {
  readonly bytes: Buffer
  readonly isTagged: boolean
  readonly version: 4 | 6
  readonly protocol: number
  /** Addresses as hexadecimal text. */
  readonly source: string
  readonly target: string
  /** TCP or UDP header and payload. */
  readonly segment: Buffer
}

const TCP = 6

export function census(file: Buffer): Census {
  const frames = [...framesOf(file)]
  const times = frames.map(({ time }) => time)
  const decoded = frames.map(({ bytes }) => decode(bytes))
  return {
    packets: decoded.length,
    bytes: decoded.reduce((sum, { bytes }) => sum + bytes.length, 0),
    flows: new Set(decoded.map(flowOf)).size,
    vlanPackets: decoded.filter(({ isTagged }) => isTagged).length,
    ipv6Packets: decoded.filter(({ version }) => version === 6).length,
    oldSegments: oldSegments(decoded),
    backwards: times.filter((time, index) => time < (times[index - 1] ?? 0n)).length,
    badChecksums: decoded.filter(frame => !hasRightChecksums(frame)).length,
    rtp: rtpOf(decoded),
  }
}

function* framesOf(file: Buffer): Generator<{ time: bigint; bytes: Buffer }> {
  let at = 24
  while (at < file.length) {
    const time = BigInt(file.readUInt32LE(at)) * 1_000_000_000n + BigInt(file.readUInt32LE(at + 4))
    const length = file.readUInt32LE(at + 8)
    yield { time, bytes: file.subarray(at + 16, at + 16 + length) }
    at += 16 + length
  }
}

function decode(bytes: Buffer): Frame {
  const isTagged = bytes.readUInt16BE(12) === 0x8100
  const ipAt = isTagged ? 18 : 14
  const version = bytes.readUInt16BE(ipAt - 2) === 0x0800 ? 4 : 6
  const [sourceAt, addressBytes, protocolAt] = version === 4 ? [12, 4, 9] : [8, 16, 6]
  const targetAt = ipAt + sourceAt + addressBytes
  return {
    bytes,
    isTagged,
    version,
    protocol: bytes.readUInt8(ipAt + protocolAt),
    source: bytes.toString('hex', ipAt + sourceAt, targetAt),
    target: bytes.toString('hex', targetAt, targetAt + addressBytes),
    segment: bytes.subarray(targetAt + addressBytes),
  }
}

function endsOf({ source, target, segment }: Frame): [string, string] {
  return [`${source}:${segment.readUInt16BE(0)}`, `${target}:${segment.readUInt16BE(2)}`]
}

const flowOf = (frame: Frame): string => `${frame.protocol} ${endsOf(frame).sort().join(' ')}`

function oldSegments(frames: readonly Frame[]): number {
  const next = new Map<string, number>()
  let old = 0
  for (const frame of frames.filter(({ protocol }) => protocol === TCP)) {
    const { segment } = frame
    const direction = endsOf(frame).join(' ')
    const dataBytes = segment.length - (segment.readUInt8(12) >> 4) * 4
    const end = (segment.readUInt32BE(4) + dataBytes) | 0
    const highest = next.get(direction)
    const isOld = highest !== undefined && ((end - highest) | 0) <= 0
    if (dataBytes > 0 && isOld) old++
    if (!isOld) next.set(direction, end)
  }
  return old
}

/** RFC 1071: a sum that includes its own checksum comes to all ones. */
function hasRightChecksums({ bytes, version, protocol, source, target, segment }: Frame): boolean {
  const header = bytes.subarray(bytes.length - segment.length - 20, bytes.length - segment.length)
  const addresses = Buffer.from(source + target, 'hex')
  const transport = onesSum(addresses, segment) + protocol + segment.length
  return folded(transport) === 0xffff && (version === 6 || folded(onesSum(header)) === 0xffff)
}

function onesSum(...parts: readonly Buffer[]): number {
  let sum = 0
  for (const part of parts)
    for (const [index, byte] of part.entries()) sum += index % 2 === 0 ? byte * 256 : byte
  return sum
}

const folded = (sum: number): number =>
  sum <= 0xffff ? sum : folded((sum & 0xffff) + Math.floor(sum / 0x10000))

function rtpOf(frames: readonly Frame[]): Census['rtp'] {
  const sequences = new Map<number, number[]>()
  let packets = 0
  for (const { protocol, segment } of frames) {
    if (protocol === TCP || segment.length !== 180 || segment.readUInt8(8) !== 0x80) continue
    const source = segment.readUInt32BE(16)
    sequences.set(source, [...(sequences.get(source) ?? []), segment.readUInt16BE(10)])
    packets++
  }
  const missing = [...sequences.values()].flatMap(list =>
    list.slice(1).map((sequence, index) => ((sequence - (list[index] ?? 0)) & 0xffff) - 1),
  )
  return {
    streams: sequences.size,
    packets,
    missing: missing.reduce((sum, gap) => sum + gap, 0),
  }
}
