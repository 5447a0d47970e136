// Seeded random numbers: the sfc32 generator (Chris Doty-Humphrey, PractRand), so that a seed gives
// the same capture on every machine.

export class Random {
  private a: number
  private b: number
  private c: number
  private counter = 1

  constructor(seed: number) {
    this.a = seed | 0
    this.b = Math.imul(seed, 0x9e3779b1)
    this.c = 0x5eed
    for (let round = 0; round < 12; round++) this.word()
  }

  /** 32 random bits as an unsigned integer. */
  word(): number {
    const sum = (this.a + this.b + this.counter) | 0
    this.counter = (this.counter + 1) | 0
    this.a = this.b ^ (this.b >>> 9)
    this.b = (this.c + (this.c << 3)) | 0
    this.c = (((this.c << 21) | (this.c >>> 11)) + sum) | 0
    return sum >>> 0
  }

  /** An integer from 0 up to, not including, `limit`. */
  below(limit: number): number {
    return Math.floor((this.word() / 0x1_0000_0000) * limit)
  }

  /** A number from `low` up to, not including, `high`. */
  between(low: number, high: number): number {
    return low + (this.word() / 0x1_0000_0000) * (high - low)
  }

  /** True with the given probability, 0 to 1. */
  chance(probability: number): boolean {
    return this.word() < probability * 0x1_0000_0000
  }

  pick<Item>(items: readonly [Item, ...Item[]]): Item {
    return items[this.below(items.length)] ?? items[0]
  }
}
