// Lets many through at the same time, or one alone.

export class Gate {
  #inside = new Set<Promise<unknown>>()
  #alone: Promise<unknown> = Promise.resolve()
  #isClosed = false

  /** Goes through together with others, as soon as nobody is alone. */
  async shared<Value>(work: () => Promise<Value>): Promise<Value> {
    while (this.#isClosed) await this.#alone
    return await this.#noted(work())
  }

  /** Waits until those inside have left, and keeps others out meanwhile. */
  async alone<Value>(work: () => Promise<Value>): Promise<Value> {
    while (this.#isClosed) await this.#alone
    this.#isClosed = true
    const done = this.#whenEmpty()
      .then(work)
      .finally(() => {
        this.#isClosed = false
      })
    this.#alone = done.catch(() => undefined)
    return await done
  }

  async #whenEmpty(): Promise<void> {
    await Promise.allSettled([...this.#inside])
  }

  #noted<Value>(work: Promise<Value>): Promise<Value> {
    this.#inside.add(work)
    const leave = () => this.#inside.delete(work)
    work.then(leave, leave)
    return work
  }
}
