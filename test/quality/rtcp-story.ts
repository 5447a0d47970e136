// Reports of two ends that a sensor stands between, with the truth of every way: who is how far from the sensor
// is drawn, and what each end writes into LSR and DLSR follows from its own clock (RFC 3550, 6.4.1).

import { join, u16, u24, u32 } from '../../fixtures/scenario/bytes.ts'
import { seeded } from '../../fixtures/scenario/random.ts'
import { type Scenario, scenario } from '../../fixtures/scenario/scenario.ts'
import type { Host } from '../../fixtures/scenario/stage.ts'

export interface Block {
  readonly about: number
  readonly fraction?: number
  /** Signed. */
  readonly lost?: number
  readonly highest?: number
  readonly jitter?: number
  readonly lsr?: number
  readonly dlsr?: number
}

const blockOf = (block: Block): Uint8Array => {
  const { about, fraction = 0, lost = 0, highest = 0, jitter = 0, lsr = 0, dlsr = 0 } = block
  return join(
    u32(about),
    [fraction, ...u24(lost & 0xffffff)],
    ...[highest, jitter, lsr, dlsr].map(u32),
  )
}

/** A packet of RTCP: `count` is in the first byte, `body` follows the length. */
export const packet = (type: number, count: number, body: Uint8Array): Uint8Array =>
  join([0x80 | count, type], u16(body.length / 4), body)

/** `ntp` has 32 bits of seconds and as many of their fractions. */
export const senderReport = (
  ssrc: number,
  ntp: readonly [number, number],
  packets: number,
  ...blocks: readonly Block[]
): Uint8Array => {
  const sent = [...ntp, 160 * packets, packets, 160 * packets].map(u32)
  return packet(200, blocks.length, join(u32(ssrc), ...sent, ...blocks.map(blockOf)))
}

export const receiverReport = (ssrc: number, ...blocks: readonly Block[]): Uint8Array =>
  packet(201, blocks.length, join(u32(ssrc), ...blocks.map(blockOf)))

export const extendedReport = (ssrc: number, ...blocks: readonly Uint8Array[]): Uint8Array =>
  packet(207, 0, join(u32(ssrc), ...blocks))

/** RFC 3611, 4.4. */
export const receiverTime = ([high, low]: readonly [number, number]): Uint8Array =>
  join([4, 0], u16(2), u32(high), u32(low))

/** RFC 3611, 4.5. */
export const lastTimes = (
  ...times: readonly { readonly about: number; readonly lrr: number; readonly dlrr: number }[]
): Uint8Array =>
  join(
    [5, 0],
    u16(3 * times.length),
    ...times.map(({ about, lrr, dlrr }) => join(u32(about), u32(lrr), u32(dlrr))),
  )

/** RFC 3611, 4.7, of which only the loss rate matters here. */
export const voiceMetrics = (about: number, loss: number): Uint8Array =>
  join([7, 0], u16(8), u32(about), [loss], new Uint8Array(27))

export const middle = ([high, low]: readonly [number, number]): number =>
  (((high & 0xffff) << 16) | (low >>> 16)) >>> 0

/** A clock that anybody may have set: seconds of the story, and where it began to count. */
export const ntpOf = (seconds: number, from: number): readonly [number, number] => {
  const whole = Math.floor(seconds)
  return [(from + whole) >>> 0, Math.floor((seconds - whole) * 2 ** 32)]
}

export interface Call {
  readonly net: Scenario
  readonly ends: readonly [Host, Host]
  readonly ports: readonly [number, number]
  /** In the order in which they passed: who reported, and how far that end is from the sensor and back, ms. */
  readonly trips: readonly { readonly ssrc: number; readonly ms: number }[]
}

export const SSRCS = [0x1111aaaa, 0x2222bbbb] as const

/**
 * Reports of both ends, every two to three seconds. The sensor is drawn to be somewhere between them, ways
 * differ each time and by direction, and clocks are years apart.
 */
export function reportingCall(seed: number, turns = 12): Call {
  const net = scenario({ start: '2026-03-02T10:00:00Z' })
  const random = seeded(seed)
  const upTo = (ms: number): number => (random() / 2 ** 32) * ms
  const ends = [
    net.host('blade', { ip: '10.10.20.31' }),
    net.host('phone', { ip: '10.30.0.7' }),
  ] as const
  const ports = [16_401, 24_581] as const
  const clocks = [3_981_000_000, 17]
  const heard: ({ readonly ntp: readonly [number, number]; readonly atS: number } | null)[] = [
    null,
    null,
  ]
  // When the latest report of each end passed the sensor on its way to the other.
  const passed: (number | null)[] = [null, null]
  const trips: { ssrc: number; ms: number }[] = []
  for (let turn = 0; turn < turns; turn++) {
    const who = turn % 2
    const other = 1 - who
    const sentS = 2 + 2.2 * turn + upTo(700) / 1000
    const passS = sentS + upTo(90) / 1000
    const latest = heard[who] ?? null
    const dlsr = latest === null ? 0 : Math.round((sentS - latest.atS) * 65_536)
    const lsr = latest === null ? 0 : middle(latest.ntp)
    const block = { about: SSRCS[other] as number, lsr, dlsr, jitter: 80 * turn, lost: -turn }
    const ntp = ntpOf(sentS, clocks[who] as number)
    const request = senderReport(SSRCS[who] as number, ntp, 100 * turn, block)
    const [source, target] = [ends[who] as Host, ends[other] as Host]
    const clientPort = ports[who] as number
    net.at(passS).udpOneWay(source, target, ports[other] as number, { clientPort, request })
    const before = passed[other] ?? null
    if (before !== null && latest !== null)
      trips.push({ ssrc: SSRCS[who] as number, ms: (passS - before - dlsr / 65_536) * 1000 })
    passed[who] = passS
    heard[other] = { ntp, atS: passS + upTo(120) / 1000 }
  }
  return { net, ends, ports, trips }
}
