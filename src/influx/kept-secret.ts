// A password or token that is read when it is first needed, and again after it was refused.

export class KeptSecret {
  readonly #read: () => Promise<string | null>
  #kept: Promise<string | null> | null = null

  constructor(read: () => Promise<string | null>) {
    this.#read = read
  }

  /** Null where there is none. Rejects where it cannot be read, and tries again the next time. */
  get(): Promise<string | null> {
    this.#kept ??= this.#read().catch(error => {
      this.#kept = null
      throw error
    })
    return this.#kept
  }

  forget(): void {
    this.#kept = null
  }
}
