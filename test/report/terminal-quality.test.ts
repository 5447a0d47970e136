// The report of `mpwatch quality`, read as a person would.

import { describe, expect, test } from 'vitest'
import type { ReportedQuality } from '../../src/model/reported-quality.ts'
import { QualityBook } from '../../src/quality/book.ts'
import { renderTerminal } from '../../src/report/terminal.ts'
import { renderQuality } from '../../src/report/terminal-quality.ts'
import { counts, ntpQuality, rtcpQuality, rtpQuality, WEB, webToApp } from '../support/measured.ts'
import { sampleResult } from '../support/samples.ts'
import { flowTo, measuredHour, SITE, until } from './quality-story.ts'

const EPOCH = 1_772_446_500
const told = (tell: (book: QualityBook) => void): ReportedQuality => {
  const book = new QualityBook(SITE)
  tell(book)
  return book.report(100, EPOCH)
}
const hour = measuredHour().report(100, EPOCH)

function rendered(quality: ReportedQuality, { width = 100, hasSite = true, color = false } = {}) {
  const { provenance } = sampleResult()
  const site = hasSite ? provenance.site : null
  const result = sampleResult({ quality, conclusion: null, provenance: { ...provenance, site } })
  return renderQuality(result, { color, width })
}

/** The lines from the one that begins so to the next empty one. */
function block(text: string, start: string): readonly string[] {
  const lines = text.split('\n')
  const at = lines.findIndex(line => line.startsWith(start))
  return at < 0 ? [] : lines.slice(at, lines.indexOf('', at))
}

test('the first line names the pair that was above a limit', () => {
  expect(rendered(hour).split('\n')[0]).toMatch(
    /^Above the limits: app-a ↔ web-dmz-1, of 2 that have any\./,
  )
})

test('round trips stand by pair, each number with its method and its count', () => {
  expect(block(rendered(hour), 'Round trips')).toEqual([
    'Round trips in milliseconds, worst first',
    '                         n   p50   p95   p99   max  above 100',
    '◆ app-a ↔ web-dmz-1  3,600  40.0   130   130   130        600  ▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▇▇▇▇▇',
    '    p95 130 of 3,600 handshakes.',
    '  app-a ↔ web-int-1  3,600  2.00  2.00  2.00  2.00          0  ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁',
    '    p95 2.00 of 3,600 handshakes.',
  ])
})

test('loss stands by direction, its worst part beside the whole', () => {
  expect(block(rendered(hour, { width: 110 }), 'Loss of')).toEqual([
    'Loss of TCP segments, worst first',
    '                       sent  lost     %  worst %  fast  time-out  needless  missing here',
    '◆ web-dmz-1 → app-a  36,000   120  0.33     2.00   100        20         0             0  ▁▁▁▁▁▁▁▁▁▁▁▁███',
    '    Besides: 3 out of order.',
    '  2 directions lost nothing: 1,200 segments, none sent again.',
    '  The capture lacks none of 37,200 segments, as far as TCP shows.',
  ])
})

test('streams stand by SSRC, and say where their clock is not known', () => {
  expect(block(rendered(hour, { width: 110 }), 'Media streams')).toEqual([
    'Media streams (RTP), worst first',
    '                                          SSRC  type  expected  lost     %  jitter ms   max  since, UTC',
    '  media-1:16402 → 10.50.3.17:20164  0x00000002  PCMU       100     3  3.00       4.00  31.0    10:15:28',
    '  media-1:16402 → 10.50.3.17:20164  0x3796CB71  PCMU       100     0  0.00       0.50  1.00    10:15:28',
    '  media-1:16402 → 10.50.3.17:20164  0x00000003    96       100     0  0.00          -     -    10:15:28',
    '    Clock rate not known.',
    '  3 streams: 3 of 300 packets lost, 1.00 %.',
  ])
})

test("clocks have their bounds, and the sensor's own is told", () => {
  expect(block(rendered(hour), 'Clocks')).toEqual([
    'Clocks (NTP), the largest offset first',
    '                      offset ms     ±  delay ms  stratum  n',
    '  web-dmz-1 by app-a      +12.3  1.00      2.00        3  1',
    "  The sensor's own clock is 3.50 ms ahead of app-a (stratum 3, 1 exchange), to within 1.00 ms.",
  ])
})

describe('a sensor whose clock is off', () => {
  const line = (sensorOffsetMs: number, uncertaintyMs: number) => {
    const quality = told(book =>
      book.measured(ntpQuality({ sensorOffsetMs, sensorUncertaintyMs: uncertaintyMs })),
    )
    return rendered(quality)
      .split('\n')
      .filter(text => text.includes("sensor's own clock"))
  }
  test('by more than a second is a warning', () => {
    expect(line(1500, 10)).toEqual([
      "! The sensor's own clock is 1,500 ms behind app-a (stratum 3, 1 exchange), to within 10.0 ms. Every",
    ])
  })
  test('by what the bound allows is none', () => {
    expect(line(1005, 10)[0]).toMatch(/^ {2}The sensor's own clock is 1,005 ms behind/)
    expect(line(-1000, 0)[0]).toMatch(/^ {2}The/)
  })
})

describe('where there is nothing', () => {
  test('at all, one sentence says so', () => {
    const text = rendered(told(() => {}))
    const [first, , second] = text.split('\n')
    expect(first).toBe('Nothing was measured: no TCP connection, no RTP and no NTP.')
    expect(second).toBe('Observed')
  })

  test('of one kind, its part says so kindly', () => {
    const onlyClock = rendered(told(book => book.measured(ntpQuality())))
    for (const words of [
      'Nothing was measured between a Web Server and an Application Server. 1 clock was measured.',
      '  No round trip was seen whole.',
      '  No data was sent by TCP.',
      '  No RTP stream was seen.',
    ])
      expect(onlyClock).toContain(`${words}\n`)
    expect(onlyClock).not.toContain('How to read this')
    const onlyStream = rendered(told(book => book.measured(rtpQuality())))
    expect(onlyStream).toContain('\n  No exchange of NTP was seen.\n')
  })
})

test('where only a half of the way was seen, no number pretends to be the whole', () => {
  const quality = told(book =>
    book.roundTrip(flowTo(WEB), { method: 'seqack', leg: 'client', ns: 40e6, timeNs: 0 }),
  )
  expect(block(rendered(quality), 'Round trips').slice(2)).toEqual([
    '  app-a ↔ web-dmz-1  0    -    -    -    -          0',
    '    Not the whole way, p95 from the sensor to web-dmz-1 40.0 of 1 acknowledgement.',
  ])
})

test('without a site it says that no limit is applied, and how to have one', () => {
  const text = rendered(measuredHour(null).report(100, EPOCH), { hasSite: false })
  expect(text.split('\n')[0]).toBe('2 pairs of hosts, 3 media streams and 1 clock were measured.')
  expect(text).toContain('No limit is applied: --site names')
  expect(text).not.toContain('above 100')
})

test('a loss that cannot be told has no number, one that may be higher says so', () => {
  const quality = told(book => {
    book.sent(webToApp(), 'client', counts({ segments: 980, lost: 30, lostBefore: 30 }), until(10))
    book.sent(webToApp(), 'server', counts({ segments: 990, lost: 4, captureGaps: 10 }), until(10))
  })
  const rows = block(rendered(quality), 'Loss of').filter(line => line.includes('→'))
  expect(rows.map(row => row.replaceAll(/ +/g, ' ').trim())).toEqual([
    '◆ web-dmz-1 → app-a 1,010 30 ≥ 2.97 2.97 0 0 0 0',
    'app-a → web-dmz-1 990 4 ▨ - 0 0 0 10',
  ])
})

test('what a receiver reports stands with its stream', () => {
  const quality = told(book => {
    book.measured(rtpQuality({ duplicates: 2, outOfOrder: 1, restarts: 1 }))
    book.measured(rtcpQuality({ fractionLostPct: 2.5, roundTripMs: 40.2 }))
  })
  expect(rendered(quality)).toContain(
    '\n    2 duplicates, 1 out of order, 1 restart, its receiver says 2.5 % lost, jitter 1.00 ms, round\n    trip 40.2 ms.\n',
  )
})

test('no line is wider than the terminal, the hash and the names of captures apart', () => {
  for (const width of [40, 60, 80, 100, 120]) {
    const lines = rendered(hour, { width }).split('\n')
    const wide = lines.filter(line => [...line].length > width && !/sha256|↔|→/.test(line))
    expect([width, wide]).toEqual([width, []])
  }
})

test('on a narrow terminal the share and the count above the limit are kept', () => {
  const text = rendered(hour, { width: 40 })
  expect(block(text, 'Round trips')[1]).toBe('                      p95  above 100')
  expect(block(text, 'Loss')[1]?.trim().split(/ {2,}/)).toEqual(['sent', 'lost', '%'])
})

test('colour adds nothing but colour', () => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what an escape sequence begins with.
  const bare = rendered(hour, { color: true }).replaceAll(/\u001b\[[\d;]*m/g, '')
  expect(bare).toBe(rendered(hour))
})

test('no text of a host acts on the terminal', () => {
  const [pair, ...pairs] = hour.pairs
  if (pair === undefined) throw new Error('no pair')
  const evil = { ...hour, pairs: [{ ...pair, a: 'a\u001b[2J\u202e' }, ...pairs] }
  const text = rendered(evil)
  expect(text).not.toContain('\u001b')
  expect(text).toContain('a\\x1b[2J\\u{202e} ↔ web-dmz-1')
})

test('an audit tells the worst of each in three lines at the most', () => {
  const text = renderTerminal(sampleResult({ quality: hour }), { color: false, width: 120 })
  expect(block(text, 'Quality')).toEqual([
    'Quality, in short',
    '  Worst pair: app-a ↔ web-dmz-1, p95 130 ms of 3,600 round trips (limit 100 ms), 0.33 % of 36,000 segments lost.',
    '  Worst of 3 media streams: media-1 → phone@user-net, 3.00 % of 100 packets lost, jitter up to 31.0 ms.',
    '  Capture: of 37,200 TCP segments it lacks none. mpwatch quality tells more.',
  ])
  const nothing = renderTerminal(sampleResult({ quality: told(() => {}) }), {
    color: false,
    width: 100,
  })
  expect(nothing).not.toContain('Quality')
})
