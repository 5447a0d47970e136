// Goal: a mirror port that delivers one direction only from some moment on is noticed within 70 s, dated right to
// ten seconds, and nothing is held against anybody for it (faults.md F13a; check 2 of pitfalls.md).
// Method: the office day, and the same without one direction of each pair from half-way on.

import { beforeAll, describe, expect, test } from 'vitest'
import { officeDay } from '../fixtures/day/day.ts'
import type { Packet } from '../fixtures/scenario/pcap.ts'
import type { OneWay } from '../src/one-way-watch.ts'
import { complianceFor } from './support/audit.ts'
import { busy, HALF_WAY, isDownwards } from './support/halved.ts'
import { type Ran, ran } from './support/run.ts'

const DAY_MS = 120_000
const SITE = 'fixtures/day/site.yaml'
const SENSOR = 'core-span'
const SECOND_NS = 1e9
const CHUNK = 50

const net = officeDay()
/** Packets of the day, and of four connections that go on and on around its middle. */
const packets = [...net.packets(), ...busy()].toSorted((one, other) => one.timeNs - other.timeNs)

/** One direction is lost between these times, in seconds. */
const halved = (fromS: number, untilS = Number.POSITIVE_INFINITY): readonly Packet[] =>
  packets.filter(packet => {
    const seconds = packet.timeNs / SECOND_NS
    return seconds < fromS || seconds >= untilS || !isDownwards(packet)
  })

interface Watched extends Ran {
  /** Capture time at which each stretch was first known, and was known to be over. */
  readonly known: readonly { readonly openedNs: number; readonly closedNs: number | null }[]
  readonly stretches: readonly OneWay[]
}

function watched(frames: readonly Packet[]): Watched {
  const known: { openedNs: number; closedNs: number | null }[] = []
  const run = ran(frames, complianceFor(SITE, SENSOR), {
    epochSeconds: net.epochSeconds,
    chunkPackets: CHUNK,
    options: { looksForOneWay: true },
    after: monitor => {
      const nowNs = monitor.clockNs ?? 0
      for (const [index, { untilNs }] of monitor.oneWay.entries()) {
        known[index] ??= { openedNs: nowNs, closedNs: null }
        if (untilNs !== null) (known[index] as { closedNs: number | null }).closedNs ??= nowNs
      }
    },
  })
  return { ...run, known, stretches: run.monitor.oneWay }
}

/** What accuses somebody because something was not heard. */
const accusations = ({ findings }: Ran): readonly string[] =>
  findings
    .filter(({ verdict }) => verdict === 'missing' || verdict === 'misdropped')
    .map(({ verdict, row, source, destination }) => `${verdict} ${row} ${source} ${destination}`)

const secondsOf = (ns: number | null = null): number => (ns ?? Number.NaN) / SECOND_NS

describe('one direction that is lost half-way', { timeout: DAY_MS }, () => {
  let lost: Watched
  beforeAll(() => {
    lost = watched(halved(HALF_WAY))
  }, DAY_MS)

  test('is noticed within 70 s, and dated to when both were heard last', () => {
    expect(lost.stretches).toMatchObject([{ sensor: 0, untilNs: null }])
    expect(Math.abs(secondsOf(lost.stretches[0]?.fromNs) - HALF_WAY)).toBeLessThan(10)
    expect(secondsOf(lost.known[0]?.openedNs) - HALF_WAY).toBeLessThanOrEqual(70)
  })

  test('makes nothing missing, and nothing misdropped', () => {
    expect(accusations(lost)).toEqual([])
  })
})

test('is over when both are heard again', { timeout: DAY_MS }, () => {
  const { stretches, known } = watched(halved(HALF_WAY, HALF_WAY + 600))
  expect(stretches).toHaveLength(1)
  const [openedS, closedS] = [stretches[0]?.fromNs, known[0]?.closedNs].map(ns => secondsOf(ns))
  expect(Math.abs((openedS ?? Number.NaN) - HALF_WAY)).toBeLessThan(10)
  expect(Math.abs((closedS ?? Number.NaN) - HALF_WAY - 600)).toBeLessThan(20)
})

test('is not seen in the day as it is, nor in the quiet of its lunch', { timeout: DAY_MS }, () => {
  expect(watched(packets).stretches).toEqual([])
  expect(watched(net.packets()).stretches).toEqual([])
})

// The day alone, where it takes until three connections have shown it.
test('is noticed on a day with little traffic', { timeout: DAY_MS }, () => {
  const fromNs = 2 * 3600 * SECOND_NS
  const half = net.packets().filter(one => one.timeNs < fromNs || !isDownwards(one))
  const { stretches, known } = watched(half)
  expect(stretches).toHaveLength(1)
  expect(secondsOf(known[0]?.openedNs) - 2 * 3600).toBeLessThan(300)
})
