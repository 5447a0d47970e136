// A memory of bounded size for what was noted lately: two generations, of which the older one is forgotten
// whole when the younger is full. Nothing is searched for the oldest entry, which is what a Map is slow at.

export class Recent<Key, Value> {
  readonly #half: number
  #young = new Map<Key, Value>()
  #old = new Map<Key, Value>()

  /** Keeps at least half as many entries as `max`, and never more than that. */
  constructor(max: number) {
    this.#half = Math.max(1, Math.floor(max / 2))
  }

  /** Entries at the most: one that was noted twice may count twice. */
  get size(): number {
    return this.#young.size + this.#old.size
  }

  get(key: Key): Value | undefined {
    return this.#young.get(key) ?? this.#old.get(key)
  }

  set(key: Key, value: Value): void {
    if (this.#young.size >= this.#half && !this.#young.has(key)) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(key, value)
  }

  delete(key: Key): void {
    this.#young.delete(key)
    this.#old.delete(key)
  }
}
