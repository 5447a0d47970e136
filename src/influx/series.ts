// How many series InfluxDB may get of one site, and which: a true bound over every tag, worked out from what the rules and
// the site declare. mp_flow and mp_violation have too many combinations for that, and a budget instead, which is kept where
// their series are made: watch/flow-windows.ts and admission.ts. Semantics 3.6.

import type { Address } from '../model/address.ts'
import { UsageError } from '../model/errors.ts'
import { SEVERITIES } from '../model/finding.ts'
import { type Placement, ROLES, type Site, ZONES } from '../model/inventory.ts'
import { BLIND_CAUSES } from '../model/live.ts'
import {
  ALL,
  EXPORTED,
  type ExportedName,
  FLOW_SERIES_MAX,
  measuredBy,
  NONE,
  OTHER,
} from '../model/measurement.ts'
import type { Policy } from '../model/policy.ts'
import { grouped } from '../model/text.ts'
import { VERDICTS } from '../model/verdict.ts'
import { Ways } from './ways.ts'

/** Series of mp_violation that are told apart; what is beyond them shares a few. */
export const VIOLATION_SERIES_MAX = 4_096

/** What series follow from. */
export interface SeriesGrounds {
  readonly policy: Pick<Policy, 'rows' | 'practiceOff' | 'statements'>
  readonly site: Pick<Site, 'name' | 'nodes'>
  /** Names of the sensors of the run; none where the site declares none. */
  readonly sensors: readonly string[]
  /** As they are told: each with its sensor, or with its own name where it has none. */
  readonly interfaces: readonly { readonly name: string; readonly sensor: string }[]
  /** Where an address stands, as flows from and to it are judged. */
  readonly place: (address: Address) => Placement
}

export type Tags = Readonly<Record<string, string>>

/** What a measurement may have as tags, `site` left out. */
export interface Shape {
  /** Series of it, those left out that collapsed ones share. */
  readonly series: number
  readonly has: (tags: Tags) => boolean
  /** Has more combinations than series: the first ones stay, as many as that. */
  readonly isBudget?: true
}

export type Shapes = Readonly<Record<ExportedName, Shape>>

export interface SeriesBound {
  readonly byMeasurement: ReadonlyMap<ExportedName, number>
  readonly total: number
}

const FINDING_VERDICTS: readonly string[] = [
  ...VERDICTS,
  ...['missing', 'degraded', 'topology', 'advisory', 'event'],
]
const PHASES: readonly string[] = ['open', 'update', 'close', 'reopen']
const CONFIDENCES: readonly string[] = ['confirmed', 'probable', 'possible']
/** Reasons are words of our own; how many there are is bounded by the budget. */
const REASON = /^[a-z][a-z0-9_]{0,39}$/

/**
 * Tags that points keep where their series are too many, or are none that there should be; all others become `other` then.
 * By measurement, with all values that each may have.
 */
export const KEPT_TAGS: Readonly<
  Partial<Record<ExportedName, Readonly<Record<string, readonly string[]>>>>
> = {
  mp_flow: { verdict: VERDICTS },
  mp_violation: { verdict: FINDING_VERDICTS, severity: SEVERITIES, phase: PHASES },
}

/** A true upper bound, over every tag, of the series that points of these grounds can have. */
export function seriesBound(grounds: SeriesGrounds): SeriesBound {
  const shapes = shapesOf(grounds)
  const byMeasurement = new Map(
    NAMES.map(name => [name, shapes[name].series + collapsedSeries(name)] as const),
  )
  return { byMeasurement, total: [...byMeasurement.values()].reduce((sum, one) => sum + one, 0) }
}

/** `at most 9,812 series of 20,000 (mp_flow 4,114, ...)`, what weighs most first. */
export function seriesText({ byMeasurement, total }: SeriesBound, seriesMax: number): string {
  const parts = heaviest(byMeasurement).map(([name, series]) => `${name} ${grouped(series)}`)
  return `at most ${grouped(total)} series of ${grouped(seriesMax)} (${parts.join(', ')})`
}

/**
 * @param where What says how many there may be, for the message.
 * @throws UsageError where there may be more series than that.
 */
export function checkSeries(bound: SeriesBound, seriesMax: number, where: string): void {
  if (bound.total <= seriesMax) return
  const [[name, series] = ['mp_latency', 0]] = heaviest(bound.byMeasurement)
  throw new UsageError([
    {
      where,
      message: `too many series: ${seriesText(bound, seriesMax)}. Most of them are of ${name}, ${grouped(series)}: each pair of nodes that the site file names has its own. Set series_max to ${grouped(bound.total)} or more, if the InfluxDB can hold as many, or name fewer nodes and declare the rest by networks.`,
    },
  ])
}

const heaviest = (byMeasurement: SeriesBound['byMeasurement']) =>
  [...byMeasurement].sort(([, one], [, other]) => other - one)

const NAMES = Object.keys(EXPORTED) as readonly ExportedName[]

/** Of this site and of any other, with the tags that are kept, or without any where one of those is none that there is. */
function collapsedSeries(name: ExportedName): number {
  const kept = Object.values(KEPT_TAGS[name] ?? {})
  return 2 * (kept.length === 0 ? 1 : product(kept.map(({ length }) => length)) + 1)
}

export function shapesOf(grounds: SeriesGrounds): Shapes {
  const { site, policy, sensors } = grounds
  const statements = [...policy.rows, ...policy.statements.values()].map(({ id }) => id)
  const rows = [...statements, ...policy.practiceOff.map(({ id }) => id), 'unlisted']
  const nodes = site.nodes.map(({ name }) => name)
  const measured = { sensor: [measuredBy(sensors)] }
  const ways = new Ways({ policy, nodes: site.nodes, place: grounds.place })
  const { latency, loss } = ways.bounds
  const isMeasured = ({ sensor = '' }: Tags) => measured.sensor.includes(sensor)
  return {
    mp_flow: flowShape(rows, sensors),
    mp_violation: violationShape(rows, sensors),
    mp_latency: { series: latency, has: tags => isMeasured(tags) && ways.hasLatency(tags) },
    mp_loss: { series: loss, has: tags => isMeasured(tags) && ways.hasLoss(tags) },
    mp_clock: clockShape(grounds, isMeasured),
    mp_rtp: free({
      ...measured,
      ...{ media_role: ['media-audio', 'media-video', 'app'], dir: ['in', 'out'] },
    }),
    mp_gwsim: free({ ...measured, node: nodes }),
    mp_failover: free(measured),
    mp_coverage: free({ sensor: [ALL], statement: statements }),
    ...sensorShapes(grounds),
  }
}

function flowShape(rows: readonly string[], sensors: readonly string[]): Shape {
  const roles = [...ROLES, 'external', 'webex', 'unknown', NONE]
  const zones = [...ZONES, NONE]
  const { has } = free({
    ...{ sensor: [...sensors, OTHER], row: [...rows, NONE], verdict: VERDICTS },
    ...{ src_role: roles, dst_role: roles, src_zone: zones, dst_zone: zones },
    l4: ['tcp', 'udp', 'icmp', OTHER],
  })
  return { series: FLOW_SERIES_MAX, has, isBudget: true }
}

function violationShape(rows: readonly string[], sensors: readonly string[]): Shape {
  const { has } = free({
    ...{ sensor: [...sensors, OTHER], row: rows, verdict: FINDING_VERDICTS },
    ...{ severity: SEVERITIES, confidence: CONFIDENCES, phase: PHASES },
  })
  const isWord = ({ reason = '' }: Tags) => REASON.test(reason)
  return { series: VIOLATION_SERIES_MAX, has: tags => isWord(tags) && has(tags), isBudget: true }
}

/** Who asks stands first, and one of the two is MeetingPlace's or may be. */
function clockShape({ site, place }: SeriesGrounds, isMeasured: (tags: Tags) => boolean): Shape {
  const isOurs = new Map(
    site.nodes.map(({ name, addresses }) => [
      name,
      addresses.some(address => place(address).isMeetingPlace),
    ]),
  )
  isOurs.set(OTHER, true)
  const strangers = [...isOurs.values()].filter(is => !is).length
  const methods = ['ntp', 'http_date']
  const has = (tags: Tags) => {
    const [one = '', other = '', ...more] = (tags['pair'] ?? '').split('/')
    const ours = [isOurs.get(one), isOurs.get(other)]
    const isPair = more.length === 0 && !ours.includes(undefined) && ours.includes(true)
    return isPair && methods.includes(tags['method'] ?? '') && isMeasured(tags)
  }
  return { series: (isOurs.size ** 2 - strangers ** 2) * methods.length, has }
}

/** mp_sensor and mp_blind: each interface with its sensor, and what is of none of them. */
function sensorShapes({
  interfaces,
  sensors,
}: SeriesGrounds): Pick<Shapes, 'mp_sensor' | 'mp_blind'> {
  const keyOf = (sensor = '', iface = '') => `${sensor}\n${iface}`
  const own = new Set(interfaces.map(({ name, sensor }) => keyOf(sensor, name)))
  // What is played has no interface but its sensor.
  for (const sensor of sensors.length > 0 ? sensors : ['replay']) own.add(keyOf(sensor, sensor))
  const watched = new Set(own).add(keyOf(ALL, ALL))
  const blind = new Set(own).add(keyOf('monitor', ALL))
  for (const sensor of [...sensors, OTHER, ALL]) blind.add(keyOf(sensor, ALL))
  const causes: readonly string[] = BLIND_CAUSES
  return {
    mp_sensor: {
      series: watched.size,
      has: tags => watched.has(keyOf(tags['sensor'], tags['iface'])),
    },
    mp_blind: {
      series: blind.size * causes.length,
      has: tags =>
        causes.includes(tags['cause'] ?? '') && blind.has(keyOf(tags['sensor'], tags['iface'])),
    },
  }
}

/** Every combination of these values. */
function free(values: Readonly<Record<string, readonly string[]>>): Shape {
  const sets = Object.entries(values).map(([name, list]) => [name, new Set(list)] as const)
  return {
    series: product(sets.map(([, { size }]) => size)),
    has: tags => sets.every(([name, set]) => set.has(tags[name] ?? '')),
  }
}

const product = (factors: readonly number[]): number =>
  factors.reduce((product, one) => product * one, 1)
