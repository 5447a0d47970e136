// Receivers of alerts on loopback, real ones, with faults on demand. Each is closed when the tests of its file have ended.

import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { afterAll } from 'vitest'
import type { Certificate } from './certificates.ts'

/** What a receiver does with a connection. */
export type Manner = 'takes' | 'closes' | 'resets' | 'never reads'

export class StreamReceiver {
  manner: Manner = 'takes'
  connections = 0
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #pieces: Buffer[] = []
  #port = 0

  private constructor(certificate: Certificate | null) {
    const take = (socket: Socket): void => this.#take(socket)
    this.#server =
      certificate === null ? createServer(take) : createTlsServer({ ...certificate }, take)
    // A client that does not trust the certificate ends the handshake.
    this.#server.on('tlsClientError', () => {})
  }

  static async begin(certificate: Certificate | null = null): Promise<StreamReceiver> {
    const receiver = new StreamReceiver(certificate)
    await receiver.start()
    afterAll(() => receiver.stop())
    return receiver
  }

  get port(): number {
    return this.#port
  }

  get received(): Buffer {
    return Buffer.concat(this.#pieces)
  }

  /** On the port that it had before. */
  async start(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1')
    await once(this.#server, 'listening')
    const address = this.#server.address()
    if (address !== null && typeof address !== 'string') this.#port = address.port
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return
    this.#server.close()
    this.drop()
    await once(this.#server, 'close')
  }

  /** Closes every connection, as a receiver does that is started anew. */
  drop(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  #take(socket: Socket): void {
    this.connections++
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
    socket.on('error', () => {})
    if (this.manner === 'closes') socket.end()
    else if (this.manner === 'resets') socket.once('data', () => socket.resetAndDestroy())
    else if (this.manner === 'never reads') socket.pause()
    else socket.on('data', piece => this.#pieces.push(piece))
  }
}

/** Datagrams in the order in which they came. */
export async function datagramReceiver() {
  const socket = createSocket('udp4')
  const messages: Buffer[] = []
  socket.on('message', message => messages.push(message))
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  afterAll(() => {
    socket.close()
  })
  return { port: socket.address().port, messages }
}
