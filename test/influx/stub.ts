// A server that says whatever it is told to say, byte for byte, to each request that has arrived whole.

import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

export type Behaviour = (socket: Socket, request: string) => void

export interface Stub {
  readonly url: string
  /** Heads and bodies as they came, Latin-1. */
  readonly requests: string[]
  /** Connections that were made. */
  connections: number
}

/** Ended when the test is over. */
export async function beginStub(behave: Behaviour): Promise<Stub> {
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    stub.connections += 1
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    let come = ''
    socket.on('data', bytes => {
      come += bytes.toString('latin1')
      const whole = wholeRequest(come)
      if (whole === null) return
      come = come.slice(whole.length)
      stub.requests.push(whole)
      behave(socket, whole)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a port is a number')
  const stub: Stub = { url: `http://127.0.0.1:${address.port}`, requests: [], connections: 0 }
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
    await once(server, 'close')
  })
  return stub
}

function wholeRequest(text: string): string | null {
  const headEnd = text.indexOf('\r\n\r\n')
  if (headEnd < 0) return null
  const length = Number(/^content-length: (\d+)/im.exec(text.slice(0, headEnd))?.[1])
  if (Number.isNaN(length)) {
    // In chunks, of which the last is empty.
    const end = text.indexOf('\r\n0\r\n\r\n', headEnd)
    return end < 0 ? null : text.slice(0, end + 7)
  }
  const end = headEnd + 4 + length
  return text.length < end ? null : text.slice(0, end)
}

/** A whole answer, after which the connection stays. */
export const says =
  (status: string, body = '', headers: readonly string[] = []): Behaviour =>
  socket =>
    socket.write(
      [
        `HTTP/1.1 ${status}`,
        ...headers,
        ...(status.startsWith('204') ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]),
        '',
        body,
      ].join('\r\n'),
    )
