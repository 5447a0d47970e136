// ICMP errors become evidence of the flow that they quote, and of no other.

import { describe, expect, test } from 'vitest'
import { ADDRESS_COUNT } from '../../src/kernel/layout.ts'
import { getI32 } from '../../src/kernel/memory.ts'
import {
  type Frame,
  handshake,
  icmp,
  icmpAbout,
  ip,
  SECOND_NS,
  tcp,
  udp,
} from '../support/frames.ts'
import { type ReplayOptions, replay } from '../support/kernel.ts'

const SYN = tcp(0, 'a:1000 > b:80', 'SYN')
const SYN_6 = tcp(0, 'A:1000 > B:80', 'SYN')
const PROHIBITED = [3, 13] as const
const PROHIBITED_6 = [1, 1] as const

/** `type/code from` of the error of each record; `-` for none. */
function errorsOf(frames: readonly Frame[], options: ReplayOptions = {}): readonly string[] {
  return replay(frames, options).records.map(({ icmpError: error }) =>
    error === null ? '-' : `${error.type}/${error.code} ${error.from.text}`,
  )
}

describe('an error is tied to', () => {
  const stories: Readonly<Record<string, readonly [readonly Frame[], found: readonly string[]]>> = {
    'the connection that it quotes': [
      [SYN, icmpAbout(1, 'w > a', PROHIBITED, SYN)],
      ['3/13 10.0.0.23'],
    ],
    'the connection of which it quotes eight bytes': [
      [SYN, icmpAbout(1, 'w > a', PROHIBITED, SYN, 28)],
      ['3/13 10.0.0.23'],
    ],
    'the datagram that it quotes': [
      [udp(0, 'a:9 > b:53'), icmpAbout(1, 'b > a', [3, 3], udp(0, 'a:9 > b:53'))],
      ['3/3 10.0.0.2'],
    ],
    'the flow of which it quotes the answer': [
      [SYN, icmpAbout(1, 'w > b', PROHIBITED, tcp(0, 'b:80 > a:1000', 'SYN+ACK'))],
      ['3/13 10.0.0.23'],
    ],
    'an IPv6 connection': [
      [SYN_6, icmpAbout(1, 'W > A', PROHIBITED_6, SYN_6)],
      ['1/1 2001:db8::17'],
    ],
    'a flow without ports': [
      [
        ip(0, 'a > b', 50, new Uint8Array(8)),
        icmpAbout(1, 'w > a', [3, 2], ip(0, 'a > b', 50, new Uint8Array(8))),
      ],
      ['3/2 10.0.0.23'],
    ],
    'the flow alone that it quotes': [
      [SYN, udp(0, 'a:1000 > b:80'), icmpAbout(1, 'w > a', PROHIBITED, SYN)],
      ['3/13 10.0.0.23', '-'],
    ],
  }
  for (const [what, [frames, found]] of Object.entries(stories))
    test(what, () => {
      expect(errorsOf(frames)).toEqual(found)
      expect(replay(frames).errors.unmatched).toBe(0)
    })

  test('a ping, which it quotes by type and identifier', () => {
    const ping = icmp(0, 'a > b', 8)
    expect(errorsOf([ping, icmpAbout(1, 'w > a', [3, 1], ping)])).toEqual(['3/1 10.0.0.23'])
  })
})

test('an error says when it came, and where it is in the capture', () => {
  const { records } = replay([SYN, udp(0.5, 'c:1 > d:1'), icmpAbout(1, 'w > a', PROHIBITED, SYN)])
  expect(records[0]?.icmpError).toMatchObject({
    ...{ timeNs: SECOND_NS, version: 4, type: 3, code: 13 },
    packet: { file: 0, frame: 3, offset: 120 },
  })
})

test('the first error of a record stands', () => {
  const errors = [icmpAbout(1, 'w > a', PROHIBITED, SYN), icmpAbout(2, 'b > a', [3, 1], SYN)]
  expect(errorsOf([SYN, ...errors])).toEqual(['3/13 10.0.0.23'])
})

describe('that a packet was too big', () => {
  const cases: Readonly<Record<string, readonly [error: Frame, isSaid: boolean]>> = {
    'says fragmentation needed': [icmpAbout(1, 'w > a', [3, 4], SYN), true],
    'says packet too big': [icmpAbout(1, 'W > A', [2, 0], SYN_6), true],
    'says no other unreachable': [icmpAbout(1, 'w > a', PROHIBITED, SYN), false],
    'says no type 2 of IPv4': [icmpAbout(1, 'w > a', [2, 0], SYN), false],
    'says no other error of IPv6': [icmpAbout(1, 'W > A', [3, 4], SYN_6), false],
    'says nothing of flows that nobody saw': [
      icmpAbout(1, 'w > a', [3, 4], tcp(0, 'a:1 > b:2', 'SYN')),
      false,
    ],
  }
  for (const [what, [error, isSaid]] of Object.entries(cases))
    test(what, () => {
      expect(replay([SYN, SYN_6, error]).tooBig).toHaveLength(isSaid ? 1 : 0)
    })
  test('is said by each, though only the first error of a record is kept', () => {
    const errors = [icmpAbout(1, 'w > a', PROHIBITED, SYN), icmpAbout(2, 'w > a', [3, 4], SYN)]
    expect(replay([SYN, ...errors]).tooBig).toHaveLength(1)
  })
})

describe('an error is counted as unmatched that', () => {
  const fragment = tcp(0, 'a:1000 > b:80', 'SYN')
  fragment.bytes[20] = 1
  const stories: Readonly<Record<string, readonly Frame[]>> = {
    'quotes a flow that nobody saw': [icmpAbout(1, 'w > a', PROHIBITED, SYN)],
    'quotes an IPv6 flow that nobody saw': [icmpAbout(1, 'W > A', PROHIBITED_6, SYN_6)],
    'quotes other ports': [
      udp(0, 'a:9 > b:54'),
      icmpAbout(1, 'w > a', [3, 3], udp(0, 'a:9 > b:53')),
    ],
    'quotes no ports': [SYN, icmpAbout(1, 'w > a', PROHIBITED, SYN, 22)],
    'quotes half an IP header': [SYN, icmpAbout(1, 'w > a', PROHIBITED, SYN, 12)],
    'quotes nothing': [SYN, icmp(1, 'w > a', 3, 13)],
    'quotes a later fragment': [SYN, icmpAbout(1, 'w > a', PROHIBITED, fragment)],
    'quotes IPv6 in IPv4': [SYN, icmpAbout(1, 'w > a', PROHIBITED, SYN_6)],
  }
  for (const [what, frames] of Object.entries(stories))
    test(what, () => {
      const { records, errors, ledger } = replay(frames)
      expect(errors.unmatched).toBe(1)
      expect(ledger.reasons).toMatchObject({ 'no_flow.icmp_error': 1 })
      expect(records.filter(({ icmpError }) => icmpError !== null)).toEqual([])
    })
})

describe('quoted IPv6 addresses', () => {
  const query = udp(0, 'A:9 > B:53')

  test('leave no trace where nobody knows them', () => {
    replay([icmpAbout(1, 'W > A', PROHIBITED_6, SYN_6)])
    expect(getI32(ADDRESS_COUNT)).toBe(0)
  })

  test('leave no trace where one of them is known', () => {
    const quoted = udp(0, 'A:9 > C:53')
    const frames = [query, icmpAbout(1, 'W > A', PROHIBITED_6, quoted), udp(2, 'B:53 > A:9')]
    const { records } = replay(frames, { addressesMax: 3 })
    expect(records).toHaveLength(1)
    expect(records[0]?.toClient.packets).toBe(1)
    expect(getI32(ADDRESS_COUNT)).toBe(0)
  })

  test('are not even looked up where there is no room for them', () => {
    const quoted = udp(0, 'C:9 > D:53')
    const frames = [query, icmpAbout(1, 'W > A', PROHIBITED_6, quoted), udp(2, 'B:53 > A:9')]
    const { errors, ledger } = replay(frames, { addressesMax: 2 })
    expect(errors.unmatched).toBe(1)
    expect(ledger.flows).toMatchObject({ in_flow: 2, unflowed: 0 })
  })
})

describe('an error about a flow at rest', () => {
  const rested = [...handshake(0, 'a:1000 > b:80'), udp(300, 'y:1 > z:1'), udp(650, 'y:1 > z:1')]
  const quoted = tcp(0, 'a:1000 > b:80', 'ACK')
  const error = icmpAbout(651, 'w > a', PROHIBITED, quoted)

  test('is no evidence, since its record has ended', () => {
    const frames = [...rested, error, tcp(652, 'a:1000 > b:80', 'ACK')]
    const records = replay(frames).records.filter(({ transport }) => transport === 'tcp')
    expect(records.map(({ icmpError }) => icmpError?.code)).toEqual([undefined, undefined])
  })

  test('does not pass to the connection that uses its ports anew', () => {
    const frames = [...rested, error, tcp(652, 'a:1000 > b:80', 'SYN', { sequence: 7000 })]
    const records = replay(frames).records.filter(({ transport }) => transport === 'tcp')
    expect(records.map(({ icmpError }) => icmpError)).toEqual([null, null])
  })

  test('does not pass to a stranger that takes its place in a full table', () => {
    const stranger = handshake(652, 'c:1 > d:443')
    const frames = [
      ...rested,
      error,
      udp(651.5, 'y:1 > z:1'),
      ...stranger,
      ...handshake(653, 'e:1 > f:443'),
    ]
    const { records } = replay(frames, { fullMax: 1 })
    expect(
      records.filter(({ server }) => server.port === 443).map(({ icmpError }) => icmpError),
    ).toEqual([null, null])
  })
})
