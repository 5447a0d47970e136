// Fragments -> datagrams, in bounded memory and capture time. RFC 791, 3.2; RFC 8200, 4.5; RFC 5722.
//
// Hosts differ in which of two overlapping fragments they believe. Where the bytes differ, a datagram has
// two readings: the first copy of each byte wins, or the last one does.

const TIMEOUT_NS = 30e9
const BYTES_MAX = 8 * 1024 * 1024
/** What a datagram costs besides its bytes, so that a flood of tiny fragments is bounded too. */
const OVERHEAD_BYTES = 1024

/** One part of a datagram. */
export interface Part<Frame> {
  /** Names the datagram: addresses, identification, protocol. */
  readonly key: string
  readonly offset: number
  readonly isLast: boolean
  /** The captured bytes of the part; copied if they are kept. */
  readonly bytes: Uint8Array
  /** The part was cut by the capture, so the datagram can never be whole. */
  readonly isCut: boolean
  /** IPv6: parts that overlap spoil the datagram (RFC 5722, 3). */
  readonly isStrict: boolean
  /** Most bytes that the datagram may carry. */
  readonly bytesMax: number
  readonly timeNs: number
  /** What brought the part. */
  readonly frame: Frame
}

/** A frame that waited, and the payload with which it goes on. */
export interface Late<Frame> {
  readonly frame: Frame
  readonly payload: Uint8Array
}

/** Whether two readings of a datagram belong to different flows. */
type IsOtherFlow<Frame> = (frame: Frame, one: Uint8Array, other: Uint8Array) => boolean

interface Datagram<Frame> {
  /** The first copy of each byte. */
  payload: Uint8Array
  /** The last copy of each byte, from the first contradiction on. */
  other: Uint8Array | null
  /** 1 for each byte of the payload that has come. */
  isSet: Uint8Array
  /** Bytes that have come, of `total` once the last part is known. */
  filled: number
  total: number | null
  readonly sinceNs: number
  /** The frame that brought the beginning, and another one that waits. */
  head: Frame | null
  spare: Frame | null
  /** Nothing more is taken up until the time is over. */
  isSpoilt: boolean
}

export class Reassembly<Frame> {
  readonly #datagrams = new Map<string, Datagram<Frame>>()
  readonly #isOtherFlow: IsOtherFlow<Frame>
  #late: Late<Frame>[] = []
  #bytes = 0
  /** Datagrams given up: too old, too large, too many, or inconsistent. */
  dropped = 0
  /** Parts that overlap what is there already with other bytes. */
  conflicts = 0
  /** IPv6 datagrams that no host may accept, since parts of them overlap. */
  spoilt = 0

  constructor(isOtherFlow: IsOtherFlow<Frame>) {
    this.#isOtherFlow = isOtherFlow
  }

  /** The payload of the datagram that this part completes, or null while something is missing. */
  add(part: Part<Frame>): Uint8Array | null {
    const datagram = this.#datagrams.get(part.key) ?? this.#begin(part)
    if (datagram.isSpoilt) return null
    const end = part.offset + part.bytes.length
    const isBeyond = datagram.total !== null && end > datagram.total
    if (end <= part.bytesMax) this.#lay(datagram, part, end)
    if (datagram.isSpoilt) return null
    if (!part.isCut && !isBeyond && end <= part.bytesMax) {
      if (part.isLast) datagram.total = end
      if (isWhole(datagram)) return this.#complete(part.key, datagram)
    }
    hold(datagram, part)
    const isHopeless = part.isCut || isBeyond || end > part.bytesMax || hasHole(datagram)
    if (isHopeless) this.#giveUp(part.key, datagram)
    else this.#makeRoom()
    return null
  }

  /** Gives up what has waited too long. Datagrams stand in the order of their first parts, by the clock. */
  expire(nowNs: number): void {
    for (const [key, datagram] of this.#datagrams) {
      // A clock that was set back makes them old as well.
      if (Math.abs(nowNs - datagram.sinceNs) <= TIMEOUT_NS) return
      this.#giveUp(key, datagram)
    }
  }

  /** Nothing more will come; whether a frame goes on after all. */
  giveUpAll(): boolean {
    for (const [key, datagram] of this.#datagrams) this.#giveUp(key, datagram)
    return this.#late.length > 0
  }

  /** The next frame that goes on after all. */
  nextLate(): Late<Frame> | undefined {
    return this.#late.shift()
  }

  #begin({ key, timeNs }: Part<Frame>): Datagram<Frame> {
    const nothing = new Uint8Array(0)
    const datagram: Datagram<Frame> = {
      ...{ payload: nothing, other: null, isSet: nothing, filled: 0, total: null },
      ...{ sinceNs: timeNs, head: null, spare: null, isSpoilt: false },
    }
    this.#datagrams.set(key, datagram)
    this.#bytes += OVERHEAD_BYTES
    return datagram
  }

  #lay(datagram: Datagram<Frame>, part: Part<Frame>, end: number): void {
    this.#resize(datagram, end, part.bytesMax)
    const { isConflict, isOverlap } = overlapOf(datagram, part)
    if (isConflict) this.conflicts++
    if (part.isStrict && isOverlap) {
      this.spoilt++
      this.#spoil(datagram)
      return
    }
    if (isConflict && datagram.other === null) {
      datagram.other = datagram.payload.slice()
      this.#bytes += datagram.payload.length
    }
    lay(datagram, part)
  }

  /** The name stays, so that later parts are known for what they are. */
  #spoil(datagram: Datagram<Frame>): void {
    this.#bytes -= bytesOf(datagram) - OVERHEAD_BYTES
    datagram.payload = datagram.isSet = new Uint8Array(0)
    datagram.other = null
    datagram.isSpoilt = true
  }

  /** Room for so many bytes; doubled, so that a datagram in many parts is copied a few times only. */
  #resize(datagram: Datagram<Frame>, bytes: number, bytesMax: number): void {
    const before = datagram.payload.length
    if (bytes <= before) return
    this.#bytes -= bytesOf(datagram)
    const size = Math.min(Math.max(bytes, 2 * before), bytesMax)
    datagram.payload = grown(datagram.payload, size)
    datagram.isSet = grown(datagram.isSet, size)
    if (datagram.other !== null) datagram.other = grown(datagram.other, size)
    this.#bytes += bytesOf(datagram)
  }

  /** The first reading is the answer; the other one goes on with a frame that waited. */
  #complete(key: string, datagram: Datagram<Frame>): Uint8Array {
    const { payload, other, head, spare } = datagram
    const total = datagram.total ?? 0
    this.#remove(key, datagram)
    const frame = head ?? spare
    this.#goOnAsOther(frame, payload.subarray(0, total), other)
    return payload.subarray(0, total)
  }

  /** The beginning may show a flow that must not stay hidden, whatever else is missing. */
  #giveUp(key: string, datagram: Datagram<Frame>): void {
    const { payload, other, head, spare, isSet, isSpoilt } = datagram
    this.#remove(key, datagram)
    if (isSpoilt) return
    this.dropped++
    if (head === null || isSet[0] !== 1) return
    const hole = isSet.indexOf(0)
    const bytes = hole < 0 ? isSet.length : hole
    this.#late.push({ frame: head, payload: payload.subarray(0, bytes) })
    this.#goOnAsOther(spare, payload.subarray(0, bytes), other)
  }

  /** The second reading goes on as well where it says something else. */
  #goOnAsOther(frame: Frame | null, payload: Uint8Array, other: Uint8Array | null): void {
    const reading = other?.subarray(0, payload.length)
    if (frame === null || reading === undefined) return
    if (this.#isOtherFlow(frame, payload, reading)) this.#late.push({ frame, payload: reading })
  }

  #makeRoom(): void {
    for (const [key, datagram] of this.#datagrams) {
      if (this.#bytes <= BYTES_MAX) return
      this.#giveUp(key, datagram)
    }
  }

  #remove(key: string, datagram: Datagram<Frame>): void {
    this.#bytes -= bytesOf(datagram)
    this.#datagrams.delete(key)
  }
}

const bytesOf = <Frame>({ payload, isSet, other }: Datagram<Frame>): number =>
  OVERHEAD_BYTES + payload.length + isSet.length + (other?.length ?? 0)

const isWhole = <Frame>({ filled, total, isSet }: Datagram<Frame>): boolean =>
  total !== null && filled >= total && !isSet.subarray(0, total).includes(0)

/** Enough bytes with a hole among them lie beyond the end: such a datagram contradicts itself. */
const hasHole = <Frame>({ filled, total }: Datagram<Frame>): boolean =>
  total !== null && filled >= total

function hold<Frame>(datagram: Datagram<Frame>, { offset, frame }: Part<Frame>): void {
  if (offset === 0 && datagram.head === null) datagram.head = frame
  else datagram.spare ??= frame
}

function grown(bytes: Uint8Array, size: number): Uint8Array {
  const larger = new Uint8Array(size)
  larger.set(bytes)
  return larger
}

/** A part that comes twice over is no overlap (RFC 8200, 4.5). */
function overlapOf<Frame>({ payload, isSet }: Datagram<Frame>, { bytes, offset }: Part<Frame>) {
  let known = 0
  let isConflict = false
  for (let at = 0; at < bytes.length; at++) {
    if (isSet[offset + at] !== 1) continue
    known++
    isConflict ||= payload[offset + at] !== bytes[at]
  }
  return { isConflict, isOverlap: isConflict || (known > 0 && known < bytes.length) }
}

function lay<Frame>(datagram: Datagram<Frame>, { bytes, offset }: Part<Frame>): void {
  const { payload, isSet } = datagram
  datagram.other?.set(bytes, offset)
  for (let at = 0; at < bytes.length; at++) {
    const place = offset + at
    if (isSet[place] === 1) continue
    payload[place] = bytes[at] ?? 0
    isSet[place] = 1
    datagram.filled++
  }
}
