// A session of the monitor itself, as its own sockets know it: to InfluxDB, to a receiver of alerts, with whoever asks
// for its page. Told by what no other session has at that time, and never by a port alone (requirements A-24).

export interface SocketEnd {
  /** As text, in the form that the system has for it. */
  readonly address: string
  readonly port: number
}

export interface OwnSession {
  readonly transport: 'tcp' | 'udp'
  /** The end at the monitor. */
  readonly local: SocketEnd
  readonly remote: SocketEnd
}

/** One session has begun, or is over. */
export interface OwnNews {
  readonly kind: 'opened' | 'closed'
  readonly session: OwnSession
  /** When, by the clock of the computer: Unix milliseconds, as the times of what is captured on it. */
  readonly atMs: number
}
