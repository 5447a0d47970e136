// What every server of ours has: limits on time and connections, and an end within two seconds. What is no HTTP is
// answered by Node itself, which knows whether an answer to something before it is under way.

import { createServer, type RequestListener, type Server } from 'node:http'

const HEADERS_MS_MAX = 10_000
const REQUEST_MS_MAX = 30_000
const IDLE_MS_MAX = 5000
const CHECK_MS = 1000
const CLOSE_MS_MAX = 2000
const HEADER_BYTES_MAX = 16_384

/** A server that listens. */
export interface Served {
  /** Where, as one would type it. */
  readonly where: string
  /** Connections that were turned away since there were too many, or no file descriptor. */
  readonly refused: () => number
  /** Finishes what is being answered, for two seconds at the most. */
  close(): Promise<void>
}

/** Not yet listening. */
export function boundedServer(listener: RequestListener, connectionsMax: number): Server {
  const server = createServer(
    {
      headersTimeout: HEADERS_MS_MAX,
      requestTimeout: REQUEST_MS_MAX,
      keepAliveTimeout: IDLE_MS_MAX,
      connectionsCheckingInterval: CHECK_MS,
      maxHeaderSize: HEADER_BYTES_MAX,
    },
    listener,
  )
  server.maxConnections = connectionsMax
  return server
}

/** Of a server that listens. */
export function served(server: Server, where: string): Served {
  let refused = 0
  const turnedAway = () => {
    refused += 1
  }
  server.on('drop', turnedAway)
  // Of a connection that could not be taken, such as for want of file descriptors.
  server.on('error', turnedAway)
  return { where, refused: () => refused, close: () => closed(server) }
}

function closed(server: Server): Promise<void> {
  return new Promise(resolve => {
    const late = setTimeout(() => server.closeAllConnections(), CLOSE_MS_MAX)
    server.close(() => {
      clearTimeout(late)
      resolve()
    })
    server.closeIdleConnections()
  })
}
