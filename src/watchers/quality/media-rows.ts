// Time series of media: mp_rtp, how the streams of each role fared in ten seconds; mp_loss, what was lost
// between two ends in a minute, as it was seen here (rtp) and as receivers reported it (rtcp). Nothing of it is
// judged, for the document sets no limit.

import type { Placement } from '../../model/inventory.ts'
import type { MeasurementRow, RtcpQuality } from '../../model/quality.ts'
import { Recent } from '../../model/recent.ts'
import { byText } from '../../model/text.ts'
import type { JudgedFlow } from '../../model/verdict.ts'
import { type Counts, countsOf, type End, type Lane, type Lanes, type Track } from './lanes.ts'
import { rowTowards } from './rows.ts'

const [STREAMS_NS, LOSS_NS] = [10e9, 60e9]
/** Sources whose reports are compared with the ones before. */
const REPORTED_MAX = 16_384
const ROLES: readonly string[] = ['media-audio', 'media-video', 'app']
const OTHER = 'other'

type Dir = 'in' | 'out'

/** What the streams of a role did in one direction in ten seconds. */
interface Fared {
  readonly losses: number[]
  readonly jitters: number[]
  streams: number
  oneWay: number
  unverified: number
}

interface Sum {
  expected: number
  lost: number
  duplicates: number
  outOfOrder: number
}

const NOTHING: Counts = { packets: 0, expected: 0, lost: 0, duplicates: 0, outOfOrder: 0 }

export class MediaRows {
  readonly #measure: (row: MeasurementRow) => void
  readonly #lanes: Lanes
  /** Lanes that nothing answered, and that went on after that time. */
  readonly #oneWay: (sinceNs: number) => Iterable<Lane>
  readonly #unverified = new Map<string, number>()
  readonly #reported = new Recent<string, { readonly highest: number; readonly lost: number }>(
    REPORTED_MAX,
  )
  #byReports = new Map<string, Sum>()
  #nowNs = 0

  constructor(
    measure: (row: MeasurementRow) => void,
    lanes: Lanes,
    oneWay: (sinceNs: number) => Iterable<Lane>,
  ) {
    this.#measure = measure
    this.#lanes = lanes
    this.#oneWay = oneWay
  }

  /** A flow that carries media by letter only. */
  ended({ client, server, verdict, flow }: JudgedFlow): void {
    if (flow.transport !== 'udp' || verdict.kind !== 'permitted_unverified') return
    for (const key of sidesOf(client, server))
      this.#unverified.set(key, (this.#unverified.get(key) ?? 0) + 1)
  }

  /** Between two reports of a receiver, what it should have had, and what it lacks (RFC 3550, A.3). */
  reported(record: RtcpQuality, receiver: End, sender: End): void {
    const { ssrc, about, highestSequence: highest, cumulativeLost: lost } = record
    if (about === null || highest === null || lost === null) return
    const row = rowTowards(sender, receiver)
    if (row === null) return
    const hosts = [receiver, sender].map(({ endpoint }) => endpoint.address.text).join(' ')
    const key = `${hosts} ${ssrc} ${about}`
    const before = this.#reported.get(key)
    this.#reported.set(key, { highest, lost })
    if (before === undefined) return
    const expected = (highest - before.highest) | 0
    // Numbers that began anew tell nothing.
    if (expected <= 0 || expected >= 65_536) return
    const missing = Math.min(expected, Math.max(0, lost - before.lost))
    add(this.#byReports, seriesOf(sender, receiver, row, 'rtcp'), {
      ...NOTHING,
      expected,
      lost: missing,
    })
  }

  tick(nowNs: number): void {
    const before = this.#nowNs
    this.#nowNs = nowNs
    for (const [lengthNs, close] of this.#windows()) {
      const window = Math.floor(before / lengthNs)
      if (before > 0 && Math.floor(nowNs / lengthNs) > window) close(window * lengthNs)
    }
  }

  /** What is left of windows that never ended is told, too. */
  finish(nowNs: number): void {
    for (const [lengthNs, close] of this.#windows())
      close(Math.floor(Math.max(this.#nowNs, nowNs) / lengthNs) * lengthNs)
  }

  #windows(): readonly (readonly [number, (startNs: number) => void])[] {
    return [
      [STREAMS_NS, startNs => this.#streams(startNs)],
      [LOSS_NS, startNs => this.#loss(startNs)],
    ]
  }

  #streams(timeNs: number): void {
    const roles = new Map<string, Fared>()
    const of = (key: string): Fared => {
      const known = roles.get(key) ?? newFared()
      roles.set(key, known)
      return known
    }
    for (const [key, count] of this.#unverified) of(key).unverified += count
    this.#unverified.clear()
    for (const lane of this.#lanes.all())
      for (const track of lane.tracks) {
        const since = sinceMark(track, 'atStreams')
        if (since.packets === 0) continue
        for (const key of sidesOf(lane.source.placement, lane.target.placement))
          take(of(key), since, track)
      }
    // The way that is silent is the other one.
    for (const { source, target } of this.#oneWay(timeNs))
      for (const key of sidesOf(target.placement, source.placement)) of(key).oneWay += 1
    for (const [key, fared] of roles) this.#measure(streamsRow(key, fared, timeNs))
  }

  #loss(timeNs: number): void {
    const sums = this.#byReports
    this.#byReports = new Map()
    for (const lane of this.#lanes.all()) {
      const row = rowTowards(lane.source, lane.target)
      if (row === null) continue
      const series = seriesOf(lane.source, lane.target, row, 'rtp')
      for (const track of lane.tracks) {
        const since = sinceMark(track, 'atLoss')
        if (since.expected > 0) add(sums, series, since)
      }
    }
    for (const [series, sum] of sums) this.#measure(lossRow(series, sum, timeNs))
  }
}

/** What the source has sent since the window began, which ends now. */
function sinceMark(track: Track, window: 'atStreams' | 'atLoss'): Counts {
  const [before, now] = [track[window], countsOf(track)]
  track[window] = now
  return {
    packets: now.packets - before.packets,
    expected: Math.max(0, now.expected - before.expected),
    // What comes late makes up for what was missing before.
    lost: Math.max(0, now.lost - before.lost),
    duplicates: now.duplicates - before.duplicates,
    outOfOrder: now.outOfOrder - before.outOfOrder,
  }
}

const newFared = (): Fared => ({ losses: [], jitters: [], streams: 0, oneWay: 0, unverified: 0 })

function take(fared: Fared, { expected, lost }: Counts, { state }: Track): void {
  fared.streams += 1
  if (expected > 0) fared.losses.push((100 * lost) / expected)
  if (state !== null && state.jitterMs !== null) fared.jitters.push(state.jitterMs)
}

/** `media-audio in` for media towards an audio blade; none where no end is MeetingPlace's. */
function sidesOf(source: Placement, target: Placement): readonly string[] {
  const of = ({ labels }: Placement, dir: Dir): readonly string[] =>
    ROLES.filter(role => labels.has(role))
      .slice(0, 1)
      .map(role => `${role} ${dir}`)
  return [...of(source, 'out'), ...of(target, 'in')]
}

/** By tags: who sends stands first in `dir`, names stand in their order in `pair`. */
function seriesOf(source: End, target: End, row: string, method: 'rtp' | 'rtcp'): string {
  const names = [source, target].map(({ placement }) => placement.name)
  const [one = OTHER, two = OTHER] = names
  const isDeclared = [source, target].every(({ placement }) => placement.node !== null)
  const inOrder = byText(one, two) <= 0
  const pair = isDeclared ? (inOrder ? `${one}/${two}` : `${two}/${one}`) : OTHER
  return JSON.stringify({ pair, row, dir: inOrder ? 'ab' : 'ba', method })
}

function add(sums: Map<string, Sum>, series: string, counts: Counts): void {
  const sum = sums.get(series) ?? { expected: 0, lost: 0, duplicates: 0, outOfOrder: 0 }
  sums.set(series, sum)
  sum.expected += counts.expected
  sum.lost += counts.lost
  sum.duplicates += counts.duplicates
  sum.outOfOrder += counts.outOfOrder
}

function streamsRow(key: string, fared: Fared, timeNs: number): MeasurementRow {
  const [role = OTHER, dir = 'in'] = key.split(' ')
  const { losses, jitters, streams, oneWay, unverified } = fared
  const spread = {
    ...(losses.length > 0 ? { loss_pct_p95: p95(losses) } : {}),
    ...(jitters.length > 0 ? { jitter_ms_p95: p95(jitters) } : {}),
  }
  return {
    ...{ measurement: 'mp_rtp', tags: { media_role: role, dir }, timeNs },
    fields: { streams, ...spread, one_way: oneWay, unverified },
  }
}

function lossRow(series: string, sum: Sum, timeNs: number): MeasurementRow {
  const { expected, lost, duplicates, outOfOrder } = sum
  const tags = JSON.parse(series) as Readonly<Record<string, string>>
  const seen = tags['method'] === 'rtp' ? { dup: duplicates, reordered: outOfOrder } : {}
  return {
    ...{ measurement: 'mp_loss', tags, timeNs },
    fields: { expected, lost, loss_pct: (100 * lost) / expected, ...seen, judged: false },
  }
}

/** The least value that 95 of a hundred do not exceed. */
function p95(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.ceil(0.95 * sorted.length) - 1] ?? 0
}
