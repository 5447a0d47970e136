// What is kept of flows while they are recognised: the first copy of a byte, never another flow's protocol.

import { describe, expect, test } from 'vitest'
import { bytesOf, join } from '../../fixtures/scenario/bytes.ts'
import {
  httpRequest,
  httpResponse,
  sipInvite,
  sipOk,
  sshBanner,
} from '../../fixtures/scenario/payloads.ts'
import { dnsAnswer, dnsQuery, opaque } from '../../fixtures/scenario/payloads-binary.ts'
import type { Line } from '../../fixtures/scenario/tcp.ts'
import { ipv4 } from '../../src/model/address.ts'
import type { FlowRecord } from '../../src/model/flow.ts'
import { type Frame, IP_AT, patched, udp } from '../support/frames.ts'
import { type ReplayOptions, replay } from '../support/kernel.ts'
import { framesOf, type Segment, segmentsOf, udpFrame } from './segments.ts'

const HTTP: readonly Line[] = [{ client: httpRequest('/first') }, { server: httpResponse() }]
const SSH: readonly Line[] = [{ server: sshBanner() }, { client: sshBanner('PuTTY') }]
const OPAQUE: readonly Line[] = [{ client: opaque(40) }, { server: opaque(40, 2) }]

/** Of which the oldest gives way. */
const CONVERSATIONS_MAX = 65_536
const LONG_MS = 60_000
/** For the openings of all connections. */
const ROOM_BYTES = 32 * 1024 * 1024
const HELD_BYTES = 12_000

const at = (seconds: number, frames: readonly Frame[]): readonly Frame[] =>
  frames.map(frame => ({ ...frame, timeNs: frame.timeNs + seconds * 1e9 }))

const seen = (frames: readonly Frame[], options: ReplayOptions = {}) =>
  replay(frames, { recognise: true, ...options })

/** `http /first` of each record in the order in which they closed. */
const carried = (records: readonly FlowRecord[]): readonly string[] =>
  records
    .filter(({ transport }) => transport === 'tcp')
    .map(({ app: { protocol, facts } }) => {
      const asked = facts.requests.map(({ path, target }) => ` ${path ?? target}`)
      return `${protocol ?? 'unknown'}${asked.join('')}`
    })

describe('of bytes that are sent twice and differ', () => {
  /** The request in three parts, whose first is sent again with another path. */
  const parts = (): readonly [Segment, Segment, Segment] => {
    const [whole] = segmentsOf([{ client: httpRequest('/first') }], 1460)
    if (whole === undefined) throw new Error('there is a request')
    const part = (from: number, to: number): Segment => ({
      ...whole,
      sequence: whole.sequence + from,
      bytes: whole.bytes.subarray(from, to),
    })
    return [part(0, 12), part(12, 20), part(20, whole.bytes.length)]
  }
  const other = (segment: Segment): Segment => ({
    ...segment,
    bytes: segment.bytes.map(byte => (byte === 0x66 ? 0x6c : byte)),
  })
  const [first, second, third] = parts()

  test('the first copy stands, where they come in order', () => {
    const { records, ledger } = seen(framesOf(1, [first, other(first), second, third]))
    expect(carried(records)).toEqual(['http /first'])
    expect(ledger.reasons['note.tcp_overlap_conflict']).toBe(1)
  })

  test('the first copy stands, where both come too early', () => {
    const tail: Segment = { ...third, bytes: third.bytes.map(byte => byte ^ 0x20) }
    const { records, ledger } = seen(framesOf(1, [third, tail, first, second]))
    expect(carried(records)).toEqual(['http /first'])
    expect(ledger.reasons['note.tcp_overlap_conflict']).toBe(1)
  })

  test('the first copy stands, where a later one begins before it', () => {
    const whole = segmentsOf([{ client: httpRequest('/lirst') }], 1460)
    const inside: Segment = { ...first, sequence: 5, bytes: bytesOf('first') }
    const { records, ledger } = seen(framesOf(1, [inside, ...whole]))
    expect(carried(records)).toEqual(['http /first'])
    expect(ledger.reasons['note.tcp_overlap_conflict']).toBe(1)
  })

  test('nothing is counted where they do not differ', () => {
    const { ledger } = seen(framesOf(1, [first, first, second, first, third, second]))
    expect(ledger.reasons['note.tcp_overlap_conflict'] ?? 0).toBe(0)
  })
})

describe('a gap does not silence the rest', () => {
  const invite = (to: string) => sipInvite({ transport: 'TCP', to: `1@${to}`, callId: to })
  const answer = (to: string) => sipOk({ transport: 'TCP', to: `1@${to}`, callId: to })
  const names = ['one.example', 'two.example', 'three.example']
  const talk = names.flatMap(name => [{ client: invite(name) }, { server: answer(name) }])

  test('of a SIP connection, on the side where it is', () => {
    const segments = segmentsOf(talk, 1460)
    const frames = framesOf(
      1,
      segments.filter(({ line }) => line !== 2),
    )
    const [record] = seen(frames).records
    const asked = record?.app.facts.requests.map(({ target, status }) => [target, status])
    expect(asked).toEqual([
      ['one.example', 200],
      ['three.example', 200],
    ])
  })

  test('nor does one within a message', () => {
    const segments = segmentsOf(talk, 100).filter(({ line }, index, all) => {
      const isSecond = all[index - 1]?.line === line && all[index - 2]?.line !== line
      return !(line === 2 && isSecond)
    })
    const [record] = seen(framesOf(1, segments)).records
    expect(record?.app.facts.requests.map(({ target }) => target)).toContain('three.example')
  })
})

describe('a slot that another flow takes up inherits nothing', () => {
  test('on the same ports, from a connection with another protocol', () => {
    const again = at(1, framesOf(1, segmentsOf(SSH, 1460)))
    const renumbered = again.map(frame => withOtherNumbers(frame))
    const { records } = seen([...framesOf(1, segmentsOf(HTTP, 1460)), ...renumbered])
    expect(carried(records)).toEqual(['http /first', 'ssh'])
  })

  test('from a connection that nobody recognised, nor gives it anything', () => {
    const frames = [HTTP, OPAQUE, SSH, OPAQUE].flatMap((talk, index) =>
      at(20 * index, framesOf(index, segmentsOf(talk, 1460))),
    )
    const { records } = seen(frames, { fullMax: 1 })
    expect(carried(records)).toEqual(['http /first', 'unknown', 'ssh', 'unknown'])
  })

  test('from one that was evicted while it was read', () => {
    const [half] = segmentsOf(HTTP, 10)
    const begun = half === undefined ? [] : framesOf(1, [half])
    const { records, before } = seen([...begun, ...at(1, framesOf(2, segmentsOf(OPAQUE, 1460)))], {
      fullMax: 1,
    })
    expect(carried(records)).toEqual(['unknown', 'unknown'])
    expect(before.flows.evicted).toBe(1)
  })

  test('of UDP either', () => {
    const query = udpFrame(0, 'client', dnsQuery('meet.example.com'))
    const reply = udpFrame(1, 'server', dnsAnswer('meet.example.com', ipv4(1)))
    const later = [udpFrame(0, 'client', opaque(40)), udpFrame(1, 'server', opaque(40, 2))]
    const { records } = seen([query, reply, ...at(100, later)])
    expect(records.map(({ app }) => app.protocol)).toEqual(['dns', null])
    expect(records[1]?.app).toMatchObject({ retries: 0, facts: { requests: [] } })
  })

  /** A connection that is at rest, and forgotten when another one needs its room. */
  const forgotten = (): readonly Frame[] => [
    ...framesOf(1, segmentsOf(HTTP, 1460)),
    ...others(700),
    ...at(701, framesOf(2, segmentsOf(OPAQUE, 1460))),
  ]

  test('from one that was forgotten at rest', () => {
    const later = at(702, framesOf(3, segmentsOf(OPAQUE, 1460)))
    const { records, ledger } = seen([...forgotten(), ...later], { fullMax: 1 })
    expect(carried(records)).toEqual(['http /first', 'unknown', 'unknown'])
    expect(ledger.reasons['note.dormant_forgotten']).toBe(1)
  })

  test('not even when the forgotten one is the oldest of too many', { timeout: LONG_MS }, () => {
    const [request] = framesOf(1, segmentsOf([{ client: httpRequest() }], 1460)).slice(-1)
    if (request === undefined) throw new Error('a conversation has a frame')
    const crowd = Array.from({ length: CONVERSATIONS_MAX + 1 }, (_, number) =>
      patched(
        patched(request, IP_AT + 20, number >> 8, number & 0xff),
        ...[IP_AT + 13, 3 + (number >> 16)],
      ),
    )
    const frames = [
      ...forgotten(),
      // Before the next tick, which would put other slots in front.
      ...at(701.5, [udpFrame(0, 'client', opaque(40))]),
      ...at(703, crowd),
    ]
    const { records } = seen(frames, { fullMax: 1 })
    const [flow] = records.filter(({ server }) => server.port === 5353)
    expect(flow?.app).toMatchObject({ protocol: null, facts: { requests: [] } })
  })
})

test('the room of a connection is free again when it ends', { timeout: LONG_MS }, () => {
  // Hellos that never come to an end, one connection after the other on the same ports.
  const bytes = join([22, 3, 1, 0x3f, 0, 1, 0, 0x3e, 0xfc, 3, 3], opaque(HELD_BYTES))
  const bare = { side: 'client', line: 0, sequence: 0, acknowledged: 0 } as const
  const frames = framesOf(1, [{ ...bare, bytes }])
  const count = Math.ceil(ROOM_BYTES / HELD_BYTES) + 1
  const all = Array.from({ length: count }, (_, number) =>
    at(
      number,
      frames.map(frame => withOtherNumbers(frame, number)),
    ),
  ).flat()
  const { ledger } = seen(all)
  expect(ledger.reasons['note.app_given_up'] ?? 0).toBe(0)
})

describe('a flow that goes on under a new record', () => {
  test('keeps its protocol and its facts', () => {
    const segments = segmentsOf([...HTTP, { client: httpRequest('/later') }], 1460)
    const frames = framesOf(1, segments)
    const { records } = seen([...frames.slice(0, -1), ...others(700), ...at(702, frames.slice(-1))])
    expect(carried(records)).toEqual(['http /first', 'http /first /later'])
  })

  test('goes on with an opening of which a part had come', () => {
    const frames = framesOf(1, segmentsOf(HTTP, 40))
    const { records } = seen([...frames.slice(0, 4), ...others(700), ...at(702, frames.slice(4))])
    expect(carried(records)).toEqual(['http', 'http /first'])
  })
})

/** Each second somebody else sends one packet, so that the clock goes on and nothing else is held up. */
function others(seconds: number): readonly Frame[] {
  return Array.from({ length: seconds }, (_, second) => udp(second + 1, `y:${second + 1} > z:1`))
}

const SEQUENCE_AT = 14 + 20 + 4

/** The same segment of a connection whose numbers begin elsewhere. */
function withOtherNumbers(frame: Frame, connection = 1): Frame {
  const bytes = frame.bytes.slice()
  const view = new DataView(bytes.buffer)
  for (const place of [SEQUENCE_AT, SEQUENCE_AT + 4])
    view.setUint32(place, (view.getUint32(place) + 1_000_000 * connection) >>> 0)
  return { ...frame, bytes }
}
