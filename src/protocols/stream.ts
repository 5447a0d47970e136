// The beginning of one side of a TCP connection, in sequence order (RFC 9293, 3.4), whatever the order in
// which its segments come. What comes first stands; later copies that differ are counted.

/**
 * Most bytes of one side that are held in order, and as many that came too early: 64 KiB of a connection. A
 * TLS hello with keys and a certificate fit.
 */
export const STREAM_BYTES_MAX = 16_384
const PIECES_MAX = 16
/** No window is so large that a retransmission would come from further back. */
const REPEATED_BYTES_MAX = 16_777_216
const GROW_BYTES = 512
const NOTHING = new Uint8Array(0)

interface Piece {
  readonly sequence: number
  readonly bytes: Uint8Array
}

/** Most sides never have one, so that they share this. */
const NO_PIECES: readonly Piece[] = []

export class Stream {
  /** [0, filled) holds what is in order. */
  bytes = NOTHING
  filled = 0
  /** More cannot come: a gap that will not close, a snapped segment, or the limit. */
  isCut = false
  /** Segments that overlap what is there with other bytes. */
  conflicts = 0
  #base: number | null
  #isFirm: boolean
  #pieces: readonly Piece[] = NO_PIECES

  /** `base` is the sequence number of the first byte; null where the connection's beginning was not seen. */
  constructor(base: number | null) {
    this.#base = base
    this.#isFirm = base !== null
  }

  /** What is in order. */
  get content(): { readonly bytes: Uint8Array; readonly at: number; readonly end: number } {
    return { bytes: this.bytes, at: 0, end: this.filled }
  }

  /** Bytes of memory that it holds. */
  get held(): number {
    if (this.#pieces.length === 0) return this.bytes.length
    return this.#pieces.reduce((sum, { bytes }) => sum + bytes.length, this.bytes.length)
  }

  /** Whether these bytes are what comes next, and nothing else waits: they need not be copied to be read. */
  isNext(sequence: number): boolean {
    return this.filled === 0 && this.#pieces.length === 0 && this.#offset(sequence) === 0
  }

  /** Takes up a segment of which [at, end) was captured; `isSnapped` where it went on behind that. */
  add(sequence: number, bytes: Uint8Array, at: number, end: number, isSnapped: boolean): void {
    if (this.isCut) return
    this.#base ??= sequence
    if (!this.#isFirm && (sequence - this.#base) >> 31 !== 0) this.#beginBefore(sequence)
    const offset = this.#offset(sequence)
    if (offset > 0) this.#keep(sequence, this.#agreed(sequence, bytes.slice(at, end)))
    else if (this.#pieces.length === 0) this.#append(offset, bytes, at, end)
    else {
      const own = this.#agreed(sequence, bytes.slice(at, end))
      if (this.#append(offset, own, 0, own.length)) this.#join()
    }
    if (isSnapped && offset <= 0) this.isCut = true
  }

  /** The first bytes are done with. Only what follows is held from now on. */
  discard(count: number): void {
    this.#base = ((this.#base ?? 0) + count) | 0
    this.#isFirm = true
    this.bytes.copyWithin(0, count, this.filled)
    this.filled -= count
    if (this.filled === 0) this.bytes = NOTHING
    this.isCut = false
    this.#join()
  }

  /** Whether the other end has acknowledged what is missing here, so that it was sent and will not come. */
  isMissing(acknowledged: number): boolean {
    const isBehind = ({ sequence }: Piece) => ((sequence - acknowledged) | 0) <= 0
    return this.#pieces.length > 0 && this.#pieces.some(isBehind)
  }

  /** Gives back its memory; nothing more will be added. */
  release(): void {
    this.bytes = NOTHING
    this.filled = 0
    this.#pieces = NO_PIECES
    this.isCut = true
  }

  /** Goes on behind a gap, with the earliest of what came after it. */
  resume(): void {
    this.isCut = false
    this.bytes = NOTHING
    this.filled = 0
    const [first, ...others] = this.#pieces.toSorted(
      (one, other) => (one.sequence - other.sequence) | 0,
    )
    this.#base = first?.sequence ?? null
    this.#pieces = first === undefined ? NO_PIECES : [first, ...others]
    this.#join()
  }

  /** Passes over a segment that is done with as it is. */
  skip(sequence: number, count: number): void {
    this.#base = (sequence + count) | 0
    this.#isFirm = true
  }

  /** Whether bytes from here on were passed over before; not so long ago that numbers have come round. */
  isRepeated(sequence: number): boolean {
    const offset = this.#offset(sequence)
    return offset < 0 && offset >= -REPEATED_BYTES_MAX
  }

  /** From the next byte that is wanted to this sequence number. */
  #offset(sequence: number): number {
    return this.#base === null ? 0 : (sequence - this.#base - this.filled) | 0
  }

  /** Picked up in the middle: what seemed the beginning was not, since an earlier segment came late. */
  #beginBefore(sequence: number): void {
    if (this.filled > 0 && this.#base !== null)
      this.#wait({ sequence: this.#base, bytes: this.bytes.slice(0, this.filled) })
    this.#base = sequence
    this.filled = 0
  }

  /** Whether anything new came. */
  #append(offset: number, bytes: Uint8Array, at: number, end: number): boolean {
    const fresh = at - offset
    this.#compare(offset, bytes, at, Math.min(end, fresh))
    if (fresh >= end) return false
    const room = STREAM_BYTES_MAX - this.filled
    const count = Math.min(end - fresh, room)
    this.#reserve(this.filled + count)
    this.bytes.set(bytes.subarray(fresh, fresh + count), this.filled)
    this.filled += count
    if (end - fresh >= room) this.isCut = true
    return true
  }

  /** A retransmission says the same again; whoever wants to be read in two ways does not. */
  #compare(offset: number, bytes: Uint8Array, at: number, end: number): void {
    const known = this.filled + offset
    for (let index = Math.max(0, -known); at + index < end; index++)
      if (this.bytes[known + index] !== bytes[at + index]) {
        this.conflicts++
        return
      }
  }

  #keep(sequence: number, bytes: Uint8Array): void {
    const waiting = this.held - this.bytes.length
    const isFar = this.#offset(sequence) > STREAM_BYTES_MAX
    if (this.#pieces.length >= PIECES_MAX || isFar || waiting + bytes.length > STREAM_BYTES_MAX) {
      this.isCut = true
      return
    }
    this.#wait({ sequence, bytes })
  }

  #wait(piece: Piece): void {
    this.#pieces = [...this.#pieces, piece]
  }

  /** The bytes as they stand where earlier pieces, which wait for others, say something else. */
  #agreed(sequence: number, bytes: Uint8Array): Uint8Array {
    for (const piece of this.#pieces) {
      const shift = (piece.sequence - sequence) | 0
      let differs = false
      for (
        let at = Math.max(0, shift);
        at < bytes.length && at - shift < piece.bytes.length;
        at++
      ) {
        const first = piece.bytes[at - shift] as number
        differs ||= bytes[at] !== first
        bytes[at] = first
      }
      if (differs) this.conflicts++
    }
    return bytes
  }

  /** Takes up pieces that have become the next. */
  #join(): void {
    for (let count = this.#pieces.length; count > 0 && this.#pieces.length > 0; count--) {
      const index = this.#pieces.findIndex(({ sequence }) => this.#offset(sequence) <= 0)
      if (index < 0) return
      const piece = this.#pieces[index]
      if (piece === undefined) return
      this.#pieces = this.#pieces.toSpliced(index, 1)
      this.#append(this.#offset(piece.sequence), piece.bytes, 0, piece.bytes.length)
    }
  }

  #reserve(bytes: number): void {
    if (bytes <= this.bytes.length) return
    const size = Math.min(STREAM_BYTES_MAX, Math.max(bytes + GROW_BYTES, 2 * this.bytes.length))
    const grown = new Uint8Array(size)
    grown.set(this.bytes.subarray(0, this.filled))
    this.bytes = grown
  }
}
