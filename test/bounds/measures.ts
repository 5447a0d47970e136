// Bounds of what is measured of connections and echoes.

import { expect } from 'vitest'
import type { Ends, Orientation } from '../../src/flows/record.ts'
import { HOLES_USED, MEASURED_USED, SAMPLE_COUNT, UNMEASURED } from '../../src/kernel/layout.ts'
import {
  HOLES_MAX,
  MEASURED_MAX,
  SAMPLES_MAX,
  Sample,
  SIDE_HOLES_MAX,
} from '../../src/kernel/measured-layout.ts'
import { getI32, setI32 } from '../../src/kernel/memory.ts'
import { leaveSample } from '../../src/kernel/samples.ts'
import { begin } from '../../src/kernel/session.ts'
import { Measuring } from '../../src/measuring.ts'
import { FlowRoundTrips } from '../../src/quality/flow-round-trips.ts'
import { echo, measured, measuredFrom } from '../quality/measured.ts'
import { type Frame, handshake, tcp } from '../support/frames.ts'
import { address } from '../support/samples.ts'
import { type BoundCase, numbersTo } from './case.ts'

export const MEASURE_BOUNDS: Readonly<Record<string, BoundCase>> = {
  'connections measured': (max = 0) => {
    expect(max).toBe(MEASURED_MAX)
    const unmeasured = (used: number): number => {
      const { ledger } = measuredFrom(handshake(0, 'a:1 > b:80'), () => setI32(MEASURED_USED, used))
      return ledger.reasons['note.flow_unmeasured'] ?? 0
    }
    expect(unmeasured(max - 1)).toBe(0)
    expect(unmeasured(max)).toBe(1)
  },

  'connections with holes in what was seen, holes of a side': (max = 0, holes = 0) => {
    expect([max, holes]).toEqual([HOLES_MAX, SIDE_HOLES_MAX])
    const unmeasured = (used: number): number => {
      const { ledger } = measuredFrom(torn(1), () => setI32(HOLES_USED, used))
      return ledger.reasons['note.flow_unmeasured'] ?? 0
    }
    expect(unmeasured(max - 1)).toBe(0)
    expect(unmeasured(max)).toBe(1)
    // Filled at once, from the last one to the first: the first one was given up.
    const outOfOrder = (count: number): number => {
      const [record] = measured([...torn(count), ...mended(count)])
      return record?.kind === 'tcp' ? record.outOfOrder : Number.NaN
    }
    expect(outOfOrder(holes)).toBe(holes)
    expect(outOfOrder(holes + 1)).toBe(holes)
  },

  'samples of a chunk': (max = 0) => {
    expect(max).toBe(SAMPLES_MAX)
    begin({ seed: 1, measure: true })
    for (const _ of numbersTo(max + 1)) leaveSample(0, Sample.Echo, 0, 1, 0)
    expect(getI32(SAMPLE_COUNT)).toBe(max)
  },

  'blocks for round trips of a side of a flow, connections tracked': (blocks = 0, max = 0) => {
    begin({ seed: 1, measure: true })
    const measuring = new Measuring([], () => ({ ends: ENDS, orientation: ENDS.orientation }))
    const unmeasured = () => measuring.notes['note.flow_unmeasured']
    for (const flow of numbersTo(blocks)) {
      sampled(flow)
      if (flow % 1000 === 0) measuring.drain()
    }
    measuring.drain()
    expect(unmeasured()).toBe(0)
    sampled(blocks)
    measuring.drain()
    expect(unmeasured()).toBe(1)
    for (const flow of numbersTo(max)) measuring.track(flow, ENDS, ENDS.orientation)
    expect(unmeasured()).toBe(1)
    measuring.track(max, ENDS, ENDS.orientation)
    expect(unmeasured()).toBe(2)
    expect(getI32(UNMEASURED)).toBe(0)
  },

  'bins of round trips of a flow': (max = 0) => {
    const largest = (others: number) => {
      const table = new FlowRoundTrips()
      for (const step of numbersTo(others)) table.add(1, false, 1e6 * 1.0051 ** step)
      for (const _ of numbersTo(others)) for (const ns of NEIGHBOURS) table.add(1, false, ns)
      return table.distribution(1, false).p99
    }
    // Two neighbours are told apart until bins are joined.
    const [one, other] = NEIGHBOURS.map(ns => ns / 1e6) as [number, number]
    expect(largest(max - 2)).toBeCloseTo(other, 6)
    expect(largest(max)).toBeCloseTo((one + other) / 2, 6)
  },

  'echo requests of a flow that wait': (max = 0) => {
    const replies = (asked: number): number => {
      const requests = numbersTo(asked).map(number => echo(0, 'request', number))
      const [record] = measured([...requests, echo(1, 'reply', 0)])
      return record?.kind === 'icmp' ? record.rtt.n : Number.NaN
    }
    expect(replies(max)).toBe(1)
    expect(replies(max + 1)).toBe(0)
  },
}

/** Two round trips in bins next to each other, of which joining makes one. */
const NEIGHBOURS = [1.005 ** 4160.5, 1.005 ** 4161.5] as const

const ORIENTATION: Orientation = { clientHigh: false, basis: 'syn' }
const ENDS: Ends = {
  protocol: 6,
  low: { address: address('10.0.0.1'), port: 1 },
  high: { address: address('10.0.0.2'), port: 80 },
  orientation: ORIENTATION,
}

const sampled = (flow: number): void => leaveSample(flow, Sample.SequenceAck, 0, 1e6, 0)

/** A connection in which each second segment of so many pairs is missing. */
const torn = (holes: number): readonly Frame[] => [
  ...handshake(0, 'a:1 > b:80'),
  ...numbersTo(holes + 1).map(index => sent(index, 2 * index)),
]

/** The others, within the milliseconds in which nobody can have sent them again. */
const mended = (holes: number): readonly Frame[] =>
  numbersTo(holes).map(index => sent(holes + 1 + index, 2 * (holes - index) - 1))

const sent = (order: number, segment: number): Frame =>
  tcp(1 + order / 1e6, 'a:1 > b:80', 'ACK', {
    ...{ sequence: 1001 + 100 * segment, acknowledgement: 5001, data: 100, ipId: 1000 + segment },
  })
