// What InfluxDB 2 watches by itself: that a limit is exceeded, that something critical opens, that a sensor is blind, and that
// nothing comes any more. The monitor's own alerts know more; these are for teams who have their alarms in InfluxDB.
// https://docs.influxdata.com/influxdb/v2/monitor-alert/checks/

import { createHash } from 'node:crypto'
import { BUCKET } from './flux.ts'
import { LOSS_LIMIT, ROUND_TRIP_LIMIT } from './panel.ts'

const NAME = 'mpwatch'
/** A minute is written when it is over, and takes its time on the way. */
const RHYTHM = { every: '1m', offset: '30s' } as const

export interface ThresholdCheck {
  readonly kind: 'CheckThreshold'
  readonly name: string
  readonly title: string
  readonly says: string
  readonly every: string
  readonly offset: string
  /** With one field, over time: InfluxDB puts its own range in place of `v`. */
  readonly query: string
  readonly level: 'CRIT' | 'WARN'
  readonly type: 'greater'
  readonly value: number
  readonly message: string
}

export interface DeadmanCheck extends Omit<ThresholdCheck, 'kind' | 'type' | 'value'> {
  readonly kind: 'CheckDeadman'
  readonly timeSince: string
  readonly staleTime: string
}

/** For what a threshold of one field cannot say: a task that tells its status just as a check does. */
export interface TaskCheck {
  readonly kind: 'Task'
  readonly name: string
  readonly title: string
  readonly says: string
  readonly every: string
  readonly offset: string
  readonly query: string
}

export type Check = ThresholdCheck | DeadmanCheck | TaskCheck

export const CHECKS: readonly Check[] = [
  taskCheck({
    ...{ name: `${NAME}-latency`, title: 'MeetingPlace: over 100 ms' },
    says: `The p95 of ten seconds between a Web Server and an Application Server. Limit ${ROUND_TRIP_LIMIT.says}.`,
    measurement: 'mp_latency',
    since: '-3m',
    judged: 'filter(fn: (r) => exists r.limit_ms and r.leg == "total")',
    value: 'r.p95_ms',
    limit: 'r.limit_ms',
    message: `\${r.pair} on row \${r.row}: p95 \${string(v: r.value)} ms, limit 100 ms (S-07).`,
  }),
  taskCheck({
    ...{ name: `${NAME}-loss`, title: 'MeetingPlace: over 1 % lost' },
    says: `Segments lost of those expected, in minutes that were judged. Limit ${LOSS_LIMIT.says}.`,
    measurement: 'mp_loss',
    since: '-3m',
    judged: 'filter(fn: (r) => r.judged == true)',
    value: '100.0 * float(v: r.lost) / float(v: r.expected)',
    limit: LOSS_LIMIT.value.toFixed(1),
    message: `\${r.pair} on row \${r.row}: \${string(v: r.value)} % lost, limit 1 % (S-08).`,
  }),
  {
    ...{ kind: 'CheckThreshold', name: `${NAME}-critical`, title: 'MeetingPlace: critical' },
    says: 'A finding of severity critical opened, or opened again.',
    ...RHYTHM,
    query: `from(bucket: "${BUCKET}")
    |> range(start: v.timeRangeStart, stop: v.timeRangeStop)
    |> filter(fn: (r) => r._measurement == "mp_violation")
    |> filter(fn: (r) => r._field == "members")
    |> filter(fn: (r) => r.severity == "critical")
    |> filter(fn: (r) => r.phase == "open" or r.phase == "reopen")
    |> aggregateWindow(every: 1m, fn: max, createEmpty: false)`,
    ...{ level: 'CRIT', type: 'greater', value: 0 },
    message: `A critical violation of row \${r.row}: \${r.verdict}, \${r.reason}.`,
  },
  taskCheck({
    ...{ name: `${NAME}-blind`, title: 'MeetingPlace: sensor blind' },
    says: 'A sensor sees nothing, or too little, for as long as that lasts: silence is not compliance.',
    measurement: 'mp_blind',
    // Its point bears the time at which it began, which is noticed later; it is written again when it ends.
    since: '-7d',
    judged: 'tail(n: 1)',
    value: 'if r.lasts then 1.0 else 0.0',
    limit: '0.0',
    message: `Sensor \${r.sensor} on \${r.iface}, \${r.cause}: \${r.detail} Lasts: \${string(v: r.lasts)}.`,
  }),
  {
    ...{ kind: 'CheckDeadman', name: `${NAME}-silent`, title: 'MeetingPlace: monitor silent' },
    says: 'No sensor has told of itself for five minutes: the monitor, or the way from it, is down.',
    ...RHYTHM,
    query: `from(bucket: "${BUCKET}")
    |> range(start: v.timeRangeStart, stop: v.timeRangeStop)
    |> filter(fn: (r) => r._measurement == "mp_sensor")
    |> filter(fn: (r) => r._field == "pkts")`,
    ...{ level: 'CRIT', timeSince: '5m', staleTime: '1h' },
    message: `Nothing has come from \${r.sensor} on \${r.iface} for five minutes.`,
  },
]

interface Judged extends Pick<TaskCheck, 'name' | 'title' | 'says'> {
  readonly measurement: string
  /** How far back rows are looked for. */
  readonly since: string
  /** Flux of rows whose fields stand beside each other: which of them are judged, what is compared, and with what. */
  readonly judged: string
  readonly value: string
  readonly limit: string
  readonly message: string
}

/** Whether a limit speaks of a row is told by another field, which a check by threshold does not see. */
function taskCheck({ name, title, says, ...how }: Judged): TaskCheck {
  const { measurement, since, judged, value, limit, message } = how
  const query = `import "influxdata/influxdb/monitor"

from(bucket: "${BUCKET}")
    |> range(start: ${since})
    |> filter(fn: (r) => r._measurement == "${measurement}")
    |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")
    |> ${judged}
    |> map(fn: (r) => ({r with value: ${value}}))
    |> monitor.check(
        data: {_check_id: "${checkId(name)}", _check_name: "${title}", _type: "custom", tags: {}},
        warn: (r) => r.value > ${limit},
        ok: (r) => r.value <= ${limit},
        messageFn: (r) => "${message}",
    )`
  return { kind: 'Task', name, title, says, ...RHYTHM, query }
}

/** Sixteen hexadecimal digits, as InfluxDB has them; always the same, so that a status goes on after an update. */
function checkId(name: string): string {
  return createHash('sha256').update(name).digest('hex').slice(0, 16)
}
