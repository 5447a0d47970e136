// The connections between MeetingPlace servers, followed packet by packet for those who read something from
// it: each packet is taken in once, and then shown to all of them.

import type { Connection, WatchedPacket } from '../../model/sighting.ts'
import type { JudgedFlow } from '../../model/verdict.ts'
import type { Watcher } from '../watcher.ts'
import {
  emptyStep,
  type Followed,
  follow,
  type Host,
  isSame,
  loseTrack,
  type Step,
  take,
} from './followed.ts'
import { Listening } from './listening.ts'

/** Connections that are followed at once. */
const FOLLOWED_MAX = 16_384
/** The kernel forgets a flow after so long, and may do so without a word. */
const DORMANT_NS = 24 * 3600e9
const SWEEP_NS = 60e9

/** What followers share. */
export interface Around {
  readonly listening: Listening
  /** When whoever has this name was last heard, -Infinity for never. */
  heardNs(name: string): number
}

/** Reads something from the packets of followed connections. */
export interface Follower extends Omit<Watcher, 'packet' | 'arp' | 'sourced' | 'recordEnded'> {
  /** A connection is followed from here on. */
  opened?(followed: Followed): void
  /** A packet of it; `step` says what it did, and is valid during the call. */
  moved?(followed: Followed, packet: WatchedPacket, step: Step): void
  /** It is not followed any more; `judged` is its last record, where there was one. */
  closed?(followed: Followed, judged: JudgedFlow | null): void
  /** So many connections were not followed, for want of room. */
  missed?(count: number): void
}

export class Connections implements Watcher {
  readonly #followers: readonly Follower[]
  /** Those that want to hear of connections that are not followed, too. */
  readonly #hearing: readonly (Follower & Required<Pick<Follower, 'connected'>>)[]
  readonly #followed = new Map<number, Followed>()
  readonly #hosts = new Map<string, Host>()
  readonly #listening = new Listening()
  #step: Step | null = null
  #sweptNs = Number.NEGATIVE_INFINITY
  #missed = 0

  constructor(followers: (around: Around) => readonly Follower[]) {
    this.#followers = followers({
      listening: this.#listening,
      heardNs: name => this.#hosts.get(name)?.heardNs ?? Number.NEGATIVE_INFINITY,
    })
    this.#hearing = this.#followers.filter(
      (one): one is Follower & Required<Pick<Follower, 'connected'>> => 'connected' in one,
    )
  }

  connected(connection: Connection): void {
    const { client, server, timeNs, flow, transport } = connection
    if (client.node !== null) hear(this.#host(client.name), timeNs)
    // What answers by TCP may be a filter's reset; its packets or its record will tell.
    if (transport !== 'tcp' && server.node !== null) hear(this.#host(server.name), timeNs)
    for (const follower of this.#hearing) follower.connected(connection)
    if (!client.isMeetingPlace || !server.isMeetingPlace) return
    const known = this.#followed.get(flow)
    if (known !== undefined && isSame(known.connection, connection)) return
    if (known !== undefined) this.#close(flow, known, null)
    if (!this.#hasRoom(timeNs)) {
      this.#missed += 1
      return
    }
    const followed = follow(connection, [this.#host(client.name), this.#host(server.name)])
    followed.listenedNs = this.#listening.totalNs
    this.#followed.set(flow, followed)
    for (const follower of this.#followers) follower.opened?.(followed)
  }

  packet(packet: WatchedPacket): void {
    const followed = this.#followed.get(packet.flow)
    if (followed === undefined) return
    this.#step ??= emptyStep(followed)
    take(followed, packet, this.#step, this.#listening.totalNs)
    for (const follower of this.#followers) follower.moved?.(followed, packet, this.#step)
  }

  recordEnded(judged: JudgedFlow, flow: number, isFinal: boolean): void {
    if (!isFinal) return
    const followed = this.#followed.get(flow)
    if (followed !== undefined) this.#close(flow, followed, judged)
  }

  ended(judged: JudgedFlow): void {
    const { client, server, verdict } = judged
    const { toServer, toClient, firstNs, lastNs } = judged.flow
    const isBothWays = toServer.packets > 0 && toClient.packets > 0
    const ns = isBothWays ? firstNs : lastNs
    if (toServer.packets > 0) hear(this.#host(client.name), ns)
    const isOwn = verdict.outcome.state !== 'blocked'
    if (toClient.packets > 0 && isOwn) hear(this.#host(server.name), ns)
    for (const follower of this.#followers) follower.ended?.(judged)
  }

  tick(nowNs: number): void {
    this.#listening.tick(nowNs)
    for (const follower of this.#followers) follower.tick?.(nowNs)
  }

  quiet(nowNs: number): void {
    for (const follower of this.#followers) follower.quiet?.(nowNs)
  }

  /** What was under way may have been acknowledged meanwhile, and who was silent may have spoken. */
  interrupted(): void {
    this.#listening.interrupt()
    for (const followed of this.#followed.values()) loseTrack(followed, this.#listening.totalNs)
    for (const follower of this.#followers) follower.interrupted?.()
  }

  finish(firstNs: number, nowNs: number): void {
    for (const [flow, followed] of [...this.#followed]) this.#close(flow, followed, null)
    for (const follower of this.#followers) {
      if (this.#missed > 0) follower.missed?.(this.#missed)
      follower.finish?.(firstNs, nowNs)
    }
  }

  #host(name: string): Host {
    const known = this.#hosts.get(name)
    if (known !== undefined) return known
    const host = { name, heardNs: Number.NEGATIVE_INFINITY }
    this.#hosts.set(name, host)
    return host
  }

  #close(flow: number, followed: Followed, judged: JudgedFlow | null): void {
    this.#followed.delete(flow)
    for (const follower of this.#followers) follower.closed?.(followed, judged)
  }

  /** Where there is none, those that the kernel must have forgotten go, which is looked for once a minute. */
  #hasRoom(nowNs: number): boolean {
    if (this.#followed.size < FOLLOWED_MAX) return true
    if (nowNs - this.#sweptNs < SWEEP_NS) return false
    this.#sweptNs = nowNs
    for (const [flow, followed] of [...this.#followed])
      if (nowNs - followed.lastNs > DORMANT_NS) this.#close(flow, followed, null)
    return this.#followed.size < FOLLOWED_MAX
  }
}

function hear(host: Host, ns: number): void {
  host.heardNs = Math.max(host.heardNs, ns)
}
