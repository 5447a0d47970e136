// What /metrics shows, kept from telling to telling, since between two readings of it a ledger may have begun again.

import { type Ledger, openEquations } from '../model/ledger.ts'
import type { Entry, FindingEvent } from '../model/lifecycle.ts'
import {
  BLIND_CAUSES,
  type BlindInterval,
  type InterfaceState,
  isL1Closed,
  type Telling,
} from '../model/live.ts'
import { isOutputClosed, type OutputState } from '../model/output.ts'
import { isL6Closed, type StoreHealth } from '../model/store.ts'
import { type Labels, Totals } from './totals.ts'

const INTERVALS_MAX = 1000
const LEDGERS = ['L1', 'L2', 'L3', 'L4', 'L5', 'L6'] as const
const MS_PER_SECOND = 1000

/** What the store and what is fed from it say, when somebody asks. */
interface Asked {
  /** Null where the store cannot be asked. */
  readonly health: StoreHealth | null
  readonly outputs: readonly OutputState[]
  /** By the monitor's own clock. */
  readonly nowMs: number
}

export type Sample = readonly [labels: Labels, value: number]

export class MetricsBook {
  readonly #totals = new Totals()
  #telling: Telling | null = null
  #isRefused = false
  readonly #blind = new Map<string, BlindInterval>()

  /** Of the judging thread, in their order. */
  telling(telling: Telling): void {
    this.#telling = telling
    this.#totals.begin(telling.generation)
    this.#ledger(telling.ledger)
    for (const state of telling.interfaces) this.#interface(state)
    this.#totals.put('mpwatch_tellings_total', {}, telling.number)
    this.#totals.put('mpwatch_left_out_rows_total', { kind: 'flows' }, telling.leftOut.flows)
    this.#totals.put('mpwatch_left_out_rows_total', { kind: 'points' }, telling.leftOut.points)
  }

  /** Once it is stored. */
  event({ phase, isPage, held }: FindingEvent): void {
    this.#totals.add('mpwatch_finding_events_total', { phase }, 1)
    if (!isPage) return
    const by = held?.by ?? 'nothing'
    this.#totals.add('mpwatch_pages_total', { held_by: by }, 1)
  }

  /** What else was recorded; what people do is not counted. */
  incident(incident: Exclude<Entry, FindingEvent>): void {
    const { kind } = incident
    if (kind === 'clock_jump') this.#totals.add('mpwatch_clock_jumps_total', {}, 1)
    if (kind === 'lost') this.#totals.add('mpwatch_lost_total', {}, incident.count)
    if (kind === 'blind') this.#interval(incident.interval)
    if (kind !== 'rules_loaded' && kind !== 'rules_refused') return
    this.#isRefused = kind === 'rules_refused'
    const result = this.#isRefused ? 'refused' : 'loaded'
    this.#totals.add('mpwatch_rules_loads_total', { result }, 1)
  }

  /** What is not told but asked for, before each reading. */
  refresh({ health, outputs, nowMs }: Asked): void {
    if (health !== null) this.#store(health)
    for (const output of outputs) this.#output(output)
    for (const interval of this.#blind.values()) this.#blindFor(interval, nowMs)
    this.#totals.put('mpwatch_metric_series_left_out_total', {}, this.#totals.leftOut)
  }

  counts(name: string): Iterable<Sample> {
    return this.#totals.read(name)
  }

  /** As for `refresh`. */
  gauges({ health, outputs, nowMs }: Asked): Readonly<Record<string, readonly Sample[]>> {
    const { generation = 0, captureMs = null, ledger, interfaces = [] } = this.#telling ?? {}
    return {
      mpwatch_flows_live: ledger === undefined ? [] : [[{}, ledger.flows.live]],
      mpwatch_verdicts_pending: ledger?.verdicts == null ? [] : [[{}, ledger.verdicts.pending]],
      mpwatch_interface_watching: interfaces.map(state => [
        interfaceLabels(state),
        state.state === 'watching' ? 1 : 0,
      ]),
      mpwatch_blind_intervals: BLIND_CAUSES.map(cause => [{ cause }, this.#blindBy(cause)]),
      mpwatch_rules_generation: [[{}, generation]],
      mpwatch_rules_last_load_successful: [[{}, this.#isRefused ? 0 : 1]],
      ...captureGauges(captureMs, nowMs),
      mpwatch_ledger_open: this.#openLedgers(health, outputs),
      ...storeGauges(health),
      ...outputGauges(outputs),
    }
  }

  #ledger({ reader, reasons, flows, verdicts, findings }: Ledger): void {
    const { seen, ...fates } = reader
    const { in_flow, no_flow, unflowed, created, ended, evicted } = flows
    this.#ofGeneration('mpwatch_packets_seen_total', seen)
    this.#each('mpwatch_packets_total', 'fate', fates)
    this.#each('mpwatch_packet_reasons_total', 'reason', reasons)
    this.#each('mpwatch_decoded_packets_total', 'place', { in_flow, no_flow, unflowed })
    this.#ofGeneration('mpwatch_flows_created_total', created)
    this.#each('mpwatch_flows_closed_total', 'how', { ended, evicted })
    if (verdicts !== null) {
      const { pending: _, ...final } = verdicts
      this.#each('mpwatch_verdicts_total', 'verdict', final)
    }
    if (findings === null) return
    const { hits, in_findings, in_overflow } = findings
    this.#ofGeneration('mpwatch_finding_hits_total', hits)
    this.#each('mpwatch_finding_hits_kept_total', 'place', { in_findings, in_overflow })
  }

  #ofGeneration(name: string, value: number): void {
    this.#totals.putOfGeneration(name, {}, value)
  }

  #each(name: string, label: string, counts: Readonly<Record<string, number>>): void {
    for (const [word, count] of Object.entries(counts))
      this.#totals.putOfGeneration(name, { [label]: word }, count)
  }

  #interface(state: InterfaceState): void {
    const labels = interfaceLabels(state)
    const put = (name: string, value: number, more: Labels = {}) =>
      this.#totals.put(name, { ...labels, ...more }, value)
    put('mpwatch_interface_received_packets_total', state.received)
    put('mpwatch_interface_packets_total', state.delivered, { fate: 'delivered' })
    put('mpwatch_interface_packets_total', state.kernelDropped, { fate: 'kernel_dropped' })
    put('mpwatch_interface_packets_total', state.helperDropped, { fate: 'helper_dropped' })
    put('mpwatch_interface_dropped_before_capture_total', state.interfaceDropped)
    put('mpwatch_capture_restarts_total', state.restarts)
  }

  #interval(interval: BlindInterval): void {
    if (interval.toMs !== null) {
      this.#blind.delete(interval.id)
      this.#blindFor(interval, interval.toMs)
      this.#settled(interval)
    } else if (this.#blind.size < INTERVALS_MAX) this.#blind.set(interval.id, interval)
    else this.#totals.leftOut += 1
  }

  /** Seconds of intervals that are over, by their series; one that lasts is added on top. */
  readonly #over = new Map<string, number>()

  #settled(interval: BlindInterval): void {
    const key = JSON.stringify(blindLabels(interval))
    if (this.#over.size >= INTERVALS_MAX && !this.#over.has(key)) return
    this.#over.set(key, (this.#over.get(key) ?? 0) + secondsOf(interval, interval.toMs ?? 0))
  }

  #blindFor(interval: BlindInterval, untilMs: number): void {
    const labels = blindLabels(interval)
    const over = this.#over.get(JSON.stringify(labels)) ?? 0
    this.#totals.put('mpwatch_blind_seconds_total', labels, over + secondsOf(interval, untilMs))
  }

  #blindBy(cause: BlindInterval['cause']): number {
    return [...this.#blind.values()].filter(interval => interval.cause === cause).length
  }

  #store({ rows, expired }: StoreHealth): void {
    this.#totals.put('mpwatch_store_rows_offered_total', {}, rows.offered)
    this.#totals.put('mpwatch_store_rows_total', { fate: 'stored' }, rows.stored)
    this.#totals.put('mpwatch_store_rows_total', { fate: 'lost' }, rows.lost)
    this.#totals.put('mpwatch_store_rows_expired_total', {}, expired)
  }

  #output(output: OutputState): void {
    const { enqueued, acked, deadLettered, expired } = output.books
    const labels = outputLabels(output)
    const put = (name: string, value: number, more: Labels = {}) =>
      this.#totals.put(name, { ...labels, ...more }, value)
    put('mpwatch_output_enqueued_total', enqueued)
    put('mpwatch_output_rows_total', acked, { fate: 'acked' })
    put('mpwatch_output_rows_total', deadLettered, { fate: 'dead_lettered' })
    put('mpwatch_output_rows_total', expired, { fate: 'expired' })
    put('mpwatch_output_retries_total', output.retries)
  }

  /** How many equations of each ledger do not hold. */
  #openLedgers(health: StoreHealth | null, outputs: readonly OutputState[]): readonly Sample[] {
    const { ledger, interfaces = [] } = this.#telling ?? {}
    const open = ledger === undefined ? [] : openEquations(ledger)
    const counts: Partial<Record<(typeof LEDGERS)[number], number>> = {
      L1: interfaces.filter(state => !isL1Closed(state)).length,
      L6:
        (health === null || isL6Closed(health) ? 0 : 1) +
        outputs.filter(({ books }) => !isOutputClosed(books)).length,
    }
    return LEDGERS.map(name => [
      { ledger: name },
      counts[name] ?? open.filter(text => text.startsWith(name)).length,
    ])
  }
}

function captureGauges(
  captureMs: number | null,
  nowMs: number,
): Readonly<Record<string, readonly Sample[]>> {
  if (captureMs === null) return {}
  return {
    mpwatch_capture_time_seconds: [[{}, captureMs / MS_PER_SECOND]],
    mpwatch_capture_lag_seconds: [[{}, Math.max(0, nowMs - captureMs) / MS_PER_SECOND]],
  }
}

function storeGauges(health: StoreHealth | null): Readonly<Record<string, readonly Sample[]>> {
  if (health === null) return { mpwatch_store_healthy: [[{}, 0]] }
  const { state, rows, bytes, bytesMax, findings } = health
  return {
    mpwatch_store_healthy: [[{}, state === 'healthy' ? 1 : 0]],
    mpwatch_store_rows_waiting: [[{}, rows.waiting]],
    mpwatch_store_bytes: [[{}, bytes]],
    mpwatch_store_bytes_max: [[{}, bytesMax]],
    mpwatch_findings: [
      [{ state: 'open' }, findings.open],
      [{ state: 'closed' }, findings.all - findings.open],
    ],
  }
}

const outputGauges = (
  outputs: readonly OutputState[],
): Readonly<Record<string, readonly Sample[]>> => ({
  mpwatch_output_healthy: outputs.map(output => [
    outputLabels(output),
    output.state === 'healthy' ? 1 : 0,
  ]),
  mpwatch_output_pending: outputs.map(output => [outputLabels(output), output.books.pending]),
})

const outputLabels = ({ name, kind }: OutputState): Labels => ({ output: name, kind })

const interfaceLabels = ({ name, sensor }: InterfaceState): Labels => ({ interface: name, sensor })

const blindLabels = ({ sensor, interface: name, cause }: BlindInterval): Labels => ({
  sensor,
  interface: name ?? '',
  cause,
})

const secondsOf = ({ fromMs }: BlindInterval, untilMs: number): number =>
  Math.max(0, untilMs - fromMs) / MS_PER_SECOND
