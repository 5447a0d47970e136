// Several sensors in one run: a flow is told once, copies between sensors are duplicates, and the record
// keeps who has seen either side. Every case goes through both kernels (replay).

import { describe, expect, test } from 'vitest'
import { SIGHT_UNKNOWN as KERNEL_UNKNOWN, SENSORS_MAX } from '../../src/kernel/layout.ts'
import { SIGHT_UNKNOWN } from '../../src/model/flow.ts'
import { type Frame, handshake, patched, tcp, udp } from '../support/frames.ts'
import { line, type Replayed, replay } from '../support/kernel.ts'

const MS = 1e6
const SENSORS = { sensors: 2, dedup: true }

/** The frame as another sensor took it, so many milliseconds later, one router further on. */
const later = (frame: Frame, milliseconds: number, sensor = 1): Frame => ({
  ...(frame.bytes[12] === 0x08 ? patched(frame, 22, 63) : patched(frame, 21, 63)),
  timeNs: frame.timeNs + milliseconds * MS,
  sensor,
})

const byTime = (frames: readonly Frame[]): readonly Frame[] =>
  frames.toSorted((one, other) => one.timeNs - other.timeNs)

const seenBy = ({ records }: Replayed): readonly string[] =>
  records.map(record => `${line(record)}, ${record.sensors.client} ${record.sensors.server}`)

const IPS: Readonly<Record<string, (frame: Frame) => Frame>> = {
  'with an IP id': frame => frame,
  'without an IP id': frame => patched(frame, 18, 0, 0),
}

describe('a flow that two sensors see', () => {
  for (const [which, made] of Object.entries(IPS))
    test(`is told once, ${which}, and every packet of the second is a copy`, () => {
      const frames = handshake(0, 'a:1 > b:80').map(made)
      const both = byTime([...frames, ...frames.map(frame => later(frame, 30))])
      const run = replay(both, SENSORS)
      expect(seenBy(run)).toEqual(['tcp 10.0.0.1:1 > 10.0.0.2:80 syn 2/1 capture_end, 3 3'])
      expect(run.ledger.reader).toMatchObject({ seen: 6, duplicate: 3 })
    })

  test('is told once over IPv6 too', () => {
    const frames = handshake(0, 'A:1 > B:80')
    const run = replay(byTime([...frames, ...frames.map(frame => later(frame, 30))]), SENSORS)
    expect(seenBy(run)).toEqual(['tcp 2001:db8::1:1 > 2001:db8::2:80 syn 2/1 capture_end, 3 3'])
    expect(run.ledger.reader.duplicate).toBe(3)
  })

  test('keeps apart who has seen which side', () => {
    const [syn, synAck] = [
      tcp(0, 'b:1 > a:80', 'SYN'),
      tcp(0.2, 'a:80 > b:1', 'SYN+ACK', { acknowledgement: 1 }),
    ]
    const run = replay([{ ...syn, sensor: 1 }, synAck], SENSORS)
    expect(seenBy(run)).toEqual(['tcp 10.0.0.2:1 > 10.0.0.1:80 syn 1/1 capture_end, 2 1'])
  })

  test('says nothing of sensors where there is one only', () => {
    expect(seenBy(replay(handshake(0, 'a:1 > b:80')))).toEqual([
      'tcp 10.0.0.1:1 > 10.0.0.2:80 syn 2/1 capture_end, 0 0',
    ])
  })

  test('has a mask with a bit for each of very many', () => {
    const first = udp(0, 'a:1 > b:2')
    const all = Array.from({ length: SENSORS_MAX }, (_, sensor) => later(first, sensor, sensor))
    const run = replay(all, { sensors: SENSORS_MAX, dedup: true })
    expect(seenBy(run)).toEqual([
      `udp 10.0.0.1:1 > 10.0.0.2:2 first_packet 1/0 capture_end, ${2 ** SENSORS_MAX - 1} 0`,
    ])
  })

  test('begins anew with each record', () => {
    const frames = [udp(0, 'a:1 > b:2'), { ...udp(100, 'a:1 > b:2'), sensor: 1 }]
    expect(seenBy(replay(frames, SENSORS)).map(text => text.split(', ')[1])).toEqual(['1 0', '2 0'])
  })
})

describe('a copy between two sensors', () => {
  const datagram = patched(udp(1, 'a:1 > b:2'), 18, 0, 0)
  const counts = (...frames: readonly Frame[]) => {
    const { records, ledger } = replay(frames, SENSORS)
    return [records.map(({ toServer }) => toServer.packets), ledger.reader.duplicate]
  }

  test('may be a tenth of a second late and no later', () => {
    expect(counts(datagram, later(datagram, 100))).toEqual([[1], 1])
    expect(counts(datagram, later(datagram, 101))).toEqual([[2], 0])
  })

  test('is what one sensor may send five milliseconds late at the most', () => {
    const again = (milliseconds: number) => later(datagram, milliseconds, 0)
    expect(counts(datagram, again(5))).toEqual([[1], 1])
    expect(counts(datagram, again(6))).toEqual([[2], 0])
  })

  // Without an IP id only the time and the sensor tell a packet that was sent again from its copy.
  test('of what was sent again is taken out, and what was sent again is not', () => {
    const again = later(datagram, 50, 0)
    expect(counts(datagram, later(datagram, 1), again, later(again, 1))).toEqual([[2], 2])
  })

  test('of what was lost between them and sent again is taken out once', () => {
    const again = later(datagram, 50, 0)
    expect(counts(datagram, again, later(again, 1))).toEqual([[2], 1])
  })

  test('is found among ten thousand packets that came between', () => {
    const others = Array.from({ length: 10_000 }, (_, index) =>
      patched(udp(1 + index / 1e6, 'c:1 > d:2'), 18, (index >> 8) + 1, index & 0xff),
    )
    const { ledger } = replay(byTime([datagram, ...others, later(datagram, 90)]), SENSORS)
    expect(ledger.reader.duplicate).toBe(1)
  })

  test('says that its sensor has seen a flow, but opens none', () => {
    const [one, other] = [udp(0, 'a:1 > b:2'), later(udp(0, 'a:1 > b:2'), 2)]
    const run = replay([one, other], SENSORS)
    expect(seenBy(run)).toEqual(['udp 10.0.0.1:1 > 10.0.0.2:2 first_packet 1/0 capture_end, 3 0'])
  })
})

describe('a SYN that a firewall gives another number', () => {
  const syn = (seconds: number, sensor: number, sequence: number): Frame => ({
    ...tcp(seconds, 'a:1 > b:80', 'SYN', { sequence, ipId: 100 * sensor + Math.round(seconds) }),
    sensor,
  })

  test('is the same attempt, and no second try', () => {
    const frames = [syn(1, 0, 7000), syn(1.01, 1, 99)]
    const { records } = replay(frames, SENSORS)
    expect(records.map(({ tcp, sensors }) => [tcp?.synCount, sensors.client])).toEqual([[1, 3]])
  })

  test('is another connection where there is one sensor, or where it comes late', () => {
    const [first, second] = [syn(1, 0, 7000), syn(1.01, 0, 99)]
    expect(replay([first, second], { dedup: true }).records).toHaveLength(2)
    expect(replay([first, syn(2, 1, 99)], SENSORS).records).toHaveLength(2)
  })
})

test('of a datagram in fragments it is not known who else has seen it', () => {
  expect(SIGHT_UNKNOWN).toBe(KERNEL_UNKNOWN)
  const whole = udp(0, 'a:1 > b:2', 24)
  const head = patched(whole, 20, 0x20, 0x00)
  const cut = (frame: Frame, from: number, length: number, flags: readonly number[]): Frame => {
    const bytes = Uint8Array.from([
      ...frame.bytes.subarray(0, 34),
      ...frame.bytes.subarray(34 + from, 34 + from + length),
    ])
    new DataView(bytes.buffer).setUint16(16, 20 + length)
    return patched({ ...frame, bytes }, 20, ...flags)
  }
  const frames = [cut(head, 0, 16, [0x20, 0]), cut(head, 16, 16, [0, 2])]
  const both = [...frames, ...frames.map(frame => later(frame, 2))]
  const run = replay(both, SENSORS)
  expect(run.records.map(({ sensors }) => sensors.client)).toEqual([1 | SIGHT_UNKNOWN])
})
