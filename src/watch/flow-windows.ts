// mp_flow: what the flows of ten seconds did, for each row, verdict, pair of roles and zones, and transport
// (semantics 3.6). A record counts into the window in which it closed, so that each window is written once.
// Windows lie on whole tens of Unix seconds, whenever the run began.

import type { FlowRecord, Transport } from '../model/flow.ts'
import type { Point } from '../model/live.ts'
import type { JudgedFlow } from '../model/verdict.ts'
import { OTHER, stateOf } from './rows.ts'

const WINDOW_SECONDS = 10
/** Series of one window that are kept apart; what is beyond them shares one row. */
const SERIES_MAX = 4096
/** Stands where there is nothing to name: nobody judges the roles of what is out of scope. */
const NONE = 'none'

const LAYERS: Readonly<Record<Transport, string>> = {
  ...{ tcp: 'tcp', udp: 'udp', icmp: 'icmp', icmp6: 'icmp', other: 'other' },
}

export interface FlowWindowsOptions {
  readonly site: string
  /** Names of the sensors that saw the flow; it counts for the first of them. */
  readonly sensorsOf: (flow: FlowRecord) => readonly string[]
}

/** Where the capture clock stands. */
export interface CaptureMoment {
  /** Unix time in whole seconds from which `nowNs` counts. */
  readonly epochSeconds: number
  readonly nowNs: number
}

/** The tags of a series, but for the site. */
interface Series {
  readonly sensor: string
  readonly row: string
  readonly verdict: string
  readonly src_role: string
  readonly dst_role: string
  readonly src_zone: string
  readonly dst_zone: string
  readonly l4: string
}

interface Sum {
  readonly tags: Readonly<Record<string, string>>
  readonly fields: {
    flows: number
    attempts: number
    established: number
    refused: number
    unanswered: number
    pkts_ab: number
    pkts_ba: number
    bytes_ab: number
    bytes_ba: number
  }
}

export class FlowWindows {
  readonly #site: string
  readonly #sensorsOf: FlowWindowsOptions['sensorsOf']
  #sums = new Map<string, Sum>()
  /** Number of the open window, counted from 1970; null before the first batch. */
  #window: number | null = null
  /** Flows that found no series of their own. */
  crowded = 0

  constructor({ site, sensorsOf }: FlowWindowsOptions) {
    this.#site = site
    this.#sensorsOf = sensorsOf
  }

  /** Takes the records of a batch, which closed by this moment, and gives the windows that are over with it. */
  take(flows: readonly JudgedFlow[], { epochSeconds, nowNs }: CaptureMoment): readonly Point[] {
    const seconds = epochSeconds + nowNs / 1e9
    // What closes as a window ends belongs to that window.
    this.#window ??= Math.ceil(seconds / WINDOW_SECONDS) - 1
    for (const judged of flows) this.#add(judged)
    const window = Math.floor(seconds / WINDOW_SECONDS)
    // Also where the clock was set back: what it had is told, and time goes on from there.
    return window !== this.#window ? this.#close(window) : []
  }

  /** What the open window has. */
  finish(): readonly Point[] {
    return this.#window === null ? [] : this.#close(this.#window + 1)
  }

  #close(next: number): readonly Point[] {
    const timeUs = (this.#window ?? 0) * WINDOW_SECONDS * 1e6
    const sums = this.#sums
    this.#sums = new Map()
    this.#window = next
    return [...sums.values()].map(({ tags, fields }) => ({
      ...{ measurement: 'mp_flow', tags, fields, timeUs },
    }))
  }

  #add(judged: JudgedFlow): void {
    const { flow } = judged
    const { fields } = this.#sumOf(judged)
    fields.flows += 1
    fields.pkts_ab += flow.toServer.packets
    fields.pkts_ba += flow.toClient.packets
    fields.bytes_ab += flow.toServer.bytes
    fields.bytes_ba += flow.toClient.bytes
    // A record that goes on from an earlier one is no further attempt.
    if (flow.resumed) return
    fields.attempts += 1
    const became = becameOf(judged)
    if (became !== null) fields[became] += 1
  }

  #sumOf(judged: JudgedFlow): Sum {
    const series = this.#seriesOf(judged)
    const known = this.#sums.get(keyOf(series))
    if (known !== undefined) return known
    if (this.#sums.size < SERIES_MAX) return this.#begin(series)
    this.crowded += 1
    const shared = { ...series, row: OTHER, ...everyEnd(OTHER) }
    return this.#sums.get(keyOf(shared)) ?? this.#begin(shared)
  }

  #begin(series: Series): Sum {
    const sum = { tags: { site: this.#site, ...series }, fields: { ...ZERO } }
    this.#sums.set(keyOf(series), sum)
    return sum
  }

  /** Written out member by member: it is made for every flow, and this costs a tenth of putting parts together. */
  #seriesOf({ flow, client, server, verdict }: JudgedFlow): Series {
    const isOutside = verdict.kind === 'out_of_scope'
    return {
      sensor: this.#sensorsOf(flow)[0] ?? OTHER,
      row: verdict.row ?? NONE,
      verdict: verdict.kind,
      src_role: isOutside ? NONE : client.role,
      dst_role: isOutside ? NONE : server.role,
      src_zone: isOutside ? NONE : client.zone,
      dst_zone: isOutside ? NONE : server.zone,
      l4: LAYERS[flow.transport],
    }
  }
}

const ZERO: Sum['fields'] = {
  ...{ flows: 0, attempts: 0, established: 0, refused: 0, unanswered: 0 },
  ...{ pkts_ab: 0, pkts_ba: 0, bytes_ab: 0, bytes_ba: 0 },
}

const everyEnd = (name: string) => ({
  ...{ src_role: name, dst_role: name, src_zone: name, dst_zone: name },
})

/** No value of a tag has a line break. */
const keyOf = (series: Series): string =>
  `${series.sensor}\n${series.row}\n${series.verdict}\n${series.src_role}\n${series.dst_role}\n` +
  `${series.src_zone}\n${series.dst_zone}\n${series.l4}`

/** Null where it is not known yet, or went one way by its nature. */
function becameOf(judged: JudgedFlow): 'established' | 'refused' | 'unanswered' | null {
  const { tcp, icmpError } = judged.flow
  switch (stateOf(judged)) {
    case 'answered':
      return 'established'
    case 'refused':
      return 'refused'
    case 'unanswered':
      return 'unanswered'
    case 'blocked':
      return tcp?.rst?.from === 'server' || icmpError !== null ? 'refused' : 'unanswered'
    default:
      return null
  }
}
