// The monitor's own sessions, as far as they may still be seen on a mirror, so that they are not judged: whoever looks
// on does not accuse itself (requirements A-24). Others between the same addresses and on the same port are, since a
// session is known by both addresses and both ports. What a NAT on the way makes of them cannot be known.

import type { Ends } from './flows/record.ts'
import { parseAddress } from './model/address.ts'
import type { OwnNews, OwnSession, SocketEnd } from './model/own-session.ts'

/** Sessions that are known. */
const SESSIONS_MAX = 4096
/** Addresses at which the monitor has had sessions: a computer has few. */
const ADDRESSES_MAX = 64
/** After its end: the longest that a record waits for another packet is 600 s (kernel/lifetime.ts), and a minute more. */
const KEPT_MS = 660_000
/** How far the clock of a sensor and that of the computer may be apart. */
const APART_MS_MAX = 5000

const PROTOCOLS = { tcp: 6, udp: 17 } as const
const SYN = 'syn'

interface Known {
  readonly key: string
  readonly ports: number
  /** Null while it lasts. */
  closedMs: number | null
}

export class OwnSessions {
  /** By their ends, the one that was opened last at the end. */
  readonly #sessions = new Map<string, Known>()
  /** Those that are over, the one that ended first at the front. */
  readonly #closed = new Set<Known>()
  /** How many sessions have these two ports: most flows have none of them, and are done with by one look. */
  readonly #ports = new Map<number, number>()
  readonly #addresses = new Set<string>()

  learn({ kind, session, atMs }: OwnNews): void {
    const key = keyOfSession(session)
    if (key === null) return
    if (kind === 'opened') this.#open(key, session)
    else this.#close(key, atMs)
  }

  /** Whether any session has these ports; the cheap half of `has`. */
  hasPorts(one: number, other: number): boolean {
    return this.#ports.has(portsOf(one, other))
  }

  /**
   * Whether a flow of these ends, the first packet of which came then, is one of them. One that begins with a SYN
   * after such a session had closed is somebody else's, who was given its port: what is left of a session has none.
   */
  has({ protocol, low, high, orientation }: Ends, firstMs: number): boolean {
    const known = this.#sessions.get(keyOf(protocol, endText(low), endText(high)))
    if (known === undefined) return false
    const { closedMs } = known
    const isLater = closedMs !== null && firstMs > closedMs + APART_MS_MAX
    return !(isLater && orientation.basis === SYN)
  }

  /** Whether a flow is at the monitor's own computer: it may turn out to be a session that is told in a moment. */
  isAtHome({ low, high }: Ends): boolean {
    return this.#addresses.has(low.address.text) || this.#addresses.has(high.address.text)
  }

  /** Lets go of those of which nothing can be seen any more. */
  forget(nowMs: number): void {
    for (const known of this.#closed) {
      if (known.closedMs !== null && nowMs - known.closedMs < KEPT_MS) return
      this.#remove(known)
    }
  }

  #open(key: string, { local, remote }: OwnSession): void {
    const address = addressOf(local)?.text
    if (address !== undefined && this.#addresses.size < ADDRESSES_MAX) this.#addresses.add(address)
    const before = this.#sessions.get(key)
    if (before !== undefined) this.#remove(before)
    if (this.#sessions.size >= SESSIONS_MAX && !this.#makeRoom()) return
    const ports = portsOf(local.port, remote.port)
    this.#sessions.set(key, { key, ports, closedMs: null })
    this.#ports.set(ports, (this.#ports.get(ports) ?? 0) + 1)
  }

  #close(key: string, atMs: number): void {
    const known = this.#sessions.get(key)
    if (known === undefined || known.closedMs !== null) return
    known.closedMs = atMs
    this.#closed.add(known)
  }

  /** Who asks for the page again and again must not crowd out what lasts: only what is over gives way. */
  #makeRoom(): boolean {
    const [oldest] = this.#closed
    if (oldest === undefined) return false
    this.#remove(oldest)
    return true
  }

  #remove(known: Known): void {
    this.#sessions.delete(known.key)
    this.#closed.delete(known)
    const left = (this.#ports.get(known.ports) ?? 1) - 1
    if (left > 0) this.#ports.set(known.ports, left)
    else this.#ports.delete(known.ports)
  }
}

/** The same whichever of the two is the monitor's; the system keeps sessions of the same ends apart. */
function keyOfSession({ transport, local, remote }: OwnSession): string | null {
  const [one, other] = [socketText(local), socketText(remote)]
  return one === null || other === null ? null : keyOf(PROTOCOLS[transport], one, other)
}

const keyOf = (protocol: number, one: string, other: string): string =>
  one < other ? `${protocol} ${one} ${other}` : `${protocol} ${other} ${one}`

const portsOf = (one: number, other: number): number =>
  Math.min(one, other) * 65_536 + Math.max(one, other)

const MAPPED = /^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i

/** As flows have it: a socket of IPv6 has IPv4 in it, and link-local addresses have a zone. */
const addressOf = ({ address }: SocketEnd) =>
  parseAddress(address.replace(MAPPED, '').replace(/%.*$/, ''))

function socketText(end: SocketEnd): string | null {
  const address = addressOf(end)
  return address === undefined ? null : endText({ address, port: end.port })
}

const endText = ({ address, port }: Ends['low']): string => `${address.text} ${port}`
