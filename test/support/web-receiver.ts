// A web server on loopback that notes what it is sent and answers as it is told, badly too.

import { once } from 'node:events'
import {
  createServer,
  type IncomingHttpHeaders,
  type RequestListener,
  type Server,
} from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { afterAll } from 'vitest'
import type { Certificate } from './certificates.ts'

export interface Posted {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

type Answering = (response: Parameters<RequestListener>[1]) => void

export const status =
  (code: number, text = '', headers: Readonly<Record<string, string>> = {}): Answering =>
  response => {
    response.writeHead(code, headers).end(text)
  }

export class WebReceiver {
  answer: Answering = status(204)
  readonly posted: Posted[] = []
  readonly #server: Server
  readonly #isTls: boolean
  #port = 0

  private constructor(certificate: Certificate | null) {
    const take: RequestListener = async (request, response) => {
      const pieces: Buffer[] = []
      for await (const piece of request) pieces.push(piece)
      const { method = '', url: path = '', headers } = request
      this.posted.push({ method, path, headers, body: Buffer.concat(pieces).toString() })
      this.answer(response)
    }
    this.#isTls = certificate !== null
    this.#server =
      certificate === null ? createServer(take) : createTlsServer({ ...certificate }, take)
  }

  static async begin(certificate: Certificate | null = null): Promise<WebReceiver> {
    const receiver = new WebReceiver(certificate)
    await receiver.start()
    afterAll(() => receiver.stop())
    return receiver
  }

  get url(): string {
    return `http${this.#isTls ? 's' : ''}://127.0.0.1:${this.#port}`
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
    this.#server.closeAllConnections()
    await once(this.#server, 'close')
  }
}
