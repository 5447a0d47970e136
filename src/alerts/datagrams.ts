// Messages by UDP, RFC 5426: one datagram each. Nothing there says that one arrived; where a computer answers that
// nobody listens, that is noticed, and no more can be.

import { createSocket, type Socket } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { hostAndPort } from '../model/address.ts'
import { reasonOf } from './faults.ts'
import { unlessAborted, withinMs } from './limits.ts'
import type { Line } from './line.ts'
import { DeliveryError } from './transport.ts'

const TRY_MS_MAX = 10_000
/** How long an ICMP error is waited for. */
const REFUSED_MS_MAX = 50

export class Datagrams implements Line {
  readonly said = 'sent; UDP has no answers, so nobody knows whether it arrived'
  readonly #host: string
  readonly #port: number

  constructor(host: string, port: number) {
    this.#host = host
    this.#port = port
  }

  async send(messages: readonly Buffer[], signal: AbortSignal): Promise<void> {
    try {
      await this.#dialled(withinMs(signal, TRY_MS_MAX), async socket => {
        for (const message of messages) await sent(socket, message)
      })
    } catch (error) {
      const where = hostAndPort(this.#host, this.#port)
      throw new DeliveryError(`${where} cannot be sent to: ${reasonOf(error)}`)
    }
  }

  /** Only that the name is known, since nothing more can be learned without sending. */
  async check(signal: AbortSignal): Promise<string | null> {
    try {
      await this.#dialled(withinMs(signal, TRY_MS_MAX), async () => {})
      return null
    } catch (error) {
      return reasonOf(error)
    }
  }

  close(): void {
    // Each notice has a socket of its own.
  }

  /** A socket that is told of errors: connected, as far as UDP can be. */
  async #dialled(signal: AbortSignal, work: (socket: Socket) => Promise<void>): Promise<void> {
    const { address, family } = await unlessAborted(lookup(this.#host), signal)
    const socket = createSocket(family === 6 ? 'udp6' : 'udp4')
    try {
      const failed = once(socket, 'error', { signal }).then(([error]) => Promise.reject(error))
      failed.catch(() => {})
      socket.connect(this.#port, address)
      await Promise.race([once(socket, 'connect'), failed])
      const working = work(socket).then(() => pause(REFUSED_MS_MAX))
      await Promise.race([working, failed])
    } finally {
      socket.close()
    }
  }
}

const sent = (socket: Socket, message: Buffer): Promise<void> =>
  new Promise((resolve, reject) => {
    socket.send(message, error => (error === null ? resolve() : reject(error)))
  })
