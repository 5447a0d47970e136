// What is fed from the store: an InfluxDB, a route of alerts. Each is a cursor over it, and none waits for another.

/** The books of an output, of this process (L6): `enqueued = acked + pending + deadLettered + expired`. */
export interface OutputBooks {
  /** What was behind its cursor at the start, and what has come since. */
  readonly enqueued: number
  /** Taken by the receiver, who said so. */
  readonly acked: number
  readonly pending: number
  /** Refused for good, and kept in a file. */
  readonly deadLettered: number
  /**
   * Gone from the store before they could be sent, since its quota was used up or a file of it was damaged; or older than
   * the receiver keeps anything.
   */
  readonly expired: number
}

export const isOutputClosed = (books: OutputBooks): boolean =>
  books.enqueued === books.acked + books.pending + books.deadLettered + books.expired

export interface OutputState {
  readonly name: string
  readonly kind: 'influx' | 'route'
  /** Where it goes, without any secret: `http://127.0.0.1:8086/mpwatch`, `syslog+tls://siem:6514`. */
  readonly where: string
  readonly state: 'healthy' | 'degraded'
  /** What fails, since when, and what would help; null where nothing does. */
  readonly reason: string | null
  readonly books: OutputBooks
  /** When something was last delivered, by the monitor's own clock; null before. */
  readonly lastMs: number | null
  /** Tries that failed, of this process. */
  readonly retries: number
}

/** Something that is fed from the store, in a loop of its own. */
export interface Output {
  /** Entries of the journal up to this number are in its books; later ones it has not come to yet. */
  readonly looked: number
  /** How it fares. */
  state(): OutputState
  /** Until it is stopped; rejects for a fault of ours alone. */
  run(): Promise<void>
  /** There is something new in the store. */
  wake(): void
  /** Opens its file anew, where it has one. */
  reopen(): Promise<void>
  /** Ends what it does, within so many milliseconds; what is not sent stays in the store. */
  stop(graceMs: number): Promise<void>
}
