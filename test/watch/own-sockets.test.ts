// Goal: whatever opens a socket in this process, by whichever library, is told with both its ends, also where nobody
// answers. Method: real sockets on loopback; the other end says which port it saw.

import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer as createHttpServer, get } from 'node:http'
import { get as getByTls } from 'node:https'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { connect as connectByTls } from 'node:tls'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import type { OwnNews } from '../../src/model/own-session.ts'
import { isLoopback, watchOwnSockets } from '../../src/watch/own-sockets.ts'

const HOST = '127.0.0.1'
const servers: Server[] = []
let news: OwnNews[] = []
let watching = { end: () => {} }

beforeEach(() => {
  news = []
  watching = watchOwnSockets(one => news.push(one))
})
afterEach(() => watching.end())
afterAll(() => {
  for (const server of servers) server.close()
})

const portOf = (server: Server): number => (server.address() as AddressInfo).port

async function listening(server: Server): Promise<number> {
  servers.push(server)
  server.listen(0, HOST)
  await once(server, 'listening')
  return portOf(server)
}

/** A port of loopback on which nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, HOST)
  await once(server, 'listening')
  const port = portOf(server)
  server.close()
  await once(server, 'close')
  return port
}

/** Those that were opened towards that port, in the words `127.0.0.1:40000`. */
const openedTo = (port: number): readonly string[] =>
  news
    .filter(({ kind, session: { remote } }) => kind === 'opened' && remote.port === port)
    .map(({ session: { local } }) => `${local.address}:${local.port}`)

/** Whether all that was opened has been closed, once each. */
const areAllClosed = (): boolean => {
  const of = (kind: OwnNews['kind']) =>
    news
      .filter(one => one.kind === kind)
      .map(({ session }) => JSON.stringify(session))
      .toSorted()
      .join()
  return of('opened') === of('closed')
}

test('a connection has both ends, and so has the one that was accepted for it', async () => {
  const seen: string[] = []
  const port = await listening(
    createServer(socket => {
      seen.push(`${socket.remoteAddress}:${socket.remotePort}`)
      socket.end()
    }),
  )
  await once(connect(port, HOST).resume(), 'close')
  await expect.poll(areAllClosed).toBe(true)
  expect(openedTo(port)).toEqual(seen)
  const [accepted] = news.filter(({ session }) => session.local.port === port)
  expect(accepted?.session.remote).toEqual(
    news.find(({ session }) => session.remote.port === port)?.session.local,
  )
  expect(news.every(({ session }) => isLoopback(session))).toBe(true)
})

const FAILING: Readonly<Record<string, (port: number) => Promise<unknown>>> = {
  'a socket': port => closed(connect(port, HOST)),
  TLS: port => closed(connectByTls(port, HOST)),
  HTTP: port => failed(get({ host: HOST, port, path: '/ping' })),
  HTTPS: port => failed(getByTls({ host: HOST, port, path: '/ping' })),
  fetch: port => fetch(`https://${HOST}:${port}/`).catch(() => null),
}

const closed = (socket: Socket) =>
  new Promise(resolve => socket.on('error', () => {}).once('close', resolve))
const failed = (request: ReturnType<typeof get>) =>
  new Promise(resolve => request.once('error', resolve))

for (const [name, attempt] of Object.entries(FAILING))
  test(`an attempt that is refused is known by the port it came from: ${name}`, async () => {
    const port = await closedPort()
    for (let count = 0; count < 3; count++) await attempt(port)
    await expect.poll(areAllClosed).toBe(true)
    const opened = openedTo(port)
    expect(opened).toHaveLength(3)
    for (const local of opened) expect(local).toMatch(/^127\.0\.0\.1:[1-9]\d+$/)
  })

test('each address that a name has is tried from a port of its own', async () => {
  const port = await closedPort()
  const addresses = ['127.0.0.1', '127.0.0.2', '127.0.0.3']
  const socket = connect({
    ...{ host: 'several.example', port, autoSelectFamily: true },
    lookup: (_name, _options, answer) =>
      answer(
        null,
        addresses.map(address => ({ address, family: 4 })),
      ),
  })
  await closed(socket)
  const tried = news.filter(({ kind }) => kind === 'opened').map(({ session }) => session)
  expect(tried.map(({ remote }) => remote.address)).toEqual(addresses)
  expect(new Set(tried.map(({ local }) => local.port)).size).toBe(3)
})

test('whom a server turns away is told', async () => {
  const server = createHttpServer()
  server.maxConnections = 1
  const port = await listening(server)
  const first = connect(port, HOST)
  await once(first, 'connect')
  const second = connect(port, HOST)
  second.on('error', () => {})
  const local = await once(second, 'connect').then(() => second.localPort)
  await once(second.resume(), 'close')
  first.destroy()
  await expect.poll(areAllClosed).toBe(true)
  const from = news.filter(({ session }) => session.local.port === port)
  expect(from.map(({ session }) => session.remote.port)).toContain(local)
})

test('a socket of UDP is told when it is connected, before it sends', async () => {
  const receiver = createSocket('udp4').bind(0, HOST)
  await once(receiver, 'listening')
  const { port } = receiver.address()
  const sender = createSocket('udp4')
  sender.connect(port, HOST)
  await once(sender, 'connect')
  const local = sender.address()
  expect(openedTo(port)).toEqual([`${local.address}:${local.port}`])
  expect(news[0]?.session.transport).toBe('udp')
  sender.close()
  receiver.close()
  await once(receiver, 'close')
  await expect.poll(areAllClosed).toBe(true)
})

test('when it is ended, nothing more is told and sockets connect as before', async () => {
  watching.end()
  const port = await listening(createServer(socket => socket.end()))
  await once(connect(port, HOST).resume(), 'close')
  expect(news).toEqual([])
})
