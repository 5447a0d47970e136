// Timestamps of pcapng: 64-bit counts of ticks, whose length each interface states (if_tsresol). They become
// whole seconds and whole nanoseconds, exactly; what lies below a nanosecond is cut off.
// draft-ietf-opsawg-pcapng, 4.2 and 4.3.

const BINARY = 0x80
const EXPONENT = 0x7f

// Above these exponents a second has more ticks than 64 bits can count.
const BINARY_MAX = 63
const DECIMAL_MAX = 19

const NANOS_PER_SECOND = 1_000_000_000n
const EXACT_MAX = 2n ** 53n
const LOW_TICKS = 2 ** 32

/** Whether `resolution`, the byte of an if_tsresol option, is one that 64 bits can count. */
export const isCountable = (resolution: number): boolean =>
  (resolution & EXPONENT) <= ((resolution & BINARY) === 0 ? DECIMAL_MAX : BINARY_MAX)

/** `10^-6`, `2^-64`: a resolution in words. */
export const resolutionText = (resolution: number): string =>
  `${(resolution & BINARY) === 0 ? 10 : 2}^-${resolution & EXPONENT}`

/** Converts counts of one resolution. The result stands in the object, so that nothing is allocated. */
export class Ticks {
  seconds = 0
  nanos = 0
  private readonly perSecond: bigint
  /** The same as a double, where a rest of ticks and the low half of a count stay exact in one. */
  private readonly fastPerSecond: number | null
  /** 0 where a tick is no whole number of nanoseconds. */
  private readonly nanosPerTick: number
  // The high half changes every few seconds at the most, so its share is worked out once.
  private high = -1
  private highSeconds = 0
  private highTicks = 0

  /** `resolution` as in if_tsresol, and countable. */
  constructor(resolution: number) {
    this.perSecond = ((resolution & BINARY) === 0 ? 10n : 2n) ** BigInt(resolution & EXPONENT)
    const isFast = (this.perSecond + BigInt(LOW_TICKS)) * 2n < EXACT_MAX
    this.fastPerSecond = isFast ? Number(this.perSecond) : null
    const isWhole = NANOS_PER_SECOND % this.perSecond === 0n
    this.nanosPerTick = isWhole ? Number(NANOS_PER_SECOND / this.perSecond) : 0
  }

  /** Sets `seconds` and `nanos` to what the two 32-bit halves of a count come to. */
  convert(high: number, low: number): void {
    if (this.fastPerSecond === null) {
      this.convertSlowly((BigInt(high) << 32n) + BigInt(low))
      return
    }
    if (high !== this.high) this.setHigh(high)
    const ticks = this.highTicks + low
    const carry = Math.floor(ticks / this.fastPerSecond)
    this.seconds = this.highSeconds + carry
    this.nanos = this.nanosOf(ticks - carry * this.fastPerSecond, this.fastPerSecond)
  }

  private setHigh(high: number): void {
    const ticks = BigInt(high) << 32n
    this.high = high
    this.highSeconds = Number(ticks / this.perSecond)
    this.highTicks = Number(ticks % this.perSecond)
  }

  /** `ticks` are less than a second's. Scaling is exact only while numbers stay below 2^53. */
  private nanosOf(ticks: number, perSecond: number): number {
    if (this.nanosPerTick > 0) return ticks * this.nanosPerTick
    const product = ticks * 1e9
    if (product <= Number.MAX_SAFE_INTEGER) return Math.floor(product / perSecond)
    return Number((BigInt(ticks) * NANOS_PER_SECOND) / this.perSecond)
  }

  private convertSlowly(ticks: bigint): void {
    this.seconds = Number(ticks / this.perSecond)
    this.nanos = Number(((ticks % this.perSecond) * NANOS_PER_SECOND) / this.perSecond)
  }
}
