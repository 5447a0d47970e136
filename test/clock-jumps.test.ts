// Goal: whatever the clock that stamps packets does, no duration is negative and no finding is lost (F11, F12).
// Method: the office day with what may go wrong, whose clock jumps ahead by an hour and by ten years and back.

import { beforeAll, describe, expect, test } from 'vitest'
import { plantedDay } from '../fixtures/day/day.ts'
import type { Packet } from '../fixtures/scenario/pcap.ts'
import { complianceFor } from './support/audit.ts'
import { type Ran, ran } from './support/run.ts'

const DAY_MS = 120_000
const SITE = 'fixtures/day/site.yaml'
const HOUR_NS = 3600e9
const TEN_YEARS_NS = 10 * 365 * 24 * HOUR_NS
/** By how much each part of the day is ahead. */
const JUMPS = [0, HOUR_NS, 0, TEN_YEARS_NS, 0, -HOUR_NS]

const net = plantedDay()
const packets = net.packets()
const jumping: readonly Packet[] = packets.map((packet, index) => {
  const ahead = JUMPS[Math.floor(((index + 3000) * JUMPS.length) / (packets.length + 3000))] ?? 0
  return { ...packet, timeNs: packet.timeNs + ahead }
})

const judged = (frames: readonly Packet[]): Ran =>
  ran(frames, complianceFor(SITE, 'core-span'), { epochSeconds: net.epochSeconds })

describe('a clock that jumps by an hour and by ten years', { timeout: DAY_MS }, () => {
  let [plain, jumped]: Ran[] = []
  beforeAll(() => {
    plain = judged(packets)
    jumped = judged(jumping)
  }, DAY_MS)

  test('gives no flow, finding or measurement a negative duration', () => {
    const spans = [
      ...(jumped?.flows.map(({ flow }) => flow) ?? []),
      ...(jumped?.findings ?? []),
      ...(jumped?.quality.flatMap(one => (one.kind === 'rtp' ? [one] : [])) ?? []),
    ]
    expect(spans.length).toBeGreaterThan(3000)
    expect(spans.filter(({ firstNs, lastNs }) => !(lastNs >= firstNs))).toEqual([])
  })

  test('makes no time that was measured negative', () => {
    const times = (jumped?.quality ?? []).flatMap(record => {
      if (record.kind === 'rtp') return [record.jitterMs?.mean ?? 0, record.jitterMs?.max ?? 0]
      if (record.kind === 'rtcp') return [record.roundTripMs ?? 0]
      if (record.kind === 'ntp') return [record.delayMs]
      const handshakes = record.kind === 'tcp' ? [record.handshakeNs ?? 0, record.legNs ?? 0] : []
      return [...handshakes, ...(record.rtt.n > 0 ? [record.rtt.min, record.rtt.max] : [])]
    })
    expect(times.length).toBeGreaterThan(3000)
    expect(times.filter(time => !(time >= 0))).toEqual([])
    const isOfTime = (name: string) => /_ms$/.test(name) && name !== 'offset_ms'
    const fields = jumped?.rows.flatMap(({ fields: all }) => Object.entries(all)) ?? []
    expect(fields.filter(([name, value]) => isOfTime(name) && !(Number(value) >= 0))).toEqual([])
  })

  // A silence through which the clock jumps is none that anybody could date.
  const CUT = ['degraded:forgotten S-06 web-dmz-2 -> app-vip']

  test('loses no finding but that of a silence within which it jumps', () => {
    const known = new Set(jumped?.findings.map(({ id }) => id))
    const lost = plain?.findings.filter(({ id }) => !known.has(id)) ?? []
    expect(
      lost.map(
        ({ verdict, reason, row, source, destination }) =>
          `${verdict}:${reason} ${row} ${source} -> ${destination}`,
      ),
    ).toEqual(CUT)
  })
})
