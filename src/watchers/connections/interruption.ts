// S-06: what congestion does to the link between a Web Server and an Application Server. Resets after which
// a session begins anew, windows that stay shut, time-outs that double, and gaps in what comes evenly. None
// of them is a limit of the document, so a finding is low until the operator sets one.

import type { PacketRef } from '../../model/flow.ts'
import type { Placement } from '../../model/inventory.ts'
import { PairTable } from '../../model/pair-table.ts'
import type { Policy } from '../../model/policy.ts'
import type { WatchedPacket } from '../../model/sighting.ts'
import { duration } from '../../model/time.ts'
import type { Watch } from '../watcher.ts'
import { Backoff } from './backoff.ts'
import type { Around, Follower } from './connections.ts'
import { FLAG, type Followed, isApp, outstanding, type Side, type Step } from './followed.ts'
import { type Gap, Pulse } from './pulse.ts'

const STATEMENT = 'S-06'
/** The rows whose connections make the link. */
const ROWS: readonly string[] = ['I-06', 'I-12', 'I-32']
const RECONNECT_NS = 60e9
/** A window that is shut for less is how TCP paces a sender. */
const SHUT_NS_MIN = 1e9
/** Of a window, in place of the time since when it is shut. */
const [OPEN, SHUT_AND_TOLD] = [-1, -2]
const HOUR_NS = 3600e9
/** A limit above this is no limit. */
const TROUBLES_MAX = 1024

/** One session on the link. */
interface Session {
  readonly followed: Followed
  /** Requests and responses, so that a reset after a response breaks nothing. */
  readonly isDialogue: boolean
  backoffs: readonly [client: Backoff, server: Backoff]
  pulse: Pulse
  /** Since when the window of each side is shut, or one of the two above. */
  shutNs: [client: number, server: number]
  /** Nobody has answered yet but perhaps by a reset. */
  isNew: boolean
  isClientLast: boolean
  hasTrouble: boolean
}

/** What went wrong, and by which packet it is seen. */
interface Trouble {
  readonly says: string
  readonly firstNs: number
  readonly lastNs: number
  readonly packet: PacketRef | null
}

/** Two servers and the link between them. */
interface Pair {
  readonly web: Placement
  readonly app: Placement
  /** The latest reset of a session, by port. */
  readonly resets: Map<number, { readonly timeNs: number; readonly packet: PacketRef }>
  /** Of the last hour, no more than the limit asks for. */
  troubles: number[]
}

export class Interruption implements Follower {
  readonly #watch: Watch
  readonly #around: Around
  /** Whether the port is the link's, and whether it carries requests and responses. */
  readonly #ports: ReadonlyMap<number, boolean>
  /** Interruptions of an hour that are borne with; null until the operator says. */
  readonly #limit: number | null
  readonly #sessions = new Map<number, Session>()
  readonly #pairs = new PairTable<Pair>()
  #hasLink = false

  constructor(watch: Watch, around: Around) {
    this.#watch = watch
    this.#around = around
    this.#ports = portsOf(watch.policy)
    this.#limit = watch.policy.limits.find(({ id }) => id === STATEMENT)?.value ?? null
  }

  opened(followed: Followed): void {
    const { transport, serverPort, flow } = followed.connection
    const isDialogue = this.#ports.get(serverPort)
    if (followed.link !== 'web' || transport !== 'tcp' || isDialogue === undefined) return
    this.#hasLink = true
    this.#sessions.set(flow, {
      followed,
      isDialogue,
      backoffs: [new Backoff(), new Backoff()],
      pulse: new Pulse(),
      shutNs: [OPEN, OPEN],
      isNew: true,
      isClientLast: false,
      hasTrouble: false,
    })
  }

  moved(followed: Followed, packet: WatchedPacket, step: Step): void {
    if (followed.link !== 'web' || packet.tcp === null || followed.isUnheeded) return
    const session = this.#sessions.get(followed.connection.flow)
    if (session === undefined) return
    if ((packet.tcp.flags & FLAG.RST) !== 0) this.#reset(session, packet)
    else {
      if (session.isNew) this.#reconnected(followed, packet.timeNs)
      session.isNew = false
      this.#backoff(session, packet, step)
      this.#window(session, packet, step.from)
      if (step.newBytes > 1) this.#said(session, packet, step)
    }
  }

  closed({ connection, lastNs, isUnheeded }: Followed): void {
    const session = this.#sessions.get(connection.flow)
    if (session === undefined) return
    this.#sessions.delete(connection.flow)
    if (!session.hasTrouble && !isUnheeded) this.#watch.kept(STATEMENT, lastNs)
  }

  interrupted(): void {
    for (const session of this.#sessions.values()) {
      session.backoffs = [new Backoff(), new Backoff()]
      session.pulse = new Pulse()
      session.shutNs = [OPEN, OPEN]
      session.isClientLast = false
    }
  }

  missed(count: number): void {
    this.#watch.blind(
      STATEMENT,
      `${count} connections between servers were too many to be followed.`,
    )
  }

  finish(): void {
    if (this.#hasLink) return
    const reason = 'No session between a Web Server and an Application Server was seen both ways.'
    this.#watch.blind(STATEMENT, reason)
  }

  /** Resets that break off: nobody had closed, and something was still owed. */
  #reset(session: Session, { timeNs, packet }: WatchedPacket): void {
    const { followed, isDialogue, isClientLast, isNew } = session
    const { client, server, connection } = followed
    if (isNew || client.hasFinished || server.hasFinished) return
    const isOwed = outstanding(client) > 0 || outstanding(server) > 0 || isClientLast
    if (isDialogue && !isOwed) return
    session.hasTrouble = true
    this.#pairOf(followed).resets.set(connection.serverPort, { timeNs, packet: { ...packet } })
  }

  #reconnected(followed: Followed, timeNs: number): void {
    const { resets } = this.#pairOf(followed)
    const { serverPort } = followed.connection
    const reset = resets.get(serverPort)
    if (reset === undefined) return
    resets.delete(serverPort)
    const passedNs = timeNs - reset.timeNs
    if (passedNs > RECONNECT_NS) return
    this.#tell(followed, {
      says: `A session was reset at ${this.#watch.timeText(reset.timeNs)}, and begun anew ${duration(passedNs)} later.`,
      ...{ firstNs: reset.timeNs, lastNs: timeNs, packet: reset.packet },
    })
  }

  #backoff(session: Session, packet: WatchedPacket, step: Step): void {
    const { followed, backoffs } = session
    const backoff = backoffs[step.from === followed.client ? 0 : 1]
    if (!backoff.isBurst(packet, step)) return
    this.#trouble(session, {
      says: `${step.from.placement.name} sent the same data again and again until ${this.#watch.timeText(packet.timeNs)}, each time after twice the time.`,
      ...{ firstNs: backoff.firstNs, lastNs: packet.timeNs, packet: packet.packet },
    })
  }

  #window(session: Session, { timeNs, tcp, packet }: WatchedPacket, from: Side): void {
    if (tcp === null || (tcp.flags & (FLAG.SYN | FLAG.FIN)) !== 0) return
    const { shutNs, followed } = session
    const side = from === followed.client ? 0 : 1
    const sinceNs = shutNs[side]
    const isShut = tcp.window === 0
    if (sinceNs < 0 || timeNs - sinceNs < SHUT_NS_MIN) {
      if (!isShut) shutNs[side] = OPEN
      else if (sinceNs === OPEN) shutNs[side] = timeNs
      return
    }
    shutNs[side] = isShut ? SHUT_AND_TOLD : OPEN
    this.#trouble(session, {
      says: `${from.placement.name} had no room for more data for ${duration(timeNs - sinceNs)} from ${this.#watch.timeText(sinceNs)}: its window was zero.`,
      ...{ firstNs: sinceNs, lastNs: timeNs, packet },
    })
  }

  #said(session: Session, packet: WatchedPacket, { from }: Step): void {
    session.isClientLast = from === session.followed.client
    const gap = session.pulse.take(packet.timeNs, this.#around.listening.totalNs)
    if (gap !== null) this.#trouble(session, { ...this.#gapped(gap), packet: packet.packet })
  }

  #gapped({ fromNs, toNs, periodNs }: Gap): Omit<Trouble, 'packet'> {
    return {
      says: `What came every ${duration(periodNs)} stayed away for ${duration(toNs - fromNs)} from ${this.#watch.timeText(fromNs)}.`,
      ...{ firstNs: fromNs, lastNs: toNs },
    }
  }

  #trouble(session: Session, trouble: Trouble): void {
    session.hasTrouble = true
    this.#tell(session.followed, trouble)
  }

  #tell(followed: Followed, { says, firstNs, lastNs, packet }: Trouble): void {
    const pair = this.#pairOf(followed)
    if (!this.#isTooMuch(pair, lastNs)) return
    const { web, app } = pair
    this.#watch.observe({
      ...{ verdict: 'degraded', reason: 'interrupted', row: STATEMENT },
      ...{ source: web, destination: app, service: `tcp/${followed.connection.serverPort}` },
      ...{ confidence: 'probable', proofs: 1, firstNs, lastNs, flows: [] },
      title: `Sessions between ${web.name} and ${app.name} are interrupted`,
      fix: `Look for congestion and loss between ${web.name} and ${app.name}: queue drops and errors of the interfaces on the way, their duplex mode, and the load of both servers.`,
      expected: 'sessions that last, without resets, shut windows and repeated time-outs',
      why: [says],
      frames: packet === null ? [] : [{ timeNs: lastNs, packet: { ...packet }, says }],
    })
  }

  /** Without a limit each is told; with one, those above it within an hour. */
  #isTooMuch(pair: Pair, ns: number): boolean {
    if (this.#limit === null) return true
    pair.troubles.push(ns)
    const most = Math.min(TROUBLES_MAX, Math.floor(this.#limit) + 1)
    pair.troubles = pair.troubles.filter(at => ns - at < HOUR_NS).slice(-most)
    return pair.troubles.length > this.#limit
  }

  #pairOf({ connection: { client, server } }: Followed): Pair {
    const [web, app] = isApp(client) ? [server, client] : [client, server]
    return this.#pairs.take(web.name, app.name, () => ({
      web,
      app,
      resets: new Map(),
      troubles: [],
    }))
  }
}

function portsOf({ rows }: Policy): ReadonlyMap<number, boolean> {
  const ports = new Map<number, boolean>()
  for (const row of rows) {
    if (!ROWS.includes(row.id)) continue
    for (const { ports: range } of row.match)
      ports.set(range.first, row.app.expect.includes('http'))
  }
  return ports
}
