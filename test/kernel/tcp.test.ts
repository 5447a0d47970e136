// What TCP headers say of a flow: who opened it, how it was answered, who hears whom, and how it ended.

import { describe, expect, test } from 'vitest'
import type { FlowRecord, TcpFacts } from '../../src/model/flow.ts'
import { type Frame, handshake, SECOND_NS, type TcpMore, tcp } from '../support/frames.ts'
import { lines, replay } from '../support/kernel.ts'

/** The client's and the server's segments of one connection. */
const client = (seconds: number, flags: string, more: TcpMore = {}) =>
  tcp(seconds, 'a:1000 > b:80', flags, more)
const server = (seconds: number, flags: string, more: TcpMore = {}) =>
  tcp(seconds, 'b:80 > a:1000', flags, more)

const FLOW = 'tcp 10.0.0.1:1000 > 10.0.0.2:80'
const SYN = client(0, 'SYN', { sequence: 1000 })
const SYN_ACK = server(0.1, 'SYN+ACK', { sequence: 5000, acknowledgement: 1001 })

function only(frames: readonly Frame[]): FlowRecord {
  const { records } = replay(frames)
  const [record] = records
  if (record === undefined || records.length > 1) throw new Error(`${records.length} records`)
  return record
}

function tcpOf(frames: readonly Frame[]): TcpFacts {
  const { tcp: facts } = only(frames)
  if (facts === null) throw new Error('not a TCP flow')
  return facts
}

describe('the client is', () => {
  const stories: Readonly<Record<string, readonly [readonly Frame[], found: string]>> = {
    'who sends the SYN': [[SYN], `${FLOW} syn 1/0 capture_end`],
    'who is answered, where the SYN was not seen': [[SYN_ACK], `${FLOW} synack 0/1 capture_end`],
    'who sends the SYN, though its answer overtook it': [
      [SYN_ACK, SYN],
      `${FLOW} syn 1/1 capture_end`,
    ],
    'who speaks first in the middle of a stream': [
      [server(0, 'ACK'), client(1, 'ACK')],
      'tcp 10.0.0.2:80 > 10.0.0.1:1000 first_packet 1/1 capture_end',
    ],
    'whom a SYN-ACK answers, though the server was heard before': [
      [server(0, 'ACK', { acknowledgement: 900 }), SYN_ACK],
      `${FLOW} synack 0/2 capture_end`,
    ],
    'who sent the first SYN, where both open at once': [
      [SYN, server(0.01, 'SYN', { sequence: 5000 }), SYN_ACK],
      `${FLOW} syn 1/2 capture_end`,
    ],
    'whose data came with the SYN': [
      [client(0, 'SYN', { sequence: 1000, data: 10 })],
      `${FLOW} syn 1/0 capture_end`,
    ],
  }
  for (const [who, [frames, found]] of Object.entries(stories))
    test(`${who}`, () => {
      expect(lines(frames)).toEqual([found])
    })

  test('the one with the higher address as well as the one with the lower', () => {
    const up = [tcp(0, 'b:1000 > a:80', 'SYN'), tcp(0.1, 'a:80 > b:1000', 'SYN+ACK')]
    expect(lines(up)).toEqual(['tcp 10.0.0.2:1000 > 10.0.0.1:80 syn 1/1 capture_end'])
  })

  test('the one with the higher port, on a host that talks to itself', () => {
    const loop = [tcp(0, 'a:9000 > a:80', 'SYN'), tcp(0.1, 'a:80 > a:9000', 'SYN+ACK')]
    expect(lines(loop)).toEqual(['tcp 10.0.0.1:9000 > 10.0.0.1:80 syn 1/1 capture_end'])
  })
})

test('a SYN-ACK that turns the client round leaves each end its own counts', () => {
  const record = only([
    server(0, 'ACK', { data: 400, acknowledgement: 900 }),
    server(0.01, 'ACK', { data: 400, acknowledgement: 900 }),
    client(0.02, 'ACK', { data: 100 }),
    SYN_ACK,
  ])
  expect(record).toMatchObject({
    client: { port: 1000 },
    toServer: { packets: 1, bytes: 154 },
    toClient: { packets: 3, bytes: 454 + 454 + 60 },
    data: { client: true, server: true },
  })
})

describe('a SYN on ports that are known', () => {
  const established = handshake(0, 'a:1000 > b:80')

  test('with the same number is a retry', () => {
    const retries = [
      SYN,
      client(3, 'SYN', { sequence: 1000 }),
      client(9, 'SYN', { sequence: 1000 }),
    ]
    expect(lines(retries)).toEqual([`${FLOW} syn 3/0 capture_end`])
    expect(tcpOf(retries)).toMatchObject({ synCount: 3, lastSynNs: 9 * SECOND_NS })
    expect(tcpOf(retries).syn?.timeNs).toBe(0)
  })

  test('with another number is another connection', () => {
    expect(lines([...established, client(5, 'SYN', { sequence: 7000 })])).toEqual([
      `${FLOW} syn 2/1 reused`,
      `${FLOW} syn 1/0 capture_end`,
    ])
  })

  test('and another number than its overtaking SYN-ACK confirms is another connection', () => {
    expect(lines([SYN_ACK, client(0.2, 'SYN', { sequence: 2000 })])).toEqual([
      `${FLOW} synack 0/1 reused`,
      `${FLOW} syn 1/0 capture_end`,
    ])
  })

  test('after the middle of a stream is another connection', () => {
    expect(lines([client(0, 'ACK'), client(5, 'SYN', { sequence: 7000 })])).toEqual([
      `${FLOW} first_packet 1/0 reused`,
      `${FLOW} syn 1/0 capture_end`,
    ])
  })

  test('from the former server is a connection the other way round', () => {
    expect(lines([...established, server(5, 'SYN', { sequence: 7000 })])).toEqual([
      `${FLOW} syn 2/1 reused`,
      'tcp 10.0.0.2:80 > 10.0.0.1:1000 syn 1/0 capture_end',
    ])
  })

  test('begins with nothing of what was before', () => {
    const reset = server(1, 'RST', { ttl: 1 })
    const { records } = replay([...established, reset, client(5, 'SYN', { sequence: 7000 })])
    expect(records.map(({ end }) => end)).toEqual(['reused', 'capture_end'])
    expect(records[1]?.tcp).toEqual({
      ...{ state: 'new', synCount: 1, lastSynNs: 5 * SECOND_NS, synAck: null, rst: null },
      syn: { timeNs: 5 * SECOND_NS, ttl: 64, window: 8192, ipId: 7 },
      fin: { client: false, server: false },
      acknowledges: { client: false, server: false },
    })
  })
})

describe('the state', () => {
  const established = handshake(0, 'a:1000 > b:80')
  const fin = [client(1, 'FIN+ACK'), server(1.1, 'FIN+ACK')]
  const stories: Readonly<Record<string, readonly [readonly Frame[], TcpFacts['state']]>> = {
    'is new after a SYN': [[SYN], 'new'],
    'is new after a SYN-ACK': [[SYN, SYN_ACK], 'new'],
    'is established when the client confirms': [established, 'established'],
    'stays established after one FIN': [[...established, ...fin.slice(0, 1)], 'established'],
    'is closed after FINs both ways': [[...established, ...fin], 'closed'],
    'is closed after a reset': [[...established, client(1, 'RST')], 'closed'],
    'is closed after a refusal': [
      [SYN, server(0.1, 'RST+ACK', { acknowledgement: 1001 })],
      'closed',
    ],
  }
  for (const [sentence, [frames, state]] of Object.entries(stories))
    test(sentence, () => {
      expect(tcpOf(frames).state).toBe(state)
    })

  test('names the sides that have closed', () => {
    expect(tcpOf([...established, ...fin.slice(1)]).fin).toEqual({ client: false, server: true })
  })
})

describe('an acknowledgement number', () => {
  const heard = (...numbers: readonly number[]) =>
    tcpOf(numbers.map((acknowledgement, index) => client(index / 10, 'ACK', { acknowledgement })))
      .acknowledges
  const cases: Readonly<Record<string, readonly [readonly number[], boolean]>> = {
    'seen once proves nothing': [[5], false],
    'seen twice proves nothing: a keep-alive': [[5, 5], false],
    'that moves on proves that the server is heard': [[5, 6], true],
    'that falls back proves nothing': [[6, 5], false],
    'that moves on above 2^31 counts': [[0x8000_0000, 0x8000_0001], true],
    'that moves over 2^31 counts': [[0x7fff_ffff, 0x8000_0000], true],
    'that moves over 2^32 counts': [[0xffff_ffff, 3], true],
    'that falls back over 2^32 proves nothing': [[3, 0xffff_ffff], false],
  }
  for (const [sentence, [numbers, isHeard]] of Object.entries(cases))
    test(sentence, () => {
      expect(heard(...numbers)).toEqual({ client: isHeard, server: false })
    })

  test('of the server is what the server has heard', () => {
    const frames = [client(0, 'ACK'), server(0.1, 'ACK', { acknowledgement: 5 })]
    const { acknowledges } = tcpOf([...frames, server(0.2, 'ACK', { acknowledgement: 6 })])
    expect(acknowledges).toEqual({ client: false, server: true })
  })

  test('in a SYN-ACK does not yet prove that anybody is heard', () => {
    expect(tcpOf([SYN, SYN_ACK]).acknowledges).toEqual({ client: false, server: false })
  })

  test('in a reset does not count', () => {
    const frames = [client(0, 'ACK', { acknowledgement: 5 })]
    const reset = client(0.1, 'RST+ACK', { acknowledgement: 9 })
    expect(tcpOf([...frames, reset]).acknowledges).toEqual({ client: false, server: false })
  })

  test('after the SYN proves a SYN-ACK that was not seen', () => {
    const confirmed = [SYN, client(0.2, 'ACK', { acknowledgement: 5001 })]
    expect(tcpOf(confirmed).acknowledges).toEqual({ client: true, server: false })
  })

  test('is matched across 2^32 when a SYN-ACK overtakes its SYN', () => {
    const late = client(0.2, 'SYN', { sequence: 0xffff_ffff })
    expect(lines([server(0.1, 'SYN+ACK', { acknowledgement: 0 }), late])).toEqual([
      `${FLOW} syn 1/1 capture_end`,
    ])
  })
})

describe('the marks of', () => {
  test('the SYN, the SYN-ACK and the reset are kept, each its own', () => {
    const facts = tcpOf([
      client(0, 'SYN', { sequence: 1000, ttl: 127, window: 65_535, ipId: 0xfffe }),
      server(0.1, 'SYN+ACK', { acknowledgement: 1001, ttl: 60, window: 4380, ipId: 2 }),
      server(0.2, 'RST', { ttl: 255, window: 1, ipId: 0xffff }),
    ])
    expect(facts.syn).toEqual({ timeNs: 0, ttl: 127, window: 65_535, ipId: 0xfffe })
    expect(facts.synAck).toEqual({ timeNs: 0.1 * SECOND_NS, ttl: 60, window: 4380, ipId: 2 })
    expect(facts.rst).toEqual({
      ...{ timeNs: 0.2 * SECOND_NS, ttl: 255, window: 1, ipId: 0xffff, from: 'server' },
    })
  })

  test('a retried SYN do not replace those of the first', () => {
    const retry = client(3, 'SYN', { sequence: 1000, ttl: 9, window: 9, ipId: 9 })
    expect(tcpOf([SYN, retry]).syn).toEqual({ timeNs: 0, ttl: 64, window: 8192, ipId: 7 })
  })

  test('a second reset do not replace those of the first', () => {
    const resets = [client(1, 'RST', { ttl: 63 }), server(1.1, 'RST', { ttl: 255 })]
    expect(tcpOf([SYN, ...resets]).rst).toMatchObject({ ttl: 63, from: 'client' })
  })

  test('an IPv6 segment lack the identification', () => {
    const { tcp: facts } = only([tcp(0, 'A:1 > B:80', 'SYN', { ttl: 61 })])
    expect(facts?.syn).toEqual({ timeNs: 0, ttl: 61, window: 8192, ipId: 0 })
  })
})

test('payload is told from headers, side by side', () => {
  const frames = [client(0, 'ACK', { data: 0 }), server(1, 'ACK', { data: 1 })]
  expect(only(frames).data).toEqual({ client: false, server: true })
})

test('forty thousand SYNs are counted as far as the counter goes', () => {
  const syns = Array.from({ length: 40_000 }, (_, index) => ({ ...SYN, timeNs: index * 6e6 }))
  expect(tcpOf(syns).synCount).toBe(0x7fff)
})
