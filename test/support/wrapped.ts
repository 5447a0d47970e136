// One packet in every kind of tunnel, and packets in packets to any depth, for tests of what lies inside.
// The layouts are those of the standards that wire/tunnel.ts names.

import { join, u16, u32, zeros } from '../../fixtures/scenario/bytes.ts'
import { type Frame, IP_AT, ip, tcp } from './frames.ts'

const SYN = tcp(0, 'a:1000 > b:80', 'SYN')
const SYN_6 = tcp(0, 'A:1000 > B:80', 'SYN')
const PACKET = SYN.bytes.subarray(IP_AT)
const PACKET_6 = SYN_6.bytes.subarray(IP_AT)

export const INNER_FLOW = 'tcp 10.0.0.1:1000 > 10.0.0.2:80 syn 1/0 capture_end'
export const INNER_FLOW_6 = 'tcp 2001:db8::1:1000 > 2001:db8::2:80 syn 1/0 capture_end'

const gre = (header: readonly number[], payload: Uint8Array): Frame =>
  ip(0, 'c > d', 47, join(header, payload))

/** From c:40000 to d, in UDP. */
export const inUdp = (port: number, header: readonly number[], payload: Uint8Array): Frame =>
  ip(
    0,
    'c > d',
    17,
    join(u16(40_000), u16(port), u16(8 + header.length + payload.length), [0, 0], header, payload),
  )

const SEQUENCE = u32(1)
const KEY = u32(77)
const ERSPAN_2 = [...u16(0x1005), ...u16(1), ...u32(0)]
const erspan3 = (last: number): readonly number[] => [...u16(0x2005), ...zeros(9), last]

/** By name: the frame, and the flow that lies in it. */
export const TUNNELS: Readonly<Record<string, readonly [Frame, flow: string]>> = {
  'IP in IP': [ip(0, 'c > d', 4, PACKET), INNER_FLOW],
  'IPv6 in IPv4': [ip(0, 'c > d', 41, PACKET_6), INNER_FLOW_6],
  'IPv4 in IPv6': [ip(0, 'C > D', 4, PACKET), INNER_FLOW],
  'IPv6 in IPv6': [ip(0, 'C > D', 41, PACKET_6), INNER_FLOW_6],
  GRE: [gre([0, 0, 8, 0], PACKET), INNER_FLOW],
  'GRE with a checksum': [gre([0x80, 0, 8, 0, 0, 0, 0, 0], PACKET), INNER_FLOW],
  'GRE with key and sequence': [gre([0x30, 0, 8, 0, ...KEY, ...SEQUENCE], PACKET), INNER_FLOW],
  'GRE with IPv6': [gre([0, 0, 0x86, 0xdd], PACKET_6), INNER_FLOW_6],
  'GRE with a frame': [gre([0, 0, 0x65, 0x58], SYN.bytes), INNER_FLOW],
  PPTP: [gre([0x30, 1, 0x88, 0x0b, ...KEY, ...SEQUENCE, 0xff, 3, 0, 0x21], PACKET), INNER_FLOW],
  'PPTP with an acknowledgement': [
    gre([0x30, 0x81, 0x88, 0x0b, ...KEY, ...SEQUENCE, ...SEQUENCE, 0x21], PACKET),
    INNER_FLOW,
  ],
  'PPTP with IPv6': [gre([0x20, 1, 0x88, 0x0b, ...KEY, 0, 0x57], PACKET_6), INNER_FLOW_6],
  'ERSPAN I': [gre([0, 0, 0x88, 0xbe], SYN.bytes), INNER_FLOW],
  'ERSPAN II': [gre([0x10, 0, 0x88, 0xbe, ...SEQUENCE, ...ERSPAN_2], SYN.bytes), INNER_FLOW],
  'ERSPAN III': [gre([0x10, 0, 0x22, 0xeb, ...SEQUENCE, ...erspan3(0)], SYN.bytes), INNER_FLOW],
  'ERSPAN III of a platform': [
    gre([0x10, 0, 0x22, 0xeb, ...SEQUENCE, ...erspan3(1), ...zeros(8)], SYN.bytes),
    INNER_FLOW,
  ],
  VXLAN: [inUdp(4789, [8, 0, 0, 0, 0, 0, 5, 0], SYN.bytes), INNER_FLOW],
  'VXLAN on the port of Linux': [inUdp(8472, [8, 0, 0, 0, 0, 0, 5, 0], SYN.bytes), INNER_FLOW],
  'GENEVE with a frame': [inUdp(6081, [0, 0, 0x65, 0x58, 0, 0, 5, 0], SYN.bytes), INNER_FLOW],
  'GENEVE with options': [inUdp(6081, [1, 0, 8, 0, 0, 0, 5, 0, ...zeros(4)], PACKET), INNER_FLOW],
}

/** The packet behind so many IP headers more, the outermost first. */
export function nested(depth: number): Frame {
  let frame = SYN
  for (let count = 0; count < depth; count++) frame = ip(0, 'c > d', 4, frame.bytes.subarray(IP_AT))
  return frame
}
