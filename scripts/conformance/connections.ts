// Compares what was measured of TCP connections with what an independent dissector says of each (truth/tcp.tsv):
// handshakes to the microsecond, what was sent again within a hundredth of the segments. What differs stands in
// an exceptions file with a reason.

import type { Disagreement } from './compare.ts'
import { nameOf } from './conversations.ts'
import { qualityEvents } from './eve.ts'
import type { Row } from './tables.ts'

const AGAIN_SHARE_MAX = 0.01

/** A conversation; several connections of the same ends are summed. */
export interface Connections {
  /** Of each handshake, in microseconds. */
  readonly handshakes: readonly number[]
  readonly again: number
}

/** What mpwatch says has the number of segments too. */
export interface MeasuredConnections extends Connections {
  readonly segments: number
}

export interface TrueConnections extends Connections {
  /** Handshakes of which a part was seen more than once: which one was answered nobody can tell (Karn's rule). */
  readonly isAmbiguous: boolean
}

export interface ConnectionComparison {
  readonly file: string
  readonly conversations: number
  /** Whose retransmissions agree, and how many segments those that do not have. */
  readonly agreed: number
  readonly segments: number
  readonly segmentsOff: number
  /** Handshakes that the dissector has timed from single packets, and those that are the same. */
  readonly handshakes: number
  readonly handshakesAgreed: number
  readonly disagreements: readonly Disagreement[]
}

/** By conversation, from a file's rows of truth/tcp.tsv. */
export function truthConnections(rows: readonly Row[]): ReadonlyMap<string, TrueConnections> {
  const found = new Map<string, TrueConnections>()
  for (const row of rows) {
    const ends = { from: endOf(row, 'client'), to: endOf(row, 'server') }
    const name = nameOf({ transport: 'tcp', ...ends })
    const before = found.get(name)
    const number = (column: string) => Number(row(column))
    // A SYN that is sent again is a retransmission to the dissector, and is counted with the flow here.
    const openings = Math.max(0, number('syn') - 1) + Math.max(0, number('synack') - 1)
    const seconds = row('initial_rtt')
    found.set(name, {
      handshakes: [...(before?.handshakes ?? []), ...(seconds === '' ? [] : [micros(seconds)])],
      again: (before?.again ?? 0) + number('retransmission') - openings,
      isAmbiguous: before?.isAmbiguous === true || number('syn') !== 1 || number('synack') !== 1,
    })
  }
  return found
}

/** What of an event is compared. */
interface ConnectionEvent {
  readonly handshake_rtt_us: number | null
  readonly retransmissions: { readonly total: number }
  readonly segments: number
}

/** By conversation, from EVE lines; a handshake stands with the direction that its client sends in, and the other. */
export function connectionsOf(eve: string): ReadonlyMap<string, MeasuredConnections> {
  const found = new Map<string, MeasuredConnections>()
  const directions = new Map<string, Set<string>>()
  for (const { quality, from, to } of qualityEvents<ConnectionEvent>(eve, 'tcp')) {
    const name = nameOf({ transport: 'tcp', from, to })
    const before = found.get(name)
    const known = directions.get(name) ?? new Set([`${from.address} ${from.port}`])
    directions.set(name, known)
    const isFirstSide = known.has(`${from.address} ${from.port}`)
    const us = quality.handshake_rtt_us
    const handshakes = isFirstSide && us !== null ? [Math.round(us)] : []
    found.set(name, {
      handshakes: [...(before?.handshakes ?? []), ...handshakes],
      again: (before?.again ?? 0) + quality.retransmissions.total,
      segments: (before?.segments ?? 0) + quality.segments,
    })
  }
  return found
}

/** Every conversation of the truth of which something was measured, or something was there to measure. */
export function compareConnections(
  file: string,
  truth: ReadonlyMap<string, TrueConnections>,
  found: ReadonlyMap<string, MeasuredConnections>,
): ConnectionComparison {
  const sums = { agreed: 0, segments: 0, segmentsOff: 0, handshakes: 0, handshakesAgreed: 0 }
  const disagreements: Disagreement[] = []
  for (const [subject, theirs] of truth) {
    const ours = found.get(subject) ?? { handshakes: [], again: 0, segments: 0 }
    const off = Math.abs(theirs.again - ours.again)
    const isNear = off <= AGAIN_SHARE_MAX * ours.segments
    sums.segments += ours.segments
    sums.segmentsOff += off
    if (isNear) sums.agreed++
    const isTimed = theirs.handshakes.length > 0 && !theirs.isAmbiguous
    const isSame = theirs.isAmbiguous || areEqual(theirs.handshakes, ours.handshakes)
    if (isTimed) sums.handshakes++
    if (isTimed && isSame) sums.handshakesAgreed++
    if (isNear && isSame) continue
    disagreements.push({ file, subject, says: `truth ${textOf(theirs)}, mpwatch ${textOf(ours)}` })
  }
  return { file, conversations: truth.size, ...sums, disagreements }
}

/** How much agrees, in words. */
export function connectionLines(comparisons: readonly ConnectionComparison[]): readonly string[] {
  const sum = (of: (one: ConnectionComparison) => number) =>
    comparisons.reduce((total, one) => total + of(one), 0)
  const conversations = sum(one => one.conversations)
  const segments = sum(one => one.segments)
  return [
    `${sum(one => one.agreed)} of ${conversations} conversations agree in what was sent again,`,
    `${segments - sum(one => one.segmentsOff)} of ${segments} segments;`,
    `${sum(one => one.handshakesAgreed)} of ${sum(one => one.handshakes)} handshakes to the microsecond.`,
  ]
}

const endOf = (row: Row, side: string) => ({
  address: row(side),
  port: Number(row(`${side}_port`)),
})

const micros = (seconds: string): number => Math.round(Number(seconds) * 1e6)

function areEqual(one: readonly number[], other: readonly number[]): boolean {
  const [left, right] = [one.toSorted(), other.toSorted()]
  return left.length === right.length && left.every((value, index) => value === right[index])
}

const textOf = ({ handshakes, again }: Connections): string =>
  `${again} sent again, handshake ${handshakes.join(' and ') || 'none'}${handshakes.length > 0 ? ' us' : ''}`
