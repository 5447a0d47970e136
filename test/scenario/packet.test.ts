// The packets of stories against examples from the standards, and against bytes written by hand.

import { expect, test } from 'vitest'
import { checksum, join, zeros } from '../../fixtures/scenario/bytes.ts'
import {
  arpMessage,
  ETHER,
  ethernetFrame,
  icmpError,
  ipPacket,
  PROTOCOL,
  tcpPacket,
  udpPacket,
} from '../../fixtures/scenario/packet.ts'
import { type Address, parseAddress } from '../../src/model/address.ts'
import { assert } from '../../src/model/errors.ts'

const ENDS = { source: '02:00:00:00:00:01', target: '02:00:00:00:00:02', vlan: null }

function address(text: string): Address {
  const parsed = parseAddress(text)
  assert(parsed !== undefined, `${text} is an address`)
  return parsed
}

const header = (source: string, target: string) => ({
  source: address(source),
  target: address(target),
  ttl: 64,
  id: 0,
})

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

test('the checksum of the example in RFC 1071 is 220d', () => {
  const bytes = Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7)
  expect(checksum(bytes).toString(16)).toBe('220d')
})

test('the checksum of an odd number of bytes counts a zero behind them', () => {
  expect(checksum(Uint8Array.of(0x12))).toBe(0xedff)
})

test('an IPv4 header carries its checksum', () => {
  const packet = ipPacket(header('192.168.0.1', '192.168.0.199'), PROTOCOL.UDP, zeros(0x73 - 20))
  expect(hex(packet.subarray(0, 20))).toBe('450000730000400040' + '11b861c0a80001c0a800c7')
})

test('an IPv6 header says the length of what follows it', () => {
  const packet = ipPacket(header('2001:db8::1', '2001:db8::2'), PROTOCOL.TCP, zeros(20))
  expect(hex(packet.subarray(0, 8))).toBe('6000000000140640')
  expect(packet.length).toBe(60)
})

test('addresses of two families make no packet', () => {
  const mixed = () => ipPacket(header('192.0.2.1', '2001:db8::2'), PROTOCOL.TCP, zeros(20))
  expect(mixed).toThrow('192.0.2.1 cannot talk to 2001:db8::2')
})

test('an ARP request asks for the address and leaves the card open', () => {
  const [asker, asked] = [address('10.0.0.1'), address('10.0.0.2')]
  const message = arpMessage(
    'request',
    { mac: '02:00:00:00:00:01', address: asker },
    { mac: '02:00:00:00:00:02', address: asked },
  )
  expect(hex(message)).toBe(
    ['0001080006040001', '020000000001', '0a000001', '000000000000', '0a000002'].join(''),
  )
})

test('a short frame is padded with zeros to 60 bytes', () => {
  const frame = ethernetFrame(ENDS, ETHER.IPV4, Uint8Array.of(0x45, 0x99))
  expect(frame.length).toBe(60)
  expect(hex(frame.subarray(0, 16))).toBe('020000000002' + '020000000001' + '0800' + '4599')
  expect(frame.subarray(16).every(byte => byte === 0)).toBe(true)
})

test('a long frame is not padded', () => {
  expect(ethernetFrame(ENDS, ETHER.IPV4, zeros(100)).length).toBe(114)
})

test('a VLAN tag stands before the type', () => {
  const frame = ethernetFrame({ ...ENDS, vlan: 120 }, ETHER.IPV6, zeros(60))
  expect(hex(frame.subarray(12, 18))).toBe('8100' + '0078' + '86dd')
})

test('a TCP header is laid out as in RFC 9293', () => {
  const packet = tcpPacket(header('192.0.2.1', '192.0.2.2'), {
    sourcePort: 3471,
    targetPort: 61_004,
    sequence: 0xfffffffe,
    acknowledgement: 1,
    flags: 0x18,
    window: 512,
    options: Uint8Array.of(1, 1, 1, 1),
    payload: Uint8Array.of(0x21),
  })
  expect(hex(packet.subarray(20, 36))).toBe('0d8fee4cfffffffe' + '0000000160180200')
  expect(hex(packet.subarray(38))).toBe('0000' + '01010101' + '21')
})

test('a UDP checksum of zero is spelled ffff', () => {
  const packet = udpPacket(header('192.0.2.1', '192.0.2.2'), {
    sourcePort: 1,
    targetPort: 2,
    payload: Uint8Array.of(0x7b, 0xd3),
  })
  expect(hex(packet.subarray(26))).toBe('ffff' + '7bd3')
})

test('an ICMP error quotes the IP header and eight bytes', () => {
  const quoted = join([0x45], zeros(99))
  const error = icmpError(header('192.0.2.1', '192.0.2.2'), { type: 3, code: 13, quoted })
  expect(hex(error.subarray(20, 22))).toBe('030d')
  expect(hex(error.subarray(24))).toBe(`0000000045${'00'.repeat(27)}`)
})

test('an ICMPv6 error quotes as much as fits 1280 bytes', () => {
  const error = icmpError(header('2001:db8::1', '2001:db8::2'), {
    type: 1,
    code: 1,
    quoted: zeros(1500),
  })
  expect(error.length).toBe(1280)
})
