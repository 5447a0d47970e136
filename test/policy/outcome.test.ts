// What happened on the network, from the facts of one record. The signatures as packets:
// signatures.test.ts.

import { describe, expect, test } from 'vitest'
import type { FlowRecord, IcmpError } from '../../src/model/flow.ts'
import { answeredHow } from '../../src/model/words.ts'
import { Evidence } from '../../src/policy/evidence.ts'
import { outcomeOf } from '../../src/policy/outcome.ts'
import { addressOf, flow, host, segment, tcp } from './builders.ts'

const ADMIN = host('admin@admin-net', 'admin')
const APP = host('app@core', 'app')
const SECOND = 1e9

const evidenceOf = (heardSeconds = Number.NEGATIVE_INFINITY) => {
  const evidence = new Evidence(() => heardSeconds * SECOND)
  evidence.notePair(ADMIN, APP, 'both')
  return evidence
}

function outcomeIn(more: Partial<FlowRecord>, evidence = evidenceOf(), nowSeconds = 60) {
  const record = flow('10.3.0.9:50000 -> 10.1.0.9:22 tcp', more)
  const outcome = outcomeOf(record, ADMIN, APP, evidence, nowSeconds * SECOND)
  const { signature, state, confidence } = outcome
  const why = state === 'answered' ? [answeredHow(record)] : outcome.why
  return `${signature ?? ''} ${state} ${confidence}: ${why.join(' ')}`.trim()
}

const SOME = { packets: 2, bytes: 200 }
const DATAGRAM = { transport: 'udp', protocol: 17, tcp: null } as const

describe('a flow is answered', () => {
  test.each([
    ['by a SYN-ACK', { tcp: tcp({ synAck: segment(2) }) }, 'SYN-ACK after 2.0 ms.'],
    [
      'by a SYN-ACK to the second of its SYNs',
      { tcp: tcp({ synAck: segment(3010), lastSynNs: 3e9, synCount: 2 }) },
      'SYN-ACK after 10.0 ms.',
    ],
    [
      'by a SYN-ACK after which a SYN came late',
      { tcp: tcp({ synAck: segment(5), lastSynNs: 9e6, synCount: 2 }) },
      'SYN-ACK after 5.0 ms.',
    ],
    [
      'by a SYN-ACK whose SYN was not seen',
      { tcp: tcp({ syn: null, synAck: segment(5), lastSynNs: Number.NaN }) },
      'SYN-ACK seen.',
    ],
    [
      'by somebody unseen whom it acknowledges',
      { tcp: tcp({ acknowledges: { client: true, server: false } }) },
      'Acknowledgements advance, so the other side is heard, though not seen here.',
    ],
    [
      'in its middle, by packets both ways',
      { tcp: tcp({ syn: null }), toClient: SOME, toServer: SOME },
      '2 packets one way, 2 back.',
    ],
    [
      'where data came before the reset',
      {
        tcp: tcp({ syn: null, rst: { ...segment(9), from: 'server' } }),
        data: { client: true, server: true },
        toClient: SOME,
      },
      '1 packet one way, 2 back.',
    ],
    ['as a datagram', { ...DATAGRAM, toClient: SOME }, '1 packet one way, 2 back.'],
  ] as const)('%s', (_, more, why) => expect(outcomeIn(more)).toBe(`answered confirmed: ${why}`))
})

describe('a flow is one-way', () => {
  test('as a datagram to which nothing came back', () => {
    expect(outcomeIn(DATAGRAM)).toBe('one_way confirmed: Packets in one direction only.')
  })

  const MID_STREAM =
    'one_way possible: Picked up without a handshake, and nothing shows that both sides were heard.'

  test('as segments without a handshake', () => {
    expect(outcomeIn({ tcp: tcp({ syn: null }) })).toBe(MID_STREAM)
  })

  test('as segments that met nothing but a reset', () => {
    const rst = { ...segment(9), from: 'server' } as const
    expect(outcomeIn({ tcp: tcp({ syn: null, rst }), toClient: SOME })).toBe(MID_STREAM)
  })
})

describe('a reset in answer to a SYN', () => {
  const reset = (timeMs: number, ttl: number, more = {}) => ({
    tcp: tcp({ rst: { ...segment(timeMs, ttl), from: 'server' }, ...more }),
    toClient: { packets: 1, bytes: 60 },
  })
  const known = () => {
    const evidence = evidenceOf()
    evidence.noteHandshake(APP, 64, 10e6)
    return evidence
  }

  test('fits the host', () => {
    expect(outcomeIn(reset(12, 64), known())).toBe(
      'BS4 refused confirmed: RST after 12.0 ms with TTL 64. That fits the host, whose TTL is 64.',
    )
  })

  test('has another TTL', () => {
    expect(outcomeIn(reset(12, 255), known())).toBe(
      "BS3 blocked probable: RST after 12.0 ms with TTL 255. The host's own packets have TTL 64.",
    )
  })

  test('comes too soon', () => {
    expect(outcomeIn(reset(4, 64), known())).toBe(
      'BS3 blocked probable: RST after 4.0 ms with TTL 64. The host never answers before 10.0 ms.',
    )
  })

  test('comes soon, but the host was never timed', () => {
    const evidence = evidenceOf()
    evidence.noteHandshake(APP, 64, Number.NaN)
    expect(outcomeIn(reset(0, 64), evidence)).toMatch(/^BS4 refused confirmed/)
  })

  test('came to the first of several SYNs', () => {
    expect(outcomeIn(reset(12, 64, { synCount: 3, lastSynNs: 1e9 }), known())).toMatch(
      /^BS4 refused/,
    )
  })

  test('from a host of any TTL says nothing by its own', () => {
    const evidence = evidenceOf()
    for (let ttl = 1; ttl < 20; ttl++) evidence.noteHandshake(APP, ttl, 10e6)
    expect(outcomeIn(reset(12, 255), evidence)).toMatch(/^BS4 refused/)
  })
})

describe('an ICMP error', () => {
  const error = (version: 4 | 6, type: number, code: number, from = '10.1.0.9'): IcmpError => ({
    ...{ version, type, code, timeNs: 3e6, from: addressOf(from) },
    packet: { file: 0, frame: 2, offset: 100 },
  })

  test.each([
    [4, 3, 9, 'BS1 blocked'],
    [4, 3, 10, 'BS1 blocked'],
    [4, 3, 13, 'BS1 blocked'],
    [6, 1, 1, 'BS1 blocked'],
    [6, 1, 5, 'BS1 blocked'],
    [6, 1, 6, 'BS1 blocked'],
    [4, 3, 3, 'BS6 refused'],
    [6, 1, 4, 'BS6 refused'],
    [4, 3, 0, 'BS8 refused'],
    [4, 3, 1, 'BS8 refused'],
    [6, 1, 0, 'BS8 refused'],
    [6, 1, 3, 'BS8 refused'],
    // Fragmentation needed, time exceeded, beyond scope of source: the flow is not stopped by
    // anybody.
    [4, 3, 4, 'one_way'],
    [4, 11, 0, 'one_way'],
    [6, 1, 2, 'one_way'],
    // The codes of one version mean nothing in the other.
    [6, 3, 13, 'one_way'],
  ] as const)('of IPv%i, %i/%i, leaves a datagram %s', (version, type, code, expected) => {
    const more = { ...DATAGRAM, icmpError: error(version, type, code) }
    expect(outcomeIn(more)).toContain(`${expected} confirmed`)
  })

  test('is told with its sender and time', () => {
    expect(outcomeIn({ icmpError: error(4, 3, 13, '192.0.2.1') })).toBe(
      'BS1 blocked confirmed: ICMP 3/13 (communication administratively prohibited) ' +
        'from 192.0.2.1 after 3.0 ms.',
    )
  })

  test('about a port is in doubt where another than the host sent it', () => {
    expect(outcomeIn({ ...DATAGRAM, icmpError: error(4, 3, 3, '192.0.2.1') })).toMatch(
      /^BS6 refused probable: .* That is not the host itself, so it may be a filter that speaks.$/,
    )
  })

  test('does not undo an answer', () => {
    const more = { icmpError: error(4, 3, 13), tcp: tcp({ synAck: segment(2) }) }
    expect(outcomeIn(more)).toMatch(/^answered/)
  })
})

describe('silence', () => {
  const knock = { tcp: tcp({ synCount: 3, lastSynNs: 9 * SECOND }) }

  test('is pending until the hold time is over', () => {
    expect(outcomeIn(knock, evidenceOf(), 38)).toBe('pending possible: 3 SYNs, no answer for 29 s.')
    expect(outcomeIn(knock, evidenceOf(), 39)).toMatch(/^BS2 blocked/)
  })

  test('weighs more where the target was heard since the first SYN', () => {
    expect(outcomeIn(knock, evidenceOf(0))).toBe(
      'BS2 blocked probable: 3 SYNs, no answer for 51 s. The target was heard meanwhile.',
    )
    expect(outcomeIn(knock, evidenceOf(-1))).toBe(
      'BS2 blocked possible: 3 SYNs, no answer for 51 s. Nothing shows the target alive meanwhile.',
    )
  })

  test('after one SYN may be chance', () => {
    expect(outcomeIn({ tcp: tcp() })).toBe(
      'unanswered possible: One SYN, no answer for 60 s. One try alone may have been lost.',
    )
  })

  test('says nothing where answers are not seen', () => {
    expect(outcomeIn(knock, new Evidence(() => 0))).toBe(
      'unanswered possible: 3 SYNs, no answer for 51 s. ' +
        'This sensor has not shown that it sees answers between these two.',
    )
  })
})
