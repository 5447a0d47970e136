// Bounds of the kernel's tables, of headers and of life times. Tables are made smaller than they are, since a
// million flows take a while; that their real size is the one in the table is compared.

import { expect } from 'vitest'
import { join, u16, zeros } from '../../fixtures/scenario/bytes.ts'
import { ethernetFrame, PROTOCOL } from '../../fixtures/scenario/packet.ts'
import { takenBy } from '../../src/commands/sensors.ts'
import type { Ends } from '../../src/flows/record.ts'
import { WatchedFlows } from '../../src/flows/sightings.ts'
import { run } from '../../src/kernel/kernel.ts'
import {
  ADDRESSES_MAX,
  FULL_FLOWS_MAX,
  HALF_OPEN_MAX,
  SENSORS_MAX,
  Stop,
} from '../../src/kernel/layout.ts'
import { begin, load } from '../../src/kernel/session.ts'
import type { Sensor } from '../../src/model/inventory.ts'
import { site } from '../policy/builders.ts'
import {
  type Frame,
  handshake,
  IP_AT,
  ip,
  patched,
  type TcpMore,
  tcp,
  udp,
} from '../support/frames.ts'
import { chunksOf, fateOf, fates, line, lines, replay } from '../support/kernel.ts'
import { type BoundCase, monitored, numbersTo } from './case.ts'

export const KERNEL_BOUNDS: Readonly<Record<string, BoundCase>> = {
  'flows whose packets are watched': (max = 0) => {
    const watched = new WatchedFlows()
    const ends = {} as Ends
    for (const flow of numbersTo(max)) watched.watch(flow, ends, true)
    expect(watched.unwatched).toBe(0)
    watched.watch(max, ends, true)
    expect(watched.unwatched).toBe(1)
    watched.forget(0)
    watched.watch(max, ends, true)
    expect(watched.unwatched).toBe(1)
  },

  'addresses whose frames are watched': (max = 0) => {
    const frames = [1, max, max + 1].map((value, index) => fromAddress(index / 1000, value))
    begin({ seed: 1, sources: numbersTo(max + 1).map(index => index + 1) })
    const [chunk] = [...chunksOf(frames)]
    if (chunk === undefined) expect.fail('the frames make no chunk')
    load(chunk)
    const stops: number[] = []
    for (let stop = run(); stop !== Stop.ChunkEnd; stop = run()) stops.push(stop)
    expect(stops.filter(stop => stop === Stop.Source)).toHaveLength(2)
  },

  'half-open flows': max => {
    expect(max).toBe(HALF_OPEN_MAX)
    const syns = numbersTo(101).map(port => tcp(0, `a:${port} > b:80`, 'SYN'))
    expect(replay(syns, { halfOpenMax: 100 }).ledger.flows.evicted).toBe(1)
  },

  'established flows': max => {
    expect(max).toBe(FULL_FLOWS_MAX)
    const crowd = numbersTo(101).flatMap(port => handshake(port / 10, `a:${port} > b:80`))
    expect(replay(crowd, { fullMax: 100 }).before.flows.evicted).toBe(1)
    const asleep = [...handshake(0, 'a:1 > b:80'), ...silence(1, 650)]
    const { ledger } = replay([...asleep, ...handshake(651, 'c:1 > d:80')], { fullMax: 1 })
    expect(ledger.reasons['note.dormant_forgotten']).toBe(1)
  },

  'IPv6 addresses in use': max => {
    expect(max).toBe(ADDRESSES_MAX)
    const frames = [udp(0, 'A:1 > B:1'), udp(1, 'A:1 > C:1')]
    expect(replay(frames, { addressesMax: 2 }).ledger.flows.unflowed).toBe(1)
  },

  'VLAN tags, MPLS labels': (tags = 0, labels = 0) => {
    expect(fateOf(tagged(tags))).toBe('in_flow')
    expect(fateOf(tagged(tags + 1))).toBe('unsupported.ethertype')
    expect(fateOf(labelled(labels))).toBe('in_flow')
    expect(fateOf(labelled(labels + 1))).toBe('unsupported.ethertype')
  },

  'headers within headers': (max = 0) => {
    expect(lines([inside(max)])).toEqual([expect.stringMatching(/^udp 10\.0\.0\.1:1 > /)])
    expect(lines([inside(max + 1)])).toEqual([expect.stringMatching(/^other 10\.0\.0\.3:/)])
  },

  'fragments waiting': (bytes = 0, seconds = 0) => {
    // Each takes twice the room of what it lies behind: the bytes themselves, and which have come.
    const flood = numbersTo(bytes / 65_536).map(id => fragment(id / 1000, id, 60_000))
    expect(monitored(flood).ledger.reasons['note.datagram_dropped']).toBeGreaterThan(0)
    const late = [fragment(0, 1, 8), fragment(seconds + 1, 2, 8)]
    expect(monitored(late).ledger.reasons['note.datagram_dropped']).toBe(1)
    const early = [fragment(0, 1, 8), fragment(seconds, 2, 8)]
    expect(monitored(early).ledger.reasons['note.datagram_dropped']).toBeUndefined()
  },

  'datagram of fragments': (bytes = 0) => {
    // What the IP header of 20 bytes leaves for the payload.
    const reaching = (end: number): Frame => fragment(0, 1, end & ~7, end & 7)
    const dropped = (end: number) =>
      monitored([reaching(end - IPV4_BYTES)]).ledger.reasons['note.datagram_dropped']
    expect(dropped(bytes)).toBeUndefined()
    expect(dropped(bytes + 1)).toBe(1)
  },

  'fingerprints of recent packets': (count, seconds) =>
    exceedFingerprints(count, seconds, { sensors: 1, rounds: 10 }),

  'the same of several sensors': (count, seconds) =>
    exceedFingerprints(count, seconds, { sensors: 2, rounds: 3 }),

  'sensors of a run': max => {
    expect(max).toBe(SENSORS_MAX)
    const sensors = numbersTo(SENSORS_MAX + 1).map(number => sensorOf(`s${number}`))
    const pairs = sensors.map(({ name }) => `${name}=${name}.pcap`)
    expect(() => takenBy(site({ sensors }), [], pairs)).toThrow(/^--sensor: at most/)
  },

  'idle flow': (open = 0, attempt = 0, closed = 0, other = 0) => {
    const syn = tcp(0, 'a:1 > b:80', 'SYN')
    const reset = tcp(0, 'b:80 > a:1', 'RST', { acknowledgement: 5001 })
    const stories: readonly (readonly [limit: number, story: readonly Frame[], end: string])[] = [
      [open, at0(handshake(0, 'a:1 > b:80')), 'idle'],
      [attempt, [syn], 'idle'],
      [closed, [...at0(handshake(0, 'a:1 > b:80')), reset], 'closed'],
      [other, [udp(0, 'a:1 > b:80')], 'idle'],
    ]
    for (const [limit, story, end] of stories) {
      expect(endOf([...story, ...silence(1, limit)]), `${limit} s`).toBe('capture_end')
      expect(endOf([...story, ...silence(1, limit + 1)]), `${limit + 1} s`).toBe(end)
    }
  },

  'record of a busy flow': (seconds = 0) => {
    const busy = numbersTo(seconds / 50 + 2).map(number => udp(50 * number, 'a:1 > b:80'))
    expect(lines(busy)).toEqual([
      expect.stringMatching(/ active$/),
      expect.stringMatching(/ capture_end resumed$/),
    ])
  },

  'dormant flow': (seconds = 0) => {
    const later = (rest: number): readonly string[] =>
      lines([
        ...at0(handshake(0, 'a:1 > b:80')),
        ...silence(1, rest),
        tcp(rest + 0.5, 'a:1 > b:80', 'ACK', ACKNOWLEDGED),
      ]).filter(text => text.startsWith('tcp'))
    expect(later(seconds).at(-1)).toMatch(/^tcp .* syn 1\/0 capture_end resumed$/)
    expect(later(seconds + 1).at(-1)).toMatch(/^tcp .* 1\/0 capture_end$/)
  },
}

/** A copy within the window is found, one after it is not, nor one after so many times the others. */
function exceedFingerprints(
  count = 0,
  seconds = 0,
  { sensors, rounds }: { readonly sensors: number; readonly rounds: number },
): void {
  const options = { sensors, dedup: true }
  const first = udp(0, 'a:1 > b:1')
  const again = (timeNs: number): Frame => ({ ...first, timeNs, sensor: sensors - 1 })
  const windowNs = seconds * 1e9
  replay([first, again(windowNs)], options)
  expect(fates()).toEqual({ in_flow: 1, 'duplicate.copy': 1 })
  replay([first, again(windowNs + 1)], options)
  expect(fates()).toEqual({ in_flow: 2 })
  const others = numbersTo(rounds * count).map(number => numbered(udp(0, 'c:1 > d:1'), number))
  const crowd = others.map((frame, index) => ({ ...frame, timeNs: index + 1 }))
  replay([first, ...crowd, again(windowNs)], options)
  expect(fates()).toEqual({ in_flow: rounds * count + 2 })
}

const sensorOf = (name: string): Sensor => ({ name, sees: ['core'], clockMs: 0 })

const ACKNOWLEDGED: TcpMore = { sequence: 1001, acknowledgement: 5001 }

const at0 = (frames: readonly Frame[]): readonly Frame[] =>
  frames.map(frame => ({ ...frame, timeNs: 0 }))

/** Others are heard of every half hour and at the end, so that the clock goes on. */
const silence = (from: number, end: number): readonly Frame[] =>
  [...numbersTo(Math.ceil((end - from) / 1800)).map(step => from + 1800 * step), end].map(seconds =>
    udp(seconds, 'y:1 > z:1'),
  )

/** Why the record of the host a ended. */
const endOf = (frames: readonly Frame[]): string | undefined =>
  replay(frames)
    .records.filter(record => line(record).includes(' 10.0.0.1:'))
    .at(-1)?.end

const IPV4_BYTES = 20
const INNER = udp(0, 'a:1 > b:1').bytes.subarray(IP_AT, IP_AT + 40)
const MACS = zeros(12)

function tagged(tags: number): Frame {
  const each = numbersTo(tags).flatMap(() => [0x81, 0, 0, 5])
  return { timeNs: 0, bytes: join(MACS, each, [0x08, 0], INNER) }
}

function labelled(labels: number): Frame {
  const each = numbersTo(labels).flatMap(index => [0, 1, Number(index === labels - 1), 64])
  return { timeNs: 0, bytes: join(MACS, [0x88, 0x47], each, INNER) }
}

/** A datagram of the host a, so many times inside packets of the host c. */
function inside(depth: number): Frame {
  let packet: Uint8Array = INNER
  for (let times = 0; times < depth; times++)
    packet = ip(0, 'c > d', 4, packet).bytes.subarray(IP_AT, IP_AT + 20 + packet.length)
  const ends = { source: '02:00:00:00:00:01', target: '02:00:00:00:00:02', vlan: null }
  return { timeNs: 0, bytes: ethernetFrame(ends, 0x0800, packet) }
}

/** The middle of a datagram. */
function fragment(seconds: number, id: number, offset: number, bytes = 8): Frame {
  const whole = ip(seconds, 'a > b', PROTOCOL.UDP, zeros(bytes))
  const word = 0x2000 | (offset >> 3)
  return patched(whole, IP_AT + 4, ...u16(id), ...u16(word))
}

/** The same frame with another IP identification and source port. */
const numbered = (frame: Frame, number: number): Frame =>
  patched(patched(frame, IP_AT + 4, ...u16(1 + (number % 65_535))), IP_AT + 20, ...u16(number >> 4))

/** A datagram from the address of this value. */
const fromAddress = (seconds: number, value: number): Frame =>
  patched(udp(seconds, 'a:1 > b:1'), IP_AT + 12, ...u16(value >>> 16), ...u16(value & 0xffff))
