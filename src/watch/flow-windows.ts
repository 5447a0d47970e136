// mp_flow: what the flows of ten seconds did, for each row, verdict, pair of roles and zones, and transport
// (semantics 3.6). A record counts into the window in which it closed, so that each window is written once.
// Windows lie on whole tens of Unix seconds, whenever the run began.

import type { FlowRecord, Transport } from '../model/flow.ts'
import type { Point } from '../model/live.ts'
import { FLOW_SERIES_MAX, NONE, OTHER } from '../model/measurement.ts'
import type { JudgedFlow } from '../model/verdict.ts'
import { stateOf } from './rows.ts'

const WINDOW_SECONDS = 10

const LAYERS: Readonly<Record<Transport, string>> = {
  ...{ tcp: 'tcp', udp: 'udp', icmp: 'icmp', icmp6: 'icmp', other: 'other' },
}

export interface FlowWindowsOptions {
  readonly site: string
  /** Names of the sensors that saw the flow; it counts for the first of them. */
  readonly sensorsOf: (flow: FlowRecord) => readonly string[]
  /** Tags of series that were told before this run; they stay apart. */
  readonly known?: readonly Readonly<Record<string, string>>[]
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
  /** Series that are told apart, of all runs: an InfluxDB keeps those of yesterday, too. */
  readonly #admitted = new Set<string>()
  #sums = new Map<string, Sum>()
  /** Number of the open window, counted from 1970; null before the first batch. */
  #window: number | null = null
  /** Flows that found no series of their own. */
  crowded = 0

  constructor({ site, sensorsOf, known = [] }: FlowWindowsOptions) {
    this.#site = site
    this.#sensorsOf = sensorsOf
    for (const tags of known)
      if (tags['site'] === site && tags['row'] !== OTHER) this.#mayStandAlone(keyOf(seriesIn(tags)))
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
    const key = keyOf(series)
    const known = this.#sums.get(key)
    if (known !== undefined) return known
    if (this.#mayStandAlone(key)) return this.#begin(series)
    this.crowded += 1
    const shared = { ...SHARED, verdict: series.verdict }
    return this.#sums.get(keyOf(shared)) ?? this.#begin(shared)
  }

  /** Whether the series is told apart from now on. */
  #mayStandAlone(key: string): boolean {
    if (this.#admitted.size < FLOW_SERIES_MAX) this.#admitted.add(key)
    return this.#admitted.has(key)
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

/** What is not told apart says what came of it, and nothing else. */
const SHARED: Omit<Series, 'verdict'> = {
  ...{ sensor: OTHER, row: OTHER, l4: OTHER },
  ...{ src_role: OTHER, dst_role: OTHER, src_zone: OTHER, dst_zone: OTHER },
}

/** An earlier version may have left some out. */
const seriesIn = (tags: Readonly<Record<string, string>>): Series => ({
  sensor: tags['sensor'] ?? OTHER,
  row: tags['row'] ?? NONE,
  verdict: tags['verdict'] ?? OTHER,
  src_role: tags['src_role'] ?? NONE,
  dst_role: tags['dst_role'] ?? NONE,
  src_zone: tags['src_zone'] ?? NONE,
  dst_zone: tags['dst_zone'] ?? NONE,
  l4: tags['l4'] ?? OTHER,
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
