// Says each state once: a child that fails every second for a night is one line, and not thirty thousand.

/** More things than a monitor has states of; beyond, everything is said. */
const THINGS_MAX = 1000

export class StateLog {
  readonly #states = new Map<string, string>()

  /** Says it where the thing's state is another than last time; its first state is said too. */
  change(thing: string, state: string, say: () => void): void {
    if (this.#states.get(thing) === state) return
    if (this.#states.size < THINGS_MAX || this.#states.has(thing)) this.#states.set(thing, state)
    say()
  }
}
