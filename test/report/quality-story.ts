// A measured hour for the tests of reports, told to the book itself: app-a with two Web Servers, of which one is
// far away for ten minutes, three calls, a clock. Histograms and kernel have no part in it.

import type { Address } from '../../src/model/address.ts'
import type { Placement } from '../../src/model/inventory.ts'
import type { MeasuredFlow } from '../../src/model/quality.ts'
import { QualityBook } from '../../src/quality/book.ts'
import { APP, counts, end, ntpQuality, rtpQuality, WEB } from '../support/measured.ts'
import { address, OUTSIDER, sampleFlow } from '../support/samples.ts'

export const WEB_INSIDE = '10.10.20.51'

const NAMES: Readonly<Record<string, readonly [name: string, role: string]>> = {
  [APP]: ['app-a', 'app'],
  [WEB]: ['web-dmz-1', 'web'],
  [WEB_INSIDE]: ['web-int-1', 'web'],
  '10.10.20.31': ['media-1', 'media-audio'],
}

const place = (at: Address): Placement => {
  const [name, role] = NAMES[at.text] ?? ['phone@user-net', 'phone']
  const labels = new Set([role])
  return { ...OUTSIDER, address: at, name, role, labels, isMeetingPlace: role !== 'phone' }
}

export const SITE = { place, limits: { rttMs: 100, lossPct: 1 } }

export const flowTo = (client: string): MeasuredFlow => ({
  ...sampleFlow({ client: end(client, 3471), server: { address: address(APP), port: 61_004 } }),
  vlan: null,
})

/** Round trips, milliseconds, each by a handshake that was over at that second. */
export function handshakes(
  book: QualityBook,
  client: string,
  trips: readonly [s: number, ms: number][],
) {
  for (const [seconds, ms] of trips)
    book.roundTrip(flowTo(client), {
      method: 'syn',
      leg: 'total',
      ns: ms * 1e6,
      timeNs: seconds * 1e9,
    })
}

/** The ten seconds before. */
export const until = (second: number) => ({ fromNs: (second - 10) * 1e9, toNs: second * 1e9 })

const seconds = (count: number) => Array.from({ length: count }, (_, index) => index)

export function measuredHour(site: typeof SITE | null = SITE): QualityBook {
  const book = new QualityBook(site)
  handshakes(
    book,
    WEB_INSIDE,
    seconds(3600).map(s => [s, 2]),
  )
  handshakes(
    book,
    WEB,
    seconds(3600).map(s => [s, s < 3000 ? 40 : 130]),
  )
  const flow = flowTo(WEB)
  const again = { total: 120, fast: 100, timeout: 20, spurious: 0 }
  for (const from of seconds(360).map(step => step * 10)) {
    const sent = counts({ segments: 100, lost: from >= 3000 ? 2 : 0 })
    const last = from === 3590 ? { retransmissions: again, outOfOrder: 3 } : {}
    book.sent(flow, 'client', { ...sent, ...last }, until(from + 10))
  }
  book.sent(flow, 'server', counts({ segments: 500 }), until(10))
  book.sent(flowTo(WEB_INSIDE), 'client', counts({ segments: 700 }), until(10))
  book.measured(rtpQuality())
  book.measured(rtpQuality({ ssrc: 2, packets: 97, lost: 3, jitterMs: { mean: 4, max: 31 } }))
  book.measured(
    rtpQuality({
      ssrc: 3,
      jitterMs: null,
      clockRate: null,
      clockRateBasis: 'unknown',
      payloadType: 96,
    }),
  )
  book.measured(ntpQuality())
  return book
}
