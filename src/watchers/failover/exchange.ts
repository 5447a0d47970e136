// What two servers say to each other without a pause: one exchange, small as a heartbeat or large as a burst
// of replication.

/** A pause of this length ends an exchange. */
export const QUIET_NS = 5e9
/** More payload than this, both ways together, is more than a heartbeat. */
export const SMALL_BYTES_MAX = 1024

/** Begun anew for each exchange of a connection, in place. */
export interface Exchange {
  isOpen: boolean
  firstNs: number
  lastNs: number
  /** When new payload was last sent. */
  dataNs: number
  clientBytes: number
  serverBytes: number
  hasClient: boolean
  hasServer: boolean
}

export const noExchange = (): Exchange => ({
  ...{ isOpen: false, firstNs: 0, lastNs: 0, dataNs: 0, clientBytes: 0, serverBytes: 0 },
  ...{ hasClient: false, hasServer: false },
})

export function begin(exchange: Exchange, ns: number): void {
  exchange.isOpen = true
  exchange.firstNs = exchange.lastNs = exchange.dataNs = ns
  exchange.clientBytes = exchange.serverBytes = 0
  exchange.hasClient = exchange.hasServer = false
}

export const isAnswered = ({ hasClient, hasServer }: Exchange): boolean => hasClient && hasServer

export const bytesOf = ({ clientBytes, serverBytes }: Exchange): number => clientBytes + serverBytes
