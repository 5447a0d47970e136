// Messages by TCP or TLS on a connection that is kept: RFC 6587, 3.4.1, and RFC 5425. Syslog has no answers, so what can
// be known is that the system took every byte and that the receiver had not closed by then; a receiver that dies with
// messages in its buffer loses them, and nobody is told.

import { readFile } from 'node:fs/promises'
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls, rootCertificates } from 'node:tls'
import { hostAndPort } from '../model/address.ts'
import { reasonOf } from './faults.ts'
import { withinMs } from './limits.ts'
import type { Line } from './line.ts'
import { octetCounted } from './syslog.ts'
import { DeliveryError } from './transport.ts'

const TRY_MS_MAX = 10_000
const KEEP_ALIVE_MS = 30_000
/** A receiver that closes answers what was written with a reset, within a round trip. */
const CLOSED_MS_MAX = 50

export interface StreamTarget {
  readonly transport: 'tcp' | 'tls'
  readonly host: string
  readonly port: number
  readonly caFile: string | null
}

export class Stream implements Line {
  readonly said = 'written, and the receiver kept the connection; syslog has no answers'
  readonly #target: StreamTarget
  #kept: Socket | null = null

  constructor(target: StreamTarget) {
    this.#target = target
  }

  async send(messages: readonly Buffer[], signal: AbortSignal): Promise<void> {
    const bytes = Buffer.concat(messages.map(octetCounted))
    const limit = withinMs(signal, TRY_MS_MAX)
    try {
      const isKept = isUsable(this.#kept)
      // What broke while nobody wrote says nothing about the receiver: one fresh try is part of this one.
      if (isKept && (await this.#written(bytes, limit).catch(() => false))) return
      limit.throwIfAborted()
      await this.#written(bytes, limit)
    } catch (error) {
      const { host, port } = this.#target
      throw new DeliveryError(
        `${hostAndPort(host, port)} does not take messages: ${reasonOf(error)}`,
      )
    }
  }

  async check(signal: AbortSignal): Promise<string | null> {
    try {
      const socket = await dialled(this.#target, withinMs(signal, TRY_MS_MAX))
      socket.destroy()
      return null
    } catch (error) {
      return reasonOf(error)
    }
  }

  close(): void {
    // A receiver that keeps its own side open must not keep the program running.
    this.#kept?.destroySoon()
    this.#kept = null
  }

  async #written(bytes: Buffer, signal: AbortSignal): Promise<true> {
    const socket = isUsable(this.#kept) ? this.#kept : await dialled(this.#target, signal)
    this.#kept = socket
    try {
      await written(socket, bytes, signal)
      return true
    } catch (error) {
      // Half a message may be on its way: whatever follows needs a connection of its own.
      socket.destroy()
      this.#kept = null
      throw error
    }
  }
}

const isUsable = (socket: Socket | null): socket is Socket =>
  socket?.writable === true && !socket.readableEnded && !socket.destroyed

/** A connection on which errors are expected, and what the receiver says is read and forgotten. */
async function dialled(target: StreamTarget, signal: AbortSignal): Promise<Socket> {
  const socket = await begun(target)
  const event = target.transport === 'tls' ? 'secureConnect' : 'connect'
  await new Promise<void>((resolve, reject) => {
    const fail = (error: unknown): void => {
      socket.destroy()
      reject(error)
    }
    const leave = (): void => fail(signal.reason)
    if (signal.aborted) return leave()
    signal.addEventListener('abort', leave, { once: true })
    socket.once('error', fail)
    socket.once('close', () => fail(closedEarly()))
    socket.once(event, () => {
      signal.removeEventListener('abort', leave)
      resolve()
    })
  })
  // Where nobody writes, an error means no more than that the connection is not usable any longer.
  socket.on('error', () => socket.destroy())
  socket.resume()
  return socket
}

async function begun({ transport, host, port, caFile }: StreamTarget): Promise<Socket> {
  const options = {
    host,
    port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_MS,
  }
  if (transport === 'tcp') return connectTcp(options)
  return connectTls({ ...options, ...(await trusted(caFile)), minVersion: 'TLSv1.2' })
}

/** The authorities that Node.js knows, and those of a file beside them. @throws DeliveryError that names the file. */
export async function trusted(caFile: string | null): Promise<{ readonly ca?: string[] }> {
  if (caFile === null) return {}
  try {
    return { ca: [...rootCertificates, await readFile(caFile, 'utf8')] }
  } catch (error) {
    throw new DeliveryError(`the authorities in ${caFile} cannot be read: ${reasonOf(error)}`)
  }
}

/** Kept when the system has taken every byte and the receiver has not closed a moment later. */
function written(socket: Socket, bytes: Buffer, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined
    const end = (fault: unknown): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', leave)
      for (const event of ['error', 'end', 'close']) socket.off(event, gone)
      if (fault === null) resolve()
      else reject(fault)
    }
    const gone = (error?: unknown): void => end(error instanceof Error ? error : closedEarly())
    const leave = (): void => end(signal.reason)
    if (signal.aborted) return leave()
    signal.addEventListener('abort', leave, { once: true })
    for (const event of ['error', 'end', 'close']) socket.on(event, gone)
    socket.write(bytes, error => {
      if (error) end(error)
      else timer = setTimeout(end, CLOSED_MS_MAX, null)
    })
  })
}

const closedEarly = (): DeliveryError => new DeliveryError('the receiver closed the connection')
