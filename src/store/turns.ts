// One piece of work after the other, in the order in which they came.

export class Turns {
  private last: Promise<unknown> = Promise.resolve()

  take<T>(work: () => Promise<T>): Promise<T> {
    const result = this.last.then(work)
    // Whoever asked is told of a failure; whoever is next is not.
    this.last = result.catch(() => {})
    return result
  }
}
