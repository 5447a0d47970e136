// The sockets of this process, told as they open and close, so that the monitor knows its own sessions where a mirror
// shows them (own-sessions.ts). Node publishes what a server accepts and each socket of UDP, on channels for
// diagnostics. Of what connects it publishes plain sockets alone and none of TLS, and when they fail nobody knows any
// more from which port they tried: so each is looked at where all of them begin, in `Socket.connect`.

import type { Socket as UdpSocket } from 'node:dgram'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { type Server, Socket } from 'node:net'
import type { OwnNews, OwnSession, SocketEnd } from '../model/own-session.ts'

type Tell = (news: OwnNews) => void

const ACCEPTED = 'net.server.socket'
const LISTENING = 'tracing:net.server.listen:asyncStart'
const DATAGRAMS = 'udp.socket'

/** Tells of each session of this process from now on, until it is ended. */
export function watchOwnSockets(tell: Tell): { end(): void } {
  const accepted = (message: unknown) => accept((message as { socket: Socket }).socket, tell)
  const listening = (message: unknown) => listen((message as { server: Server }).server, tell)
  const datagrams = (message: unknown) => bind((message as { socket: UdpSocket }).socket, tell)
  subscribe(ACCEPTED, accepted)
  subscribe(LISTENING, listening)
  subscribe(DATAGRAMS, datagrams)
  const endConnecting = watchConnecting(tell)
  return {
    end() {
      unsubscribe(ACCEPTED, accepted)
      unsubscribe(LISTENING, listening)
      unsubscribe(DATAGRAMS, datagrams)
      endConnecting()
    },
  }
}

/** Every socket that connects goes through here, whichever library made it; what it does stays as it is. */
function watchConnecting(tell: Tell): () => void {
  const { prototype } = Socket
  const { connect } = prototype
  prototype.connect = function watched(this: Socket, ...args: unknown[]) {
    dial(this, tell)
    return Reflect.apply(connect, this, args)
  } as typeof connect
  return () => {
    prototype.connect = connect
  }
}

/** A socket may try several addresses one after the other, each from a port of its own. */
function dial(socket: Socket, tell: Tell): void {
  const open = new Sessions(tell)
  socket.on('connectionAttempt', (address: string, port: number) => {
    // The port is given as soon as the SYN is sent, which is when this event has been heard by all.
    process.nextTick(() => open.begin('tcp', localOf(socket), { address, port }))
  })
  socket.once('close', () => open.end())
}

function accept(socket: Socket, tell: Tell): void {
  const { remoteAddress, remotePort } = socket
  if (remoteAddress === undefined || remotePort === undefined) return
  const open = new Sessions(tell)
  open.begin('tcp', localOf(socket), { address: remoteAddress, port: remotePort })
  socket.once('close', () => open.end())
}

/** Whom a server turns away, it has accepted before. */
function listen(server: Server, tell: Tell): void {
  server.on('drop', dropped => {
    const { localAddress = '', localPort = 0, remoteAddress = '', remotePort = 0 } = dropped ?? {}
    const open = new Sessions(tell)
    const remote = { address: remoteAddress, port: remotePort }
    open.begin('tcp', { address: localAddress, port: localPort }, remote)
    open.end()
  })
}

/** One that is not connected has no other end, and is not told; the monitor connects those by which it sends. */
function bind(socket: UdpSocket, tell: Tell): void {
  const open = new Sessions(tell)
  socket.on('connect', () => open.begin('udp', socket.address(), socket.remoteAddress()))
  socket.once('close', () => open.end())
}

const localOf = ({ localAddress = '', localPort = 0 }: Socket): SocketEnd => ({
  address: localAddress,
  port: localPort,
})

/** What one socket has opened. */
class Sessions {
  readonly #tell: Tell
  readonly #open: OwnSession[] = []

  constructor(tell: Tell) {
    this.#tell = tell
  }

  begin(transport: OwnSession['transport'], local: SocketEnd, remote: SocketEnd): void {
    // A socket of files has no ports, and one that was given up before it tried has none either.
    if (local.port === 0 || remote.port === 0) return
    const session = { transport, local: endOf(local), remote: endOf(remote) }
    this.#open.push(session)
    this.#tell({ kind: 'opened', session, atMs: Date.now() })
  }

  end(): void {
    for (const session of this.#open.splice(0))
      this.#tell({ kind: 'closed', session, atMs: Date.now() })
  }
}

const endOf = ({ address, port }: SocketEnd): SocketEnd => ({ address, port })

/** Whether the session never leaves the computer, and no mirror shows it. */
export const isLoopback = ({ local: { address } }: OwnSession): boolean =>
  /^(::ffff:)?127\./i.test(address) || address === '::1'
