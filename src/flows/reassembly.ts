// Fragments -> datagrams, in bounded memory and capture time. A datagram that is whole goes back into the
// kernel as one packet, with the bytes of the frame that completed it; the frames before it are counted as
// `no_flow.fragment`.

const BYTES_MAX = 8 * 1024 * 1024
const DATAGRAM_BYTES_MAX = 65_535
const TIMEOUT_NS = 30e9
/** What a datagram costs besides its bytes, so that a flood of tiny fragments is bounded too. */
const OVERHEAD_BYTES = 512
const PARTS_MAX = 1024

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
  readonly parts: Part[]
  /** Bytes of the whole payload, once the last part is known. */
  total: number | null
  bytes: number
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
    const isImpossible =
      end > DATAGRAM_BYTES_MAX || (datagram.total !== null && end > datagram.total)
    if (isImpossible || part.isCut || datagram.parts.length >= PARTS_MAX) {
      this.#drop(part.key)
      return null
    }
    datagram.parts.push({ ...part, bytes: part.bytes.slice() })
    datagram.bytes += part.bytes.length
    this.#bytes += part.bytes.length
    if (part.isLast) datagram.total = end
    const whole = this.#assemble(datagram)
    if (whole !== null) this.#remove(part.key)
    else this.#makeRoom()
    return whole
  }

  #begin({ key, timeNs }: Part): Datagram {
    const datagram: Datagram = { parts: [], total: null, bytes: OVERHEAD_BYTES, sinceNs: timeNs }
    this.#datagrams.set(key, datagram)
    this.#bytes += OVERHEAD_BYTES
    return datagram
  }

  /** Lays the parts side by side; of overlapping ones, the first that came stands. */
  #assemble({ parts, total, bytes }: Datagram): Uint8Array | null {
    if (total === null || bytes - OVERHEAD_BYTES < total) return null
    const payload = new Uint8Array(total)
    const isSet = new Uint8Array(total)
    for (const part of parts) this.#lay(part, payload, isSet)
    return isSet.includes(0) ? null : payload
  }

  #lay({ bytes, offset }: Part, payload: Uint8Array, isSet: Uint8Array): void {
    let isConflict = false
    for (let at = 0; at < bytes.length && offset + at < payload.length; at++) {
      const value = bytes[at] ?? 0
      if (isSet[offset + at] === 1) isConflict ||= payload[offset + at] !== value
      else {
        payload[offset + at] = value
        isSet[offset + at] = 1
      }
    }
    if (isConflict) this.conflicts++
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
    this.#bytes -= this.#datagrams.get(key)?.bytes ?? 0
    this.#datagrams.delete(key)
  }
}
