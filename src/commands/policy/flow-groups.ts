// Flows by what they have in common, counted; bounded, since a scan of ports makes groups without end.

/** Groups that are kept apart. */
const GROUPS_MAX = 10_000

export interface Group<Key> {
  readonly key: Key
  readonly flows: number
}

export class FlowGroups<Key extends readonly string[]> {
  readonly #groups = new Map<string, { readonly key: Key; flows: number }>()
  /** Flows that came when every group was taken. */
  beyond = 0

  add(key: Key): void {
    const text = JSON.stringify(key)
    const known = this.#groups.get(text)
    if (known !== undefined) known.flows++
    else if (this.#groups.size < GROUPS_MAX) this.#groups.set(text, { key, flows: 1 })
    else this.beyond++
  }

  /** All groups, in the order in which their first flows came. */
  get groups(): readonly Group<Key>[] {
    return [...this.#groups.values()]
  }

  /** Flows in groups and beyond. */
  get flows(): number {
    return this.groups.reduce((sum, { flows }) => sum + flows, this.beyond)
  }
}
