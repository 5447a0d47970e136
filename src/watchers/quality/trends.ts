// How much faster the clocks of Web Servers run than those of Application Servers, by the timestamps of their
// connections.

import type { Side } from '../../model/quality.ts'
import type { Link } from '../../model/sighting.ts'
import { webAndApp } from '../limits.ts'
import { Timestamps, type Trend } from './trend.ts'

const CONNECTIONS_MAX = 256
const WAITING_MAX = 4096

interface Stamp {
  readonly link: Link
  readonly from: Side
  readonly timestamp: number
  readonly timeNs: number
}

export class Trends {
  /** The latest connections; a link is one object for as long as its connection is tracked. */
  readonly #connections = new Map<Link, Timestamps>()
  #waiting: Stamp[] = []

  add(link: Link, from: Side, timestamp: number, timeNs: number): void {
    if (this.#waiting.length >= WAITING_MAX || webAndApp(link.client, link.server) === null) return
    this.#waiting.push({ link, from, timestamp, timeNs })
  }

  /** A second is over: what was told in it counts from now on. */
  settle(): void {
    for (const { link, from, timestamp, timeNs } of this.#waiting) {
      const known = this.#connections.get(link) ?? new Timestamps()
      this.#connections.set(link, known)
      known.add(from, timestamp, timeNs)
      const [oldest] = this.#connections.keys()
      if (this.#connections.size > CONNECTIONS_MAX && oldest !== undefined)
        this.#connections.delete(oldest)
    }
    this.#waiting = []
  }

  /** What the Web Server's clock gains on the other one's, as it is known best; null where it is not. */
  of(web: string, app: string): Trend | null {
    let best: Trend | null = null
    for (const [{ client, server }, timestamps] of this.#connections) {
      const pair = webAndApp(client, server)
      if (pair === null || pair.web.name !== web || pair.app.name !== app) continue
      const trend = timestamps.trend()
      if (trend === null || (best !== null && trend.boundPpm >= best.boundPpm)) continue
      best = pair.isByWeb ? trend : { ...trend, ppm: -trend.ppm }
    }
    return best
  }
}
