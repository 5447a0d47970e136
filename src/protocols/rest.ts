// What is still to come of a message that was too long to be held, or of which the head was enough.

export class Rest {
  #ofClient = 0
  #ofServer = 0

  /** So many bytes of this side's message come later. */
  expect(isClient: boolean, bytes: number): void {
    if (isClient) this.#ofClient = bytes
    else this.#ofServer = bytes
  }

  /** How many of the bytes that are there belong to it, and are done with; 0 where a message begins. */
  passOver(isClient: boolean, there: number): number {
    const count = Math.min(there, isClient ? this.#ofClient : this.#ofServer)
    if (isClient) this.#ofClient -= count
    else this.#ofServer -= count
    return count
  }
}
