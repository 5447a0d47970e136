// Values by two names: look-ups without making a string of both, since every flow asks.

export class PairTable<Value> {
  readonly #rows = new Map<string, Map<string, Value>>()

  get(one: string, other: string): Value | undefined {
    return this.#rows.get(one)?.get(other)
  }

  /** The value of the pair; `make` gives it when there is none yet. */
  take(one: string, other: string, make: () => Value): Value {
    const row = this.#rows.get(one) ?? new Map<string, Value>()
    if (row.size === 0) this.#rows.set(one, row)
    const known = row.get(other)
    if (known !== undefined) return known
    const value = make()
    row.set(other, value)
    return value
  }

  clear(): void {
    this.#rows.clear()
  }
}
