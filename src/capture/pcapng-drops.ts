// What a capture says of its own losses: the counters of interface statistics blocks.
// draft-ietf-opsawg-pcapng, 4.6. They count from the beginning of the capture, so the last of each interface holds.

const INTERFACE_ID_AT = 8
const OPTIONS_AT = 20
const TRAILER_BYTES = 4
const OPTION_HEADER_BYTES = 4
/** Packets that the interface, and that the operating system, had no room for. */
const [ISB_IFDROP, ISB_OSDROP] = [5, 7]
const COUNTER_BYTES = 8

/** Where a block lies in memory as a whole. */
interface Place {
  readonly view: DataView
  readonly at: number
  readonly length: number
}

export class Drops {
  /** Of earlier sections. */
  #before = 0
  #isTold = false
  readonly #byInterface = new Map<number, number>()

  /** Packets that the capture lost, as far as it says so; null where it says nothing. */
  get dropped(): number | null {
    if (!this.#isTold) return null
    let dropped = this.#before
    for (const count of this.#byInterface.values()) dropped += count
    return dropped
  }

  /** Another section begins, with interfaces of its own. */
  beginSection(): void {
    this.#before = this.dropped ?? 0
    this.#byInterface.clear()
  }

  /** Takes in a statistics block, of one of so many interfaces. Options that are damaged end it. */
  take({ view, at, length }: Place, littleEndian: boolean, interfaces: number): void {
    const end = at + length - TRAILER_BYTES
    if (end < at + OPTIONS_AT) return
    const id = view.getUint32(at + INTERFACE_ID_AT, littleEndian)
    if (id >= interfaces) return
    let dropped: number | null = null
    let optionAt = at + OPTIONS_AT
    while (optionAt + OPTION_HEADER_BYTES <= end) {
      const code = view.getUint16(optionAt, littleEndian)
      const bytes = view.getUint16(optionAt + 2, littleEndian)
      const valueAt = optionAt + OPTION_HEADER_BYTES
      if (valueAt + bytes > end) break
      const isCounter = (code === ISB_IFDROP || code === ISB_OSDROP) && bytes === COUNTER_BYTES
      if (isCounter) dropped = (dropped ?? 0) + counter(view, valueAt, littleEndian)
      optionAt = valueAt + bytes + (-bytes & 3)
    }
    if (dropped === null) return
    this.#isTold = true
    this.#byInterface.set(id, dropped)
  }
}

/** 64 bits without a sign; all of them set says that nobody counted. */
function counter(view: DataView, at: number, littleEndian: boolean): number {
  const value = view.getBigUint64(at, littleEndian)
  return value === 0xffff_ffff_ffff_ffffn ? 0 : Number(value)
}
