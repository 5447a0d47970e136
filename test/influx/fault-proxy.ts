// A proxy in front of a server that does to single requests what networks and proxies do: it refuses them, cuts them off
// before or after they have arrived, or cuts off the answer.

import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { onTestFinished } from 'vitest'

const LATE_MS = 20

/**
 * `lost_answer`: what was written has arrived, and nobody says so; `half_answer`: half of the line that does;
 * `late_close`: the connection ends a moment after the answer, perhaps within the next request.
 */
export const FAULTS = ['503', '429', 'reset', 'lost_answer', 'half_answer', 'late_close'] as const
export type Fault = (typeof FAULTS)[number]

export interface FaultProxy {
  readonly url: string
  /** Requests to write, so far. */
  writes: number
  /** What happens to that request to write, counted from 0. */
  faultOf: (write: number) => Fault | null
}

/** Ended when the test is over. */
export async function beginProxy(target: string): Promise<FaultProxy> {
  const server = createServer((request, response) => {
    const isWrite = request.url?.startsWith('/write') ?? false
    const fault = isWrite ? proxy.faultOf(proxy.writes++) : null
    void pass(target, fault, request, response).catch(() => response.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a port is a number')
  const proxy: FaultProxy = {
    ...{ url: `http://127.0.0.1:${address.port}`, writes: 0, faultOf: () => null },
  }
  onTestFinished(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })
  return proxy
}

async function pass(
  target: string,
  fault: Fault | null,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  if (fault === 'reset') return void request.socket.resetAndDestroy()
  if (fault === '503' || fault === '429') {
    response.writeHead(Number(fault), { 'Retry-After': '0' }).end('come back later')
    return
  }
  const encoding = request.headers['content-encoding']
  const { status, body } = await forwarded(
    `${target}${request.url}`,
    Buffer.concat(chunks),
    encoding,
  )
  if (fault === 'lost_answer') return void request.socket.destroy()
  if (fault === 'half_answer') return void request.socket.end('HTTP/1.1 204 No Con')
  response.writeHead(status).end(body)
  if (fault === 'late_close') setTimeout(() => request.socket.destroy(), LATE_MS)
}

async function forwarded(url: string, body: Buffer, encoding: string | undefined) {
  const headers = encoding === undefined ? {} : { 'Content-Encoding': encoding }
  const answered = await fetch(url, { method: 'POST', body: new Uint8Array(body), headers })
  return { status: answered.status, body: answered.status === 204 ? '' : await answered.text() }
}
