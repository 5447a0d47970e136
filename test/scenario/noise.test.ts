// The office in the background: always the same, of every kind, and none of it about MeetingPlace.

import { expect, test } from 'vitest'
import { officeNoise } from '../../fixtures/scenario/noise.ts'
import { type Scenario, scenario } from '../../fixtures/scenario/scenario.ts'
import { faulty, hasTshark, tshark } from './oracles.ts'

function office(seed = 1): Scenario {
  const net = scenario({ start: '2026-03-02T10:15:00Z' })
  officeNoise(net, { hosts: 20, seconds: 30, vlan: 77, seed })
  return net
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

test('the same seed gives the same office, another seed another', () => {
  expect(hex(office().pcap())).toBe(hex(office().pcap()))
  expect(hex(office().pcap())).not.toBe(hex(office(2).pcap()))
})

test('it lasts as long as it was asked to', () => {
  const seconds = office()
    .packets()
    .map(({ timeNs }) => timeNs / 1e9)
  expect(seconds.at(0)).toBe(0)
  expect(seconds.at(-1)).toBeGreaterThan(29)
  expect(seconds.at(-1)).toBeLessThan(31)
})

test('everybody in it is of the office, or nobody', () => {
  const names = office()
    .packets()
    .flatMap(({ from, to }) => [from, to])
  expect(names.filter(name => name !== '*' && !name.startsWith('10.77-'))).toEqual([])
})

test('two offices fit one story where their networks differ', () => {
  const net = office()
  officeNoise(net, { hosts: 1, seconds: 1, network: '10.78' })
  expect(net.packets().some(({ from }) => from === '10.78-client-1')).toBe(true)
})

test('an office may do something less often', () => {
  const net = scenario({ start: '2026-03-02T10:15:00Z' })
  officeNoise(net, { hosts: 2, seconds: 600, everySeconds: 60 })
  const bridges = net.packets().filter(({ bytes }) => hex(bytes).startsWith('0180c2000000'))
  expect(bridges).toHaveLength(10)
  expect(net.packets().length).toBeLessThan(600)
})

test('an office without computers is refused', () => {
  const net = scenario({ start: '2026-03-02T10:15:00Z' })
  expect(() => officeNoise(net, { hosts: 0, seconds: 1 })).toThrow('an office has 1 to 200')
})

test.runIf(hasTshark)('a dissector knows all of it and finds nothing wrong', () => {
  const file = office().pcap()
  expect(faulty(file)).toEqual([])
  const stacks = tshark(file, { fields: ['frame.protocols'] }).flatMap(stack => stack.split(':'))
  const wanted = ['arp', 'dhcp', 'dns', 'http', 'igmp', 'lldp', 'mdns', 'nbns', 'smb2', 'ssdp']
  const unseen = [...wanted, 'stp', 'tls'].filter(name => !stacks.includes(name))
  expect(unseen).toEqual([])
})
