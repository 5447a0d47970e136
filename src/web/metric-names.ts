// The metrics of /metrics: their names, what they mean, and their labels, all of them from closed sets or from the
// configuration. The ledgers are those of faults.md 3.2.

interface Metric {
  readonly name: string
  readonly help: string
  readonly labels: readonly string[]
}

const metric = (name: string, help: string, ...labels: readonly string[]): Metric => ({
  name,
  help,
  labels,
})

const INTERFACE = ['interface', 'sensor'] as const
const OUTPUT = ['output', 'kind'] as const

export const COUNTERS: readonly Metric[] = [
  metric(
    'mpwatch_interface_received_packets_total',
    'L1: packets the capture of the interface took in; the sum over their fates',
    ...INTERFACE,
  ),
  metric(
    'mpwatch_interface_packets_total',
    'L1: packets of the interface by fate',
    ...INTERFACE,
    'fate',
  ),
  metric(
    'mpwatch_interface_dropped_before_capture_total',
    'Packets the interface dropped before any capture; no part of L1',
    ...INTERFACE,
  ),
  metric(
    'mpwatch_capture_restarts_total',
    'How often the capturing program was started again',
    ...INTERFACE,
  ),
  metric(
    'mpwatch_blind_seconds_total',
    'Time in which nobody saw, or too little; interface is empty where it was the whole monitor',
    'sensor',
    'interface',
    'cause',
  ),
  metric(
    'mpwatch_packets_seen_total',
    'L2: packets the reader delivered; the sum over their fates',
  ),
  metric('mpwatch_packets_total', 'L2: packets by fate', 'fate'),
  metric('mpwatch_packet_reasons_total', 'Packets by named reason, such as no_flow.arp', 'reason'),
  metric('mpwatch_decoded_packets_total', 'L3: decoded packets by where they are', 'place'),
  metric('mpwatch_flows_created_total', 'L3: flows; live, ended and evicted ones'),
  metric('mpwatch_flows_closed_total', 'L3: flows by how they ended', 'how'),
  metric('mpwatch_verdicts_total', 'L4: flow records by verdict', 'verdict'),
  metric('mpwatch_finding_hits_total', 'L5: hits that make a finding'),
  metric('mpwatch_finding_hits_kept_total', 'L5: hits by where they are kept', 'place'),
  metric('mpwatch_store_rows_offered_total', 'L6: rows given to the store'),
  metric('mpwatch_store_rows_total', 'L6: rows that are no longer waiting, by fate', 'fate'),
  metric('mpwatch_store_rows_expired_total', 'Stored rows removed as too old or too many'),
  metric('mpwatch_left_out_rows_total', 'Rows the judging thread left out, being ahead', 'kind'),
  metric('mpwatch_tellings_total', 'What the judging thread told, about one a second'),
  metric('mpwatch_finding_events_total', 'Events of findings by phase', 'phase'),
  metric('mpwatch_pages_total', 'Events that should wake somebody, by what held them', 'held_by'),
  metric('mpwatch_clock_jumps_total', 'Jumps of the wall clock'),
  metric('mpwatch_lost_total', 'What was lost for good; the timeline says what'),
  metric(
    'mpwatch_output_enqueued_total',
    'L6 of an output: what is to be sent to it; the sum over rows by fate and pending',
    ...OUTPUT,
  ),
  metric(
    'mpwatch_output_rows_total',
    'L6 of an output: what is done with, by fate',
    ...OUTPUT,
    'fate',
  ),
  metric('mpwatch_output_retries_total', 'Tries to send that failed', ...OUTPUT),
  metric('mpwatch_rules_loads_total', 'Loads of rules by result', 'result'),
  metric('mpwatch_metric_series_left_out_total', 'Counts not kept for want of room'),
]

export const GAUGES: readonly Metric[] = [
  metric('mpwatch_flows_live', 'L3: flows that have not ended'),
  metric('mpwatch_verdicts_pending', 'L4: ended flows without a verdict'),
  metric(
    'mpwatch_interface_watching',
    '1 while packets of the interface are watched',
    ...INTERFACE,
  ),
  metric('mpwatch_blind_intervals', 'Blind intervals that last, by cause', 'cause'),
  metric('mpwatch_rules_generation', 'How often rules were loaded'),
  metric('mpwatch_rules_last_load_successful', '0 where the latest rules were refused'),
  metric('mpwatch_capture_time_seconds', 'The capture clock, Unix time'),
  metric('mpwatch_capture_lag_seconds', 'How far the capture clock is behind'),
  metric('mpwatch_ledger_open', 'Equations of the ledger that do not hold; always 0', 'ledger'),
  metric('mpwatch_store_healthy', '0 where the store is degraded, or cannot be asked'),
  metric('mpwatch_store_rows_waiting', 'L6: rows that wait to be written'),
  metric('mpwatch_store_bytes', 'What the store takes of the disk'),
  metric('mpwatch_store_bytes_max', 'What it may take'),
  metric('mpwatch_output_healthy', '0 where what is sent does not arrive', ...OUTPUT),
  metric('mpwatch_output_pending', 'L6 of an output: what waits to be sent', ...OUTPUT),
  metric('mpwatch_findings', 'Findings of the store by state', 'state'),
]
