// What several watchers ask of rules and site.

import type { Placement } from '../model/inventory.ts'
import type { Policy } from '../model/policy.ts'
import type { Watch } from './watcher.ts'

const NS_PER_SECOND = 1e9
/** Seconds without any packet are no observation: after so many, every window begins anew. */
const HOLE_NS = 300 * NS_PER_SECOND

/** Since when packets have come without a hole. */
export class UnbrokenTime {
  #startNs = Number.POSITIVE_INFINITY
  #lastNs = Number.NEGATIVE_INFINITY

  /** A second of capture time is over. */
  tick(nowNs: number): void {
    if (nowNs - this.#lastNs > HOLE_NS) this.#startNs = nowNs
    this.#lastNs = nowNs
  }

  /** The sensor did not listen just before the next tick. */
  interrupt(): void {
    this.#lastNs = Number.NEGATIVE_INFINITY
  }

  /** Nanoseconds since the run's epoch. */
  get startNs(): number {
    return this.#startNs
  }

  /** Whether a window of this length that ends now was seen as a whole. */
  covers(windowNs: number): boolean {
    return this.#lastNs - this.#startNs >= windowNs
  }
}

/** A length of time that the policy names in seconds; `seconds` where it does not. */
export function limitNs({ limits }: Policy, metric: string, seconds: number): number {
  const limit = limits.find(one => one.metric === metric)
  return (limit?.value ?? seconds) * NS_PER_SECOND
}

/** `15 min`, of a window. */
export const minutesOf = (ns: number): string => `${Math.round(ns / 60e9)} min`

/** Every declared node that has the label, by its first address. */
export function nodesOf(watch: Watch, label: string): readonly Placement[] {
  return watch.site.nodes.flatMap(({ addresses: [address] }) => {
    const placement = address === undefined ? null : watch.place(address)
    return placement?.labels.has(label) === true ? [placement] : []
  })
}

/** The two ends of a flow between a Web Server and an Application Server; null for any other. */
export function webAndApp(
  client: Placement,
  server: Placement,
): { readonly web: Placement; readonly app: Placement; readonly isByWeb: boolean } | null {
  if (client.labels.has('web') && server.labels.has('app') && client.node !== null)
    return { web: client, app: server, isByWeb: true }
  if (client.labels.has('app') && server.labels.has('web') && server.node !== null)
    return { web: server, app: client, isByWeb: false }
  return null
}

/** Users of the meeting pages, inside and outside. */
export const isUser = ({ labels }: Placement): boolean =>
  labels.has('enduser-int') || labels.has('admin') || labels.has('external')
