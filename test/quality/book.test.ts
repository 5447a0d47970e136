// What the book makes of round trips, segments, streams and clocks that are told to it.

import { describe, expect, test } from 'vitest'
import type { RoundTrip } from '../../src/model/quality.ts'
import { isAboveLimit, type ReportedPair } from '../../src/model/reported-quality.ts'
import { QualityBook } from '../../src/quality/book.ts'
import {
  flowTo,
  handshakes,
  measuredHour,
  SITE,
  until,
  WEB_INSIDE,
} from '../report/quality-story.ts'
import {
  APP,
  counts,
  end,
  ntpQuality,
  PHONE,
  rtcpQuality,
  rtpQuality,
  WEB,
  webToApp,
} from '../support/measured.ts'
import { sampleResult, udpFlow } from '../support/samples.ts'
import { complaints } from '../support/schemas.ts'

const EPOCH = 1_772_446_500
const reportOf = (book: QualityBook, max = 100) => book.report(max, EPOCH)

function onlyPair(book: QualityBook): ReportedPair {
  const { pairs } = reportOf(book)
  const [pair] = pairs
  if (pair === undefined || pairs.length !== 1) throw new Error(`${pairs.length} pairs`)
  return pair
}

test('what it tells fits the schema of the result', () => {
  const quality = reportOf(measuredHour())
  expect(complaints('result', sampleResult({ quality }))).toEqual([])
  expect(complaints('result', sampleResult({ quality: reportOf(measuredHour(null)) }))).toEqual([])
})

describe('round trips', () => {
  test('pairs have the names of the site, or addresses where there is none', () => {
    const names = (site: typeof SITE | null) =>
      reportOf(measuredHour(site)).pairs.map(({ a, b }) => `${a} ${b}`)
    expect(names(SITE)).toEqual(['app-a web-dmz-1', 'app-a web-int-1'])
    expect(names(null)).toEqual([`${APP} ${WEB}`, `${APP} ${WEB_INSIDE}`])
  })

  test('hosts of others are left out where there is a site', () => {
    const book = new QualityBook(SITE)
    const flow = { ...flowTo(PHONE), server: end('10.50.3.18', 80) }
    book.roundTrip(flow, { method: 'syn', leg: 'total', ns: 1e6, timeNs: 0 })
    expect(reportOf(book).pairs).toEqual([])
    const all = new QualityBook(null)
    all.roundTrip(flow, { method: 'syn', leg: 'total', ns: 1e6, timeNs: 0 })
    expect(reportOf(all).pairs).toHaveLength(1)
  })

  test('a leg alone is no whole way; with the latest of the other leg it is', () => {
    const book = new QualityBook(SITE)
    const flow = flowTo(WEB)
    const tell = (leg: RoundTrip['leg'], ms: number, seconds: number) =>
      book.roundTrip(flow, { method: 'seqack', leg, ns: ms * 1e6, timeNs: seconds * 1e9 })
    tell('server', 3, 1)
    expect(onlyPair(book).round_trip.n).toBe(0)
    tell('client', 40, 2)
    tell('client', 50, 61)
    tell('client', 60, 61.5)
    const { round_trip: trips, methods } = onlyPair(book)
    expect([trips.n, trips.min_ms, trips.max_ms]).toEqual([2, 43, 53])
    expect(methods.map(({ leg, n }) => `${leg} ${n}`)).toEqual(['total 2', 'a 1', 'b 3'])
  })

  test("a handshake's halves serve for what follows, and are not counted twice", () => {
    const book = new QualityBook(SITE)
    const flow = flowTo(WEB)
    const timeNs = 1e9
    book.roundTrip(flow, { method: 'syn', leg: 'server', ns: 2e6, timeNs })
    book.roundTrip(flow, { method: 'syn', leg: 'client', ns: 30e6, timeNs })
    book.roundTrip(flow, { method: 'syn', leg: 'total', ns: 32e6, timeNs })
    book.roundTrip(flow, { method: 'seqack', leg: 'client', ns: 31e6, timeNs: 2e9 })
    const { round_trip: trips } = onlyPair(book)
    expect([trips.n, trips.min_ms, trips.max_ms]).toEqual([2, 32, 33])
  })

  test('a ping is a half and nothing more', () => {
    const book = new QualityBook(SITE)
    book.roundTrip(flowTo(WEB), { method: 'icmp', leg: 'server', ns: 1e6, timeNs: 0 })
    book.roundTrip(flowTo(WEB), { method: 'seqack', leg: 'client', ns: 1e6, timeNs: 0 })
    const { round_trip: trips, methods } = onlyPair(book)
    expect([trips.n, methods.map(({ method, leg }) => `${method} ${leg}`)]).toEqual([
      0,
      ['icmp a', 'seqack b'],
    ])
  })
})

describe('the limits', () => {
  const trips = (...ms: readonly number[]) => {
    const book = new QualityBook(SITE)
    handshakes(
      book,
      WEB,
      ms.map((one, second) => [second, one]),
    )
    return onlyPair(book)
  }
  const many = (count: number, ms: number) => Array.from({ length: count }, () => ms)

  test('equality is not above', () => {
    const pair = trips(...many(30, 100))
    expect([pair.round_trip.over, isAboveLimit(pair)]).toEqual([0, false])
  })

  test('5 % of samples above leave p95 below; more do not', () => {
    expect(isAboveLimit(trips(...many(57, 10), ...many(3, 101)))).toBe(false)
    expect(isAboveLimit(trips(...many(56, 10), ...many(4, 101)))).toBe(true)
  })

  test('ten bad minutes of a day are not lost in it', () => {
    const book = new QualityBook(SITE)
    const day = Array.from({ length: 8640 }, (_, step) => step * 10)
    const slow = (second: number) => second >= 40_000 && second < 44_000
    handshakes(
      book,
      WEB,
      day.map(second => [second, slow(second) ? 130 : 20]),
    )
    const pair = onlyPair(book)
    expect(pair.round_trip.p95_ms).toBe(20)
    expect(pair.round_trip.over).toBe(400)
    expect(pair.round_trip.is_above_limit).toBe(true)
  })

  test('only a Web Server with an Application Server has any', () => {
    const book = new QualityBook(SITE)
    handshakes(book, PHONE, [[0, 500]])
    const pair = onlyPair(book)
    expect([pair.limits, pair.round_trip.over, isAboveLimit(pair)]).toEqual([null, null, false])
  })

  const losses = {
    '2 of 200': [{ segments: 200, lost: 2 }, false],
    '3 of 200': [{ segments: 200, lost: 3 }, true],
    '3 of 199': [{ segments: 199, lost: 3 }, false],
    '3 of 200 where the capture lacks one': [{ segments: 200, lost: 3, captureGaps: 1 }, false],
  } as const
  for (const [words, [changes, isAbove]] of Object.entries(losses)) {
    test(`${words} lost ${isAbove ? 'is' : 'is not'} above`, () => {
      const whole = new QualityBook(SITE)
      whole.sent(webToApp(), 'client', counts(changes), until(10))
      expect(isAboveLimit(onlyPair(whole))).toBe(isAbove)
      const part = new QualityBook(SITE)
      part.sent(webToApp(), 'client', counts({ segments: 100_000 }), until(10))
      part.sent(webToApp(), 'client', counts(changes), until(20))
      expect(isAboveLimit(onlyPair(part))).toBe(isAbove)
    })
  }
})

describe('loss', () => {
  test('each direction has its own segments', () => {
    const book = new QualityBook(SITE)
    book.sent(webToApp(), 'client', counts({ segments: 300, lost: 3 }), until(10))
    book.sent(webToApp(), 'server', counts({ segments: 40, zeroWindows: 2 }), until(10))
    book.sent(webToApp(), 'client', counts({ segments: 100, lost: 1 }), until(20))
    const [there, back] = onlyPair(book).directions
    expect(there).toMatchObject({ from: 'app-a', to: 'web-dmz-1', segments: 40, zero_windows: 2 })
    expect(back).toMatchObject({ from: 'web-dmz-1', to: 'app-a', segments: 400, lost: 4 })
    expect(back?.loss_pct).toBe(1)
  })

  test('its curve is by when it was sent, and so is what the capture lacks', () => {
    const book = new QualityBook(SITE)
    const tell = (changes: object, second: number) =>
      book.sent(webToApp(), 'server', counts(changes), until(second))
    tell({ segments: 100, lost: 1 }, 10)
    tell({ segments: 99, captureGaps: 1 }, 30)
    const [there] = onlyPair(book).directions
    expect(there?.loss_series).toEqual([1, null, 0])
    expect(there?.capture_loss_series).toEqual([0, null, 1])
  })

  test('all directions together say what the capture lacks', () => {
    const book = new QualityBook(null)
    book.sent(webToApp(), 'client', counts({ segments: 999, captureGaps: 1 }), until(10))
    expect(reportOf(book).capture).toEqual({ segments: 999, gaps: 1, loss_pct: 0.1 })
  })
})

describe('streams', () => {
  test('the worst come first: by share lost, then by jitter', () => {
    const book = new QualityBook(SITE)
    const jitter = (max: number) => ({ jitterMs: { mean: 1, max } })
    book.measured(rtpQuality({ ssrc: 1, ...jitter(9) }))
    book.measured(rtpQuality({ ssrc: 2, ...jitter(30) }))
    book.measured(rtpQuality({ ssrc: 3, lost: 1, packets: 99 }))
    book.measured(rtpQuality({ ssrc: 4, lost: 2, packets: 8, expected: 10 }))
    const { streams, streams_seen: seen } = reportOf(book)
    expect(streams.map(({ ssrc }) => Number(ssrc))).toEqual([4, 3, 2, 1])
    expect(seen).toMatchObject({ count: 4, expected: 310, lost: 3 })
    expect(reportOf(book, 2).streams).toHaveLength(2)
  })

  test('a stream whose record was cut is one stream', () => {
    const book = new QualityBook(SITE)
    book.measured(rtpQuality({ jitterMs: { mean: 1, max: 5 }, lost: 1, packets: 99 }))
    book.measured(
      rtpQuality({ jitterMs: { mean: 3, max: 4 }, lastNs: 60e9, packets: 101, expected: 101 }),
    )
    const { streams, streams_seen: seen } = reportOf(book)
    expect(seen.count).toBe(1)
    expect(streams).toMatchObject([
      { packets: 200, expected: 201, lost: 1, jitter_ms: { mean: 2.01, max: 5 } },
    ])
    expect(streams[0]?.last).toBe('2026-03-02T10:16:00.000000000Z')
  })

  test('what its receiver reports stands beside it, by whatever ports it came', () => {
    const book = new QualityBook(SITE)
    book.measured(rtpQuality())
    book.measured(rtpQuality({ ssrc: 9 }))
    book.measured(rtcpQuality({ fractionLostPct: 2.5 }))
    const [first, second] = reportOf(book).streams.toSorted((one, other) =>
      one.ssrc < other.ssrc ? 1 : -1,
    )
    expect(first?.reported).toEqual({ fraction_lost_pct: 2.5, jitter_ms: 1, rtt_ms: null })
    expect(second?.reported).toBeNull()
  })
})

describe('clocks', () => {
  test('the latest exchange of a pair counts, and how many there were', () => {
    const book = new QualityBook(SITE)
    book.measured(ntpQuality({ offsetMs: 1 }))
    book.measured(ntpQuality({ offsetMs: -2, timeNs: 90e9 }))
    expect(reportOf(book).clocks).toMatchObject([
      { client: 'web-dmz-1', server: 'app-a', n: 2, offset_ms: -2 },
    ])
  })

  const by = (server: string) => ({
    flow: udpFlow({ client: end(WEB, 123), server: end(server, 123) }),
  })
  const ownClocks = (book: QualityBook) => book.report(100, EPOCH, ['core', 'dmz']).sensor_clocks

  test("the sensor's own clock is by the best server, and none that is not synchronised", () => {
    const book = new QualityBook(null)
    book.measured(ntpQuality({ ...by('10.0.0.1'), stratum: 16, sensorOffsetMs: 1 }))
    book.measured(ntpQuality({ ...by('10.0.0.2'), stratum: 1, leap: 3, sensorOffsetMs: 2 }))
    book.measured(ntpQuality({ ...by('10.0.0.5'), stratum: 1, sensorOffsetMs: null }))
    expect(ownClocks(book)).toEqual([])
    book.measured(ntpQuality({ ...by('10.0.0.3'), stratum: 3, sensorOffsetMs: 3 }))
    book.measured(ntpQuality({ ...by('10.0.0.4'), stratum: 2, sensorOffsetMs: 1500 }))
    book.measured(ntpQuality({ ...by('10.0.0.3'), stratum: 3, sensorOffsetMs: 4 }))
    book.measured(ntpQuality({ ...by('10.0.0.4'), stratum: 2, sensorOffsetMs: 1501, delayMs: 9 }))
    expect(ownClocks(book)).toEqual([
      { sensor: 'core', offset_ms: -1501, uncertainty_ms: 1, server: '10.0.0.4', stratum: 2, n: 2 },
    ])
  })

  test('each sensor has its own; an exchange that two of them saw tells of neither', () => {
    const book = new QualityBook(null)
    book.measured(ntpQuality({ sensor: 1, sensorOffsetMs: -7 }))
    book.measured(ntpQuality({ sensor: 0, sensorOffsetMs: 5 }))
    book.measured(ntpQuality({ sensor: null, sensorOffsetMs: null, stratum: 1 }))
    expect(ownClocks(book).map(({ sensor, offset_ms: ms }) => `${sensor} ${ms}`)).toEqual([
      'core -5',
      'dmz 7',
    ])
  })
})
