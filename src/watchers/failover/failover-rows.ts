// mp_failover: how the Application Servers of a site and the address that they share stand, every ten seconds.

import { HeardWindows } from '../../model/heard-windows.ts'
import type { MeasurementRow, Span } from '../../model/quality.ts'
import { isShared } from '../segment/neighbours.ts'
import type { SharedHolder } from '../segment/shared-address.ts'
import type { Watch } from '../watcher.ts'
import { REPLICATION_STATES, type Replicated } from './replication.ts'

const WINDOW_SECONDS = 10

/** What is shown of two servers in a window that ends now. */
export interface PairShown extends Replicated {
  /** When both ends were last heard on the heartbeat's service; null where none is learnt. */
  readonly heartbeatNs: number | null
  readonly pings: number
}

export class FailoverRows {
  readonly #watch: Watch
  readonly #shared: SharedHolder
  readonly #take: () => readonly PairShown[]
  readonly #windows: HeardWindows | null

  /** `take` gives what happened since it was last asked, for each two servers of which anything was seen. */
  constructor(watch: Watch, shared: SharedHolder, take: () => readonly PairShown[]) {
    this.#watch = watch
    this.#shared = shared
    this.#take = take
    const { nodes } = watch.site
    const isRedundant = nodes.filter(({ roles }) => roles.includes('app')).length >= 2
    this.#windows =
      isRedundant && nodes.some(isShared)
        ? new HeardWindows({
            seconds: WINDOW_SECONDS,
            epochSeconds: () => -watch.sinceEpochNs(0) / 1e9,
            end: window => this.#tell(window),
          })
        : null
  }

  /** Before anything of the second that begins now is taken in. */
  tick(nowNs: number): void {
    this.#windows?.tick(nowNs)
  }

  quiet(nowNs: number): void {
    this.#windows?.quiet(nowNs)
  }

  finish(nowNs: number): void {
    this.#windows?.finish(nowNs)
  }

  #tell(window: Span): void {
    const holders = this.#shared.holdersIn(window)
    // What happens as the window ends belongs to the next one.
    const active = this.#shared.activeDuring(window.fromNs, window.toNs - 1)
    const fields = {
      ...(active === null ? {} : { active_node: active }),
      ...(holders === 0 ? {} : { vip_macs: holders }),
      ...shownOf(this.#take(), window),
    }
    if (Object.keys(fields).length === 0) return
    const timeNs = window.fromNs
    this.#watch.measure({ measurement: 'mp_failover', tags: {}, fields, timeNs })
  }
}

/** Of several pairs what is worst, or the sum. */
function shownOf(pairs: readonly PairShown[], { toNs }: Span): MeasurementRow['fields'] {
  if (pairs.length === 0) return {}
  const heartbeats = pairs.flatMap(({ heartbeatNs }) => heartbeatNs ?? [])
  const states = pairs.flatMap(({ state }) => state ?? [])
  const worst = REPLICATION_STATES.findLast(state => states.includes(state))
  const bytes = pairs.flatMap(one => one.bytes ?? [])
  const drains = pairs.flatMap(({ drainKbps }) => drainKbps ?? [])
  return {
    ...(heartbeats.length === 0
      ? {}
      : { heartbeat_age_s: Math.max(0, toNs - Math.min(...heartbeats)) / 1e9 }),
    pings: sum(pairs.map(({ pings }) => pings)),
    ...(worst === undefined ? {} : { repl_state: worst }),
    ...(bytes.length === 0 ? {} : { repl_bytes: sum(bytes) }),
    ...(drains.length === 0 ? {} : { backlog_drain_kbps: Math.min(...drains) }),
  }
}

const sum = (values: readonly number[]): number => values.reduce((total, one) => total + one, 0)
