import { expect, test } from 'vitest'
import { displayFilter } from '../../src/report/filter.ts'
import { address, EPOCH, echoFlow, sampleFlow, udpFlow } from '../support/samples.ts'

const TIMES = 'frame.time_epoch>=1772446542.118233456 && frame.time_epoch<=1772446544.618233456 && '

test('TCP is shown by both directions and without the ICMP errors that quote it', () => {
  expect(displayFilter(sampleFlow(), EPOCH)).toBe(
    `${TIMES}!icmp && (` +
      '(ip.src==203.0.113.77 && ip.dst==192.0.2.20 && tcp.srcport==51514 && tcp.dstport==1433)' +
      ' || ' +
      '(ip.src==192.0.2.20 && ip.dst==203.0.113.77 && tcp.srcport==1433 && tcp.dstport==51514))',
  )
})

test('UDP over IPv6 is shown by the fields of those protocols', () => {
  const flow = udpFlow({
    client: { address: address('2001:db8::1'), port: 123 },
    server: { address: address('2001:db8::2'), port: 123 },
  })
  expect(displayFilter(flow, EPOCH)).toBe(
    `${TIMES}!icmpv6 && (` +
      '(ipv6.src==2001:db8::1 && ipv6.dst==2001:db8::2 && udp.srcport==123 && udp.dstport==123)' +
      ' || ' +
      '(ipv6.src==2001:db8::2 && ipv6.dst==2001:db8::1 && udp.srcport==123 && udp.dstport==123))',
  )
})

test('a ping is shown by the types of request and reply', () => {
  expect(displayFilter(echoFlow(), EPOCH)).toContain(
    '((ip.src==10.10.20.11 && ip.dst==10.10.20.12 && icmp.type==8) || ' +
      '(ip.src==10.10.20.12 && ip.dst==10.10.20.11 && icmp.type==0))',
  )
})

test('a lone ICMP message is shown by its type and code, in its direction only', () => {
  const flow = echoFlow({
    client: { address: address('10.10.20.11'), port: 42 },
    server: { address: address('10.10.20.12'), port: 1 },
  })
  expect(displayFilter(flow, EPOCH)).toMatch(
    / && ip\.src==10\.10\.20\.11 && ip\.dst==10\.10\.20\.12 && icmp\.type==42 && icmp\.code==1$/,
  )
})

test('other protocols are shown by their number', () => {
  const flow = sampleFlow({ transport: 'other', protocol: 47, tcp: null })
  expect(displayFilter(flow, EPOCH)).toContain(
    '(ip.src==203.0.113.77 && ip.dst==192.0.2.20 && ip.proto==47)',
  )
})
