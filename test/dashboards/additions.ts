// What the office day lacks and boards show: a busy link that loses segments, so that loss is judged; times in which nobody
// saw, one of them not yet over; a second sensor as it tells of itself when it captures live; and what waits for an InfluxDB.
// A capture that is played is never blind, drops nothing and is not behind, and an audit feeds nobody meanwhile.

import type { Story } from '../../fixtures/day/cast.ts'
import { clock } from '../../fixtures/day/words.ts'
import type { InfluxPoint } from '../../src/influx/writer.ts'
import type { BlindInterval } from '../../src/model/live.ts'
import { Line } from '../watchers/line.ts'

export const SITE = 'harbourside'
export const utc = (time: string): number => Date.parse(`2026-03-02T${time}:00Z`)

/** Of 320 segments in each minute so many are lost: below, at and far beyond 1 %. */
const LOST = [0, 0, 1, 0, 2, 1, 0, 3, 5, 8, 9, 7, 6, 4, 2, 1, 0, 0, 1, 0]
const SEGMENTS = 320

/** Prompts to web-dmz-2 over 61004, half past three to ten to four. */
export const busyLink: Story = (net, { webDmz2, vipAtB }) => {
  const line = new Line(net, [webDmz2, vipAtB], 61_004, { clientPort: 50_777 })
  const start = clock('15:30')
  line.open(start - 1)
  LOST.forEach((lost, minute) => {
    for (let index = 0; index < SEGMENTS - lost; index++) {
      const at = start + minute * 60 + (index * 60) / SEGMENTS
      const isLost = index % 30 === 15 && index / 30 < lost
      line.send(at, 'server', { bytes: 500 })
      if (isLost) line.send(at + 0.1, 'server', { bytes: 500, back: 500 })
      line.send(at + 0.102, 'client')
    }
  })
}

export const BLIND: readonly BlindInterval[] = [
  blindness('core-span', '12:50', '13:02', 'child_hung', 'tcpdump gave no sign of life for 15 s'),
  blindness('dmz-span', '14:40', '14:52', 'drops', '3.1 % of the packets were dropped'),
  blindness('core-span', '15:10', '15:14', 'link_down', 'core-span has no carrier'),
  blindness('dmz-span', '16:20', null, 'silent', 'No packets for 60 s, though the link is up'),
]

/** Whether the sensor whose packets the capture has is blind at that moment. */
export const isBlindAt = (ms: number): boolean =>
  BLIND.some(
    ({ sensor, fromMs, toMs }) => sensor === 'core-span' && ms >= fromMs && ms < Number(toMs),
  )

/** `dmz-span`, every ten seconds; it drops packets for twelve minutes and is behind meanwhile, and at last it is silent. */
export function secondSensor(): readonly InfluxPoint[] {
  const points: InfluxPoint[] = []
  for (let ms = utc('08:00'); ms < utc('18:00'); ms += 10_000) {
    const drops = ms >= utc('14:40') && ms < utc('14:52')
    const packets =
      ms >= utc('16:20') ? 0 : 8_000 + Math.round(2_500 * Math.sin((ms - utc('08:00')) / 5.7e6))
    points.push({
      measurement: 'mp_sensor',
      tags: { site: SITE, sensor: 'dmz-span', iface: 'span1' },
      fields: {
        pkts: packets,
        kernel_drops: drops ? Math.round(packets * 0.027) : 0,
        iface_drops: drops ? Math.round(packets * 0.004) : 0,
        lag_s: drops ? 4.5 : 0.25,
      },
      timeNs: BigInt(ms) * 1_000_000n,
    })
  }
  return points
}

/** A monitor whose InfluxDB was away for ten minutes, and whose store had no more room for some of it. */
export function exports(): readonly InfluxPoint[] {
  const points: InfluxPoint[] = []
  const [awayMs, backMs] = [utc('11:20'), utc('11:30')]
  for (let ms = utc('08:00') + 5_000; ms < utc('18:00'); ms += 10_000) {
    const isAway = ms >= awayMs && ms < backMs
    points.push({
      ...{ measurement: 'mp_sensor', tags: { site: SITE, sensor: 'all', iface: 'all' } },
      fields: {
        export_queue: isAway ? Math.round((ms - awayMs) / 25) : 12,
        export_dropped: ms === backMs - 5_000 ? 340 : 0,
      },
      timeNs: BigInt(ms) * 1_000_000n,
    })
  }
  return points
}

function blindness(
  sensor: string,
  from: string,
  to: string | null,
  cause: BlindInterval['cause'],
  detail: string,
): BlindInterval {
  const fromMs = utc(from)
  const iface = sensor === 'core-span' ? sensor : 'span1'
  const id = `${iface} ${cause} ${fromMs}`
  const toMs = to === null ? null : utc(to)
  return { id, sensor, interface: iface, cause, fromMs, toMs, detail }
}
