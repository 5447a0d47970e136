// Fragments -> datagrams, in bounded memory and capture time. A datagram that is whole goes back into the
// kernel as one packet, with the bytes of the frame that completed it; the frames before it are counted as
// `no_flow.fragment`.

const BYTES_MAX = 8 * 1024 * 1024
const DATAGRAM_BYTES_MAX = 65_535
const TIMEOUT_NS = 30e9
/** What a datagram costs besides its bytes, so that a flood of tiny fragments is bounded too. */
const OVERHEAD_BYTES = 512

/** One part of a datagram. */
export interface Part {
  /** Names the datagram: addresses, identification, protocol. */
  readonly key: string
  readonly offset: number
  readonly isLast: boolean
  /** The captured bytes of the part; copied if they are kept. */
  readonly bytes: Uint8Array
  /** The part was cut by the capture, so the datagram can never be whole. */
  readonly isCut: boolean
  readonly timeNs: number
}

interface Datagram {
  payload: Uint8Array
  /** 1 for each byte of the payload that has come. */
  isSet: Uint8Array
  /** Bytes that have come, of `total` once the last part is known. */
  filled: number
  total: number | null
  readonly sinceNs: number
}

export class Reassembly {
  readonly #datagrams = new Map<string, Datagram>()
  #bytes = 0
  /** Datagrams given up: too old, too large, too many, or inconsistent. */
  dropped = 0
  /** Parts that overlap what is there already with other bytes. The first copy stands. */
  conflicts = 0

  /** The payload of the datagram that this part completes, or null while something is missing. */
  add(part: Part): Uint8Array | null {
    this.#expire(part.timeNs)
    const end = part.offset + part.bytes.length
    const datagram = this.#datagrams.get(part.key) ?? this.#begin(part)
    const isBeyond = datagram.total !== null && end > datagram.total
    if (part.isCut || isBeyond || end > DATAGRAM_BYTES_MAX) {
      this.#drop(part.key)
      return null
    }
    this.#reserve(datagram, end)
    if (lay(datagram, part)) this.conflicts++
    if (part.isLast) datagram.total = end
    return this.#whole(part.key, datagram)
  }

  /** Enough bytes with a hole among them lie beyond the end: such a datagram contradicts itself. */
  #whole(key: string, { filled, total, isSet, payload }: Datagram): Uint8Array | null {
    if (total === null || filled < total) {
      this.#makeRoom()
      return null
    }
    if (isSet.subarray(0, total).includes(0)) {
      this.#drop(key)
      return null
    }
    this.#remove(key)
    return payload.subarray(0, total)
  }

  #begin({ key, timeNs }: Part): Datagram {
    const nothing = new Uint8Array(0)
    const datagram = { payload: nothing, isSet: nothing, filled: 0, total: null, sinceNs: timeNs }
    this.#datagrams.set(key, datagram)
    this.#bytes += OVERHEAD_BYTES
    return datagram
  }

  /** Room for so many bytes; doubled, so that a datagram in many parts is copied a few times only. */
  #reserve(datagram: Datagram, bytes: number): void {
    const before = datagram.payload.length
    if (bytes <= before) return
    const size = Math.min(Math.max(bytes, 2 * before), DATAGRAM_BYTES_MAX)
    datagram.payload = grown(datagram.payload, size)
    datagram.isSet = grown(datagram.isSet, size)
    this.#bytes += 2 * (size - before)
  }

  /** Datagrams stand in the order of their first parts, so the old ones come first. */
  #expire(nowNs: number): void {
    for (const [key, { sinceNs }] of this.#datagrams) {
      if (nowNs - sinceNs <= TIMEOUT_NS) return
      this.#drop(key)
    }
  }

  #makeRoom(): void {
    for (const key of this.#datagrams.keys()) {
      if (this.#bytes <= BYTES_MAX) return
      this.#drop(key)
    }
  }

  #drop(key: string): void {
    this.dropped++
    this.#remove(key)
  }

  #remove(key: string): void {
    const size = this.#datagrams.get(key)?.payload.length ?? 0
    this.#bytes -= OVERHEAD_BYTES + 2 * size
    this.#datagrams.delete(key)
  }
}

function grown(bytes: Uint8Array, size: number): Uint8Array {
  const larger = new Uint8Array(size)
  larger.set(bytes)
  return larger
}

/** Puts a part in its place; of overlapping bytes the first stand. Whether any of them differ. */
function lay(datagram: Datagram, { bytes, offset }: Part): boolean {
  const { payload, isSet } = datagram
  let isConflict = false
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    const place = offset + at
    if (isSet[place] === 1) isConflict ||= payload[place] !== byte
    else {
      payload[place] = byte
      isSet[place] = 1
      datagram.filled++
    }
  }
  return isConflict
}
