// What a wrapped packet counts for: the flow of its innermost header that can be read.

import { describe, expect, test } from 'vitest'
import { join, type Part, u16, zeros } from '../../fixtures/scenario/bytes.ts'
import { openEquations } from '../../src/model/ledger.ts'
import { cut, type Frame, IP_AT, ip, patched, tcp } from '../support/frames.ts'
import { fateOf, lines, replay } from '../support/kernel.ts'
import { INNER_FLOW, INNER_FLOW_6, inUdp, nested, TUNNELS } from '../support/wrapped.ts'

const SYN = tcp(0, 'a:1000 > b:80', 'SYN')
const PACKET = SYN.bytes.subarray(IP_AT)
const PACKET_6 = tcp(0, 'A:1000 > B:80', 'SYN').bytes.subarray(IP_AT)

describe('a packet belongs to its innermost flow in', () => {
  for (const [name, [frame, flow]] of Object.entries(TUNNELS))
    test(name, () => {
      expect(lines([frame])).toEqual([flow])
    })
})

test('a wrapped packet counts the bytes of its whole frame', () => {
  const frame = inUdp(4789, [8, 0, 0, 0, 0, 0, 5, 0], SYN.bytes)
  expect(replay([frame]).records[0]?.toServer).toEqual({ packets: 1, bytes: frame.bytes.length })
})

describe('cut off anywhere, the ledger closes over', () => {
  for (const [name, [frame]] of Object.entries({ ...TUNNELS, nine: [nested(9), ''] as const }))
    test(name, () => {
      for (let length = 0; length < frame.bytes.length; length++) {
        const { ledger } = replay([cut(frame, length)])
        expect(openEquations(ledger)).toEqual([])
        expect(ledger.reader.seen).toBe(1)
      }
    })
})

describe('packets in packets', () => {
  test('eight deep are followed to the innermost', () => {
    expect(lines([nested(8)])).toEqual([INNER_FLOW])
  })

  test('nine deep belong to the last header that is read', () => {
    expect(lines([nested(9)])).toEqual([
      'other 10.0.0.3:0 > 10.0.0.4:0 first_packet 1/0 capture_end',
    ])
  })
})

describe('an encapsulation that is not read is a flow of its outer header:', () => {
  const cases: Readonly<Record<string, readonly [Frame, flow: string]>> = {
    'GRE that carries something else': [
      ip(0, 'c > d', 47, join([0, 0, 0x88, 0x48], zeros(30))),
      'other 10.0.0.3:0 > 10.0.0.4:0 first_packet 1/0 capture_end',
    ],
    'GRE of version 2': [
      ip(0, 'c > d', 47, join([0, 2, 8, 0], PACKET)),
      'other 10.0.0.3:0 > 10.0.0.4:0 first_packet 1/0 capture_end',
    ],
    'GRE with a source route': [
      ip(0, 'c > d', 47, join([0x40, 0, 8, 0], PACKET)),
      'other 10.0.0.3:0 > 10.0.0.4:0 first_packet 1/0 capture_end',
    ],
    'the port of VXLAN without its flag': [
      inUdp(4789, [0, 0, 0, 0, 0, 0, 5, 0], SYN.bytes),
      'udp 10.0.0.3:40000 > 10.0.0.4:4789 first_packet 1/0 capture_end',
    ],
    'the port of GENEVE with another version': [
      inUdp(6081, [0x40, 0, 8, 0, 0, 0, 5, 0], PACKET),
      'udp 10.0.0.3:40000 > 10.0.0.4:6081 first_packet 1/0 capture_end',
    ],
    ESP: [
      ip(0, 'c > d', 50, zeros(40)),
      'other 10.0.0.3:0 > 10.0.0.4:0 first_packet 1/0 capture_end',
    ],
  }
  for (const [name, [frame, flow]] of Object.entries(cases))
    test(name, () => {
      expect(lines([frame])).toEqual([flow])
    })
})

describe('a packet is found behind', () => {
  const behind = (link: number, ...parts: readonly Part[]): Frame => ({
    ...{ timeNs: 0, link, bytes: join(...parts) },
  })
  const macs = zeros(12)
  const cookedHead = [0, 0, 0, 1, 0, 6, ...zeros(8)]
  const data = [0x08, 0x01, ...zeros(22)]
  const snap = [0xaa, 0xaa, 3, 0, 0, 0, 8, 0]
  const cases: Readonly<Record<string, readonly [Frame, flow: string]>> = {
    MPLS: [behind(1, macs, u16(0x8847), [0, 1, 0x01, 64], PACKET), INNER_FLOW],
    'two MPLS labels': [
      behind(1, macs, u16(0x8847), [0, 1, 0, 64, 0, 2, 1, 64], PACKET_6),
      INNER_FLOW_6,
    ],
    'a pseudo-wire': [
      behind(1, macs, u16(0x8847), [0, 1, 1, 64, 0, 0, 0, 0], SYN.bytes),
      INNER_FLOW,
    ],
    PPPoE: [
      behind(1, macs, u16(0x8864), [0x11, 0, 0, 1], u16(PACKET.length + 2), [0, 0x21], PACKET),
      INNER_FLOW,
    ],
    QinQ: [
      behind(1, macs, u16(0x88a8), u16(7), u16(0x8100), u16(9), u16(0x0800), PACKET),
      INNER_FLOW,
    ],
    'cooked v1': [behind(113, cookedHead, u16(0x0800), PACKET), INNER_FLOW],
    'cooked v2': [behind(276, u16(0x86dd), zeros(18), PACKET_6), INNER_FLOW_6],
    'nothing, raw': [behind(101, PACKET), INNER_FLOW],
    'nothing, raw IPv6': [behind(229, PACKET_6), INNER_FLOW_6],
    'null of a little-endian machine': [behind(0, [2, 0, 0, 0], PACKET), INNER_FLOW],
    'null of a big-endian machine': [behind(0, [0, 0, 0, 30], PACKET_6), INNER_FLOW_6],
    loop: [behind(108, [0, 0, 0, 2], PACKET), INNER_FLOW],
    PPP: [behind(9, [0xff, 3, 0, 0x21], PACKET), INNER_FLOW],
    FDDI: [behind(10, [0x50], macs, snap, PACKET), INNER_FLOW],
    LLC: [behind(100, snap, PACKET), INNER_FLOW],
    '802.11': [behind(105, data, snap, PACKET), INNER_FLOW],
    Prism: [behind(119, zeros(144), data, snap, PACKET), INNER_FLOW],
    radiotap: [behind(127, [0, 0, 8, 0, 0, 0, 0, 0], data, snap, PACKET), INNER_FLOW],
    AVS: [behind(163, [0x80, 0x21, 0x10, 1, 0, 0, 0, 8], data, snap, PACKET), INNER_FLOW],
    NFLOG: [behind(239, [2, 0, 0, 0], [PACKET.length + 4, 0, 9, 0], PACKET), INNER_FLOW],
  }
  for (const [name, [frame, flow]] of Object.entries(cases)) {
    test(name, () => {
      expect(lines([frame])).toEqual([flow])
    })

    test(`${name}, or its cut frame has one fate`, () => {
      for (let length = 0; length < frame.bytes.length; length++)
        expect(openEquations(replay([cut(frame, length)]).ledger)).toEqual([])
    })
  }

  test('802.11 and a VLAN tag, which the record names', () => {
    const tagged = [0xaa, 0xaa, 3, 0, 0, 0, 0x81, 0, 0, 42, 8, 0]
    expect(replay([behind(105, data, tagged, PACKET)]).records[0]?.vlan).toBe(42)
  })

  test('802.11 with another frame of the same bytes, none of them a copy', () => {
    const other = patched(tcp(0, 'a:1001 > b:80', 'SYN', { ipId: 8 }), IP_AT, 0x45)
    const frames = [PACKET, other.bytes.subarray(IP_AT)].map(packet =>
      behind(10, [0x50], macs, snap, packet),
    )
    expect(replay(frames, { dedup: true }).ledger.reader.duplicate).toBe(0)
  })
})

describe('a frame of 802.11 without a packet is', () => {
  const cases: Readonly<Record<string, readonly [bytes: readonly number[], fate: string]>> = {
    'housekeeping where it is a beacon': [[0x80, 0, ...zeros(34)], 'no_flow.link_control'],
    'housekeeping where it acknowledges': [[0xd4, 0, ...zeros(8)], 'no_flow.link_control'],
    'unsupported where it is encrypted': [[0x08, 0x41, ...zeros(60)], 'unsupported.encrypted'],
    'a fragment where it is a later part': [
      [0x08, 0x01, ...zeros(20), 1, 0, ...zeros(30)],
      'no_flow.fragment',
    ],
    'unsupported where its version is unknown': [[0x09, 0, ...zeros(30)], 'unsupported.link'],
    'truncated where its header is cut': [[0x08, 0x01, ...zeros(10)], 'truncated.link'],
  }
  for (const [name, [bytes, fate]] of Object.entries(cases))
    test(name, () => {
      expect(fateOf({ timeNs: 0, link: 105, bytes: Uint8Array.from(bytes) })).toBe(fate)
    })
})
