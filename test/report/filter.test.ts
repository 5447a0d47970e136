import { expect, test } from 'vitest'
import { displayFilter } from '../../src/report/filter.ts'
import { address, echoFlow, sampleFlow, udpFlow } from '../support/samples.ts'

test('TCP is shown by its addresses and ports', () => {
  expect(displayFilter(sampleFlow())).toBe(
    'ip.addr==203.0.113.77 && ip.addr==192.0.2.20 && tcp.port==51514 && tcp.port==1433',
  )
})

test('UDP over IPv6 is shown by the fields of those protocols', () => {
  const flow = udpFlow({
    client: { address: address('2001:db8::1'), port: 123 },
    server: { address: address('2001:db8::2'), port: 123 },
  })
  expect(displayFilter(flow)).toBe(
    'ipv6.addr==2001:db8::1 && ipv6.addr==2001:db8::2 && udp.port==123 && udp.port==123',
  )
})

test('a ping is shown by the types of request and reply', () => {
  expect(displayFilter(echoFlow())).toBe(
    'ip.addr==10.10.20.11 && ip.addr==10.10.20.12 && (icmp.type==8 || icmp.type==0)',
  )
})

test('a lone ICMP message is shown by its type and code', () => {
  const flow = echoFlow({
    client: { address: address('10.10.20.11'), port: 42 },
    server: { address: address('10.10.20.12'), port: 1 },
  })
  expect(displayFilter(flow)).toBe(
    'ip.addr==10.10.20.11 && ip.addr==10.10.20.12 && icmp.type==42 && icmp.code==1',
  )
})

test('other protocols are shown by their number', () => {
  const flow = sampleFlow({ transport: 'other', protocol: 47, tcp: null })
  expect(displayFilter(flow)).toBe('ip.addr==203.0.113.77 && ip.addr==192.0.2.20 && ip.proto==47')
})
