// The interfaces that a section of a pcapng file describes: what packets on them look like and how their
// times are to be read. draft-ietf-opsawg-pcapng, 4.2. Names and the like are passed over: nothing uses them.

import { isCountable, resolutionText, Ticks } from './ticks.ts'

/** Interfaces of a section; 17 bytes each, so that the largest number of them takes about a megabyte. */
const INTERFACES_MAX = 65_536

const LINK_AT = 8
const SNAPLEN_AT = 12
const OPTIONS_AT = 16
const TRAILER_BYTES = 4
const OPTION_HEADER_BYTES = 4

const END_OF_OPTIONS = 0
const IF_TSRESOL = 9
const IF_TSOFFSET = 14

const MICROSECONDS = 6
/** Where no if_tsresol byte can be: the interface's times cannot be read. */
const UNKNOWN = 0xff

/** Where the block of an interface lies. */
interface Block {
  readonly view: DataView
  readonly at: number
  readonly length: number
  readonly littleEndian: boolean
}

interface Options {
  resolution: number
  /** Seconds to be added to every time of the interface. */
  offset: number
  fault: string | null
}

export class Interfaces {
  count = 0
  private links = new Int32Array(4)
  private snaplens = new Uint32Array(4)
  private resolutions = new Uint8Array(4)
  private offsets = new Float64Array(4)
  /** By resolution. */
  private readonly ticks: (Ticks | undefined)[] = []

  /**
   * Takes in an interface description block, whose fixed part is there. What is wrong with it, in words,
   * or null: an interface that is described badly still counts, since packets name it by its number.
   */
  add(block: Block): string | null {
    if (this.count === INTERFACES_MAX)
      return `the section describes more than ${INTERFACES_MAX} interfaces`
    if (this.count === this.links.length) this.grow()
    const { view, at, littleEndian } = block
    const { resolution, offset, fault } = optionsOf(block)
    this.links[this.count] = view.getUint16(at + LINK_AT, littleEndian)
    this.snaplens[this.count] = view.getUint32(at + SNAPLEN_AT, littleEndian)
    this.resolutions[this.count] = resolution
    this.offsets[this.count] = offset
    this.count += 1
    return fault
  }

  /** LINKTYPE of the packets of an interface that is described. */
  link(id: number): number {
    return this.links[id] ?? 0
  }

  /** Most bytes kept of a packet; 0 for no limit. */
  snaplen(id: number): number {
    return this.snaplens[id] ?? 0
  }

  offset(id: number): number {
    return this.offsets[id] ?? 0
  }

  /** What reads the interface's times; undefined where they cannot be read. */
  clock(id: number): Ticks | undefined {
    const resolution = this.resolutions[id] ?? UNKNOWN
    if (resolution === UNKNOWN) return undefined
    const known = this.ticks[resolution]
    if (known !== undefined) return known
    const ticks = new Ticks(resolution)
    this.ticks[resolution] = ticks
    return ticks
  }

  private grow(): void {
    const size = 2 * this.links.length
    this.links = copied(this.links, new Int32Array(size))
    this.snaplens = copied(this.snaplens, new Uint32Array(size))
    this.resolutions = copied(this.resolutions, new Uint8Array(size))
    this.offsets = copied(this.offsets, new Float64Array(size))
  }
}

function copied<Column extends { set(from: ArrayLike<number>): void }>(
  from: ArrayLike<number>,
  to: Column,
): Column {
  to.set(from)
  return to
}

/** The two options that time depends on, up to the first that is wrong. */
function optionsOf({ view, at, length, littleEndian }: Block): Options {
  const options: Options = { resolution: MICROSECONDS, offset: 0, fault: null }
  const end = at + length - TRAILER_BYTES
  const seen = new Set<number>()
  let optionAt = at + OPTIONS_AT
  while (optionAt < end && options.fault === null) {
    // Lengths of blocks and options are whole multiples of four bytes, so an option's header is whole.
    const code = view.getUint16(optionAt, littleEndian)
    const bytes = view.getUint16(optionAt + 2, littleEndian)
    const valueAt = optionAt + OPTION_HEADER_BYTES
    optionAt = valueAt + bytes + (-bytes & 3)
    if (optionAt > end)
      return { ...options, fault: `option ${code} of ${bytes} bytes goes past its block` }
    if (code === END_OF_OPTIONS) {
      if (bytes !== 0) options.fault = `the end of options has a length of ${bytes}`
      return options
    }
    if (code !== IF_TSRESOL && code !== IF_TSOFFSET) continue
    if (seen.has(code)) options.fault = `option ${nameOf(code)} stands there twice`
    else take(options, code, { view, at: valueAt, length: bytes, littleEndian })
    seen.add(code)
  }
  return options
}

function take(options: Options, code: number, value: Block): void {
  const { view, at, length, littleEndian } = value
  const bytes = code === IF_TSRESOL ? 1 : 8
  if (length !== bytes) {
    if (code === IF_TSRESOL) options.resolution = UNKNOWN
    options.fault = `option ${nameOf(code)} has ${length} bytes and not ${bytes}`
  } else if (code === IF_TSOFFSET) {
    options.offset = Number(view.getBigInt64(at, littleEndian))
  } else {
    const resolution = view.getUint8(at)
    options.resolution = isCountable(resolution) ? resolution : UNKNOWN
    if (!isCountable(resolution))
      options.fault = `option if_tsresol says ${resolutionText(resolution)}, finer than times can count`
  }
}

const nameOf = (code: number): string => (code === IF_TSRESOL ? 'if_tsresol' : 'if_tsoffset')
