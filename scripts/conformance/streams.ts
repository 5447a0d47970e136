// Compares streams of media with what an independent dissector says of each (truth/rtp.tsv): packets and lost to
// the packet, jitter within 0.05 ms. What differs stands in an exceptions file with a reason.

import type { Disagreement } from './compare.ts'
import { type End, endText } from './conversations.ts'
import { qualityEvents } from './eve.ts'
import type { Row } from './tables.ts'

const JITTER_ERROR_MS = 0.05
/** Fewer packets of a source are no stream. */
const PACKETS_MIN = 4

/** A source, from one end to the other. */
export interface MediaStream {
  /** `192.0.2.1:5004 > 192.0.2.2:6000 0x3796CB71`. */
  readonly name: string
  readonly packets: number
  /** Expected less packets, so that copies count against what is missing: as the dissector has it. */
  readonly missing: number
  /** Null where it is not known. */
  readonly jitterMs: { readonly mean: number; readonly max: number } | null
}

export interface StreamComparison {
  readonly file: string
  /** Of the truth, those with packets enough to be sure of; and whose packets and lost are the same. */
  readonly streams: number
  readonly agreed: number
  /** Of those, the ones whose jitter the dissector knows; and where it is the same. */
  readonly timed: number
  readonly jitters: number
  readonly disagreements: readonly Disagreement[]
}

/** The streams of a file, from its rows of truth/rtp.tsv. */
export const truthStreams = (rows: readonly Row[]): readonly MediaStream[] =>
  rows.map(row => {
    const from = { address: row('src'), port: Number(row('src_port')) }
    const to = { address: row('dst'), port: Number(row('dst_port')) }
    // Without a clock rate the dissector writes 0 for jitter, and below 0 for its minimum.
    const isTimed = Number(row('min_jitter')) >= 0
    const jitterMs = { mean: Number(row('mean_jitter')), max: Number(row('max_jitter')) }
    return {
      ...{ name: streamName(from, to, row('ssrc')), packets: Number(row('packets')) },
      ...{ missing: Number(row('lost')), jitterMs: isTimed ? jitterMs : null },
    }
  })

/** What of an event is compared. */
interface StreamEvent {
  readonly ssrc: string
  readonly packets: number
  readonly expected: number
  readonly jitter_ms: { readonly mean: number; readonly max: number } | null
}

/** The streams that EVE lines tell of; one that went on under several records is one stream. */
export function streamsOf(eve: string): readonly MediaStream[] {
  const streams = new Map<string, MediaStream>()
  for (const { quality, from, to } of qualityEvents<StreamEvent>(eve, 'rtp')) {
    const name = streamName(from, to, quality.ssrc)
    const before = streams.get(name)
    streams.set(name, {
      name,
      packets: (before?.packets ?? 0) + quality.packets,
      missing: (before?.missing ?? 0) + quality.expected - quality.packets,
      jitterMs: before === undefined ? quality.jitter_ms : null,
    })
  }
  return [...streams.values()]
}

export function compareStreams(
  file: string,
  truth: readonly MediaStream[],
  found: readonly MediaStream[],
): StreamComparison {
  const ours = new Map(found.map(stream => [stream.name, stream]))
  const theirs = new Map(truth.map(stream => [stream.name, stream]))
  const disagreements = [...new Set([...theirs.keys(), ...ours.keys()])].flatMap(subject => {
    const [one, other] = [theirs.get(subject), ours.get(subject)]
    if (one !== undefined && other !== undefined && isSame(one, other)) return []
    return [{ file, subject, says: `truth ${textOf(one)}, mpwatch ${textOf(other)}` }]
  })
  const sure = [...theirs.values()].filter(({ packets }) => packets >= PACKETS_MIN)
  const agreed = sure.filter(one => hasSameCounts(one, ours.get(one.name)))
  const timed = agreed.filter(({ jitterMs }) => jitterMs !== null)
  const differing = new Set(disagreements.map(({ subject }) => subject))
  const same = timed.filter(({ name }) => !differing.has(name))
  const counts = { streams: sure.length, agreed: agreed.length }
  return { file, ...counts, timed: timed.length, jitters: same.length, disagreements }
}

const streamName = (from: End, to: End, ssrc: string): string =>
  `${endText(from)} > ${endText(to)} ${ssrc}`

const hasSameCounts = (truth: MediaStream, found: MediaStream | undefined): boolean =>
  truth.packets === found?.packets && truth.missing === found.missing

/** Where the dissector knows no jitter there is nothing to compare. */
function isSame(truth: MediaStream, found: MediaStream): boolean {
  if (!hasSameCounts(truth, found)) return false
  if (truth.jitterMs === null) return true
  if (found.jitterMs === null) return false
  const { mean, max } = found.jitterMs
  const isNear = (one: number, other: number) => Math.abs(one - other) <= JITTER_ERROR_MS
  return isNear(truth.jitterMs.mean, mean) && isNear(truth.jitterMs.max, max)
}

function textOf(stream: MediaStream | undefined): string {
  if (stream === undefined) return 'none'
  const { packets, missing, jitterMs } = stream
  const jitter =
    jitterMs === null ? '' : ` jitter ${jitterMs.mean.toFixed(3)}/${jitterMs.max.toFixed(3)} ms`
  return `${packets} packets ${missing} lost${jitter}`
}
