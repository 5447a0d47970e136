// Who is the client where no packet says so: a reserved port, a service that has answered before, or
// merely who spoke first.

import { describe, expect, test } from 'vitest'
import { Directions, DYNAMIC_PORTS, type PortKnowledge } from '../../src/flows/direction.ts'
import type { Ends } from '../../src/flows/record.ts'
import type { DirectionBasis } from '../../src/model/flow.ts'
import { handshake, icmp, tcp, udp } from '../support/frames.ts'
import { lines, type ReplayOptions } from '../support/kernel.ts'
import { address } from '../support/samples.ts'

/** Rows of the policy name tcp/5003, tcp/3333, udp/53 and udp/1627. */
const ROWS = ['6 5003', '6 3333', '17 53', '17 1627']
const ports: PortKnowledge = {
  isReserved: (protocol, port) => ROWS.includes(`${protocol} ${port}`),
  dynamicPorts: () => DYNAMIC_PORTS,
}
/** Hosts whose own client ports come from the modern range only. */
const modern: PortKnowledge = {
  ...ports,
  dynamicPorts: () => [{ first: 49_152, last: 65_535 }],
}
const policy: ReplayOptions = { ports }

describe('a reserved port', () => {
  test('makes its end the server, though it spoke first', () => {
    expect(lines([udp(0, 'b:53 > a:40000')], policy)).toEqual([
      'udp 10.0.0.1:40000 > 10.0.0.2:53 reserved_port 0/1 capture_end',
    ])
  })

  test('holds for its own IP protocol', () => {
    expect(lines([tcp(0, 'b:53 > a:40000', 'ACK')], policy)).toEqual([
      'tcp 10.0.0.2:53 > 10.0.0.1:40000 first_packet 1/0 capture_end',
    ])
  })

  test('proves nothing where both ends have one', () => {
    expect(lines([udp(0, 'b:53 > a:53')], policy)).toEqual([
      'udp 10.0.0.2:53 > 10.0.0.1:53 first_packet 1/0 capture_end',
    ])
  })

  test('proves nothing inside the dynamic range of either end', () => {
    expect(lines([tcp(0, 'b:3333 > a:80', 'ACK')], policy)).toEqual([
      'tcp 10.0.0.2:3333 > 10.0.0.1:80 first_packet 1/0 capture_end',
    ])
    const mixed: PortKnowledge = {
      ...ports,
      dynamicPorts: ({ address: { text } }) => (text === '10.0.0.1' ? DYNAMIC_PORTS : []),
    }
    expect(lines([tcp(0, 'b:3333 > a:80', 'ACK')], { ports: mixed })).toEqual([
      'tcp 10.0.0.2:3333 > 10.0.0.1:80 first_packet 1/0 capture_end',
    ])
  })

  test('counts where both hosts are known to take their ports elsewhere', () => {
    expect(lines([tcp(0, 'b:3333 > a:80', 'ACK')], { ports: modern })).toEqual([
      'tcp 10.0.0.1:80 > 10.0.0.2:3333 reserved_port 0/1 capture_end',
    ])
  })

  test('takes the counts of each end with it', () => {
    const frames = [udp(0, 'b:53 > a:40000'), udp(1, 'b:53 > a:40000'), udp(2, 'a:40000 > b:53')]
    expect(lines(frames, policy)).toEqual([
      'udp 10.0.0.1:40000 > 10.0.0.2:53 reserved_port 1/2 capture_end',
    ])
  })

  test('never overrules a handshake', () => {
    const [syn] = handshake(0, 'b:5003 > a:80')
    expect(lines(syn === undefined ? [] : [syn], { ports: modern })).toEqual([
      'tcp 10.0.0.2:5003 > 10.0.0.1:80 syn 1/0 capture_end',
    ])
  })

  test('never overrules the type of a ping', () => {
    const all: PortKnowledge = { isReserved: (_, port) => port === 8, dynamicPorts: () => [] }
    expect(lines([icmp(0, 'a > b', 8)], { ports: all })).toEqual([
      'icmp 10.0.0.1:8 > 10.0.0.2:0 app_request 1/0 capture_end',
    ])
  })
})

describe('a service that has answered', () => {
  const known = handshake(0, 'a:1000 > b:80')
  const later = (way: string) => tcp(5, way, 'ACK')

  test('is known again when it speaks first', () => {
    expect(lines([...known, later('b:80 > c:2000')])).toEqual([
      'tcp 10.0.0.1:1000 > 10.0.0.2:80 syn 2/1 capture_end',
      'tcp 10.0.0.3:2000 > 10.0.0.2:80 service_seen 0/1 capture_end',
    ])
  })

  test('is known by address, port and protocol together', () => {
    const others = [later('d:80 > c:1'), later('b:81 > c:2'), udp(5, 'b:80 > c:3')]
    expect(lines([...known, ...others]).slice(1)).toEqual([
      'tcp 10.0.0.4:80 > 10.0.0.3:1 first_packet 1/0 capture_end',
      'tcp 10.0.0.2:81 > 10.0.0.3:2 first_packet 1/0 capture_end',
      'udp 10.0.0.2:80 > 10.0.0.3:3 first_packet 1/0 capture_end',
    ])
  })

  test('was not proven where nobody had opened the flow', () => {
    const guess = [later('a:1000 > b:80'), later('b:80 > a:1000'), later('b:80 > c:2000')]
    expect(lines(guess)[1]).toBe('tcp 10.0.0.2:80 > 10.0.0.3:2000 first_packet 1/0 capture_end')
  })

  test('proves nothing between two of them', () => {
    const both = [...known, ...handshake(1, 'c:3000 > d:443')]
    expect(lines([...both, later('d:443 > b:80')])[2]).toBe(
      'tcp 10.0.0.4:443 > 10.0.0.2:80 first_packet 1/0 capture_end',
    )
  })

  test('is none where it only refused', () => {
    const refused = [tcp(0, 'a:1000 > b:80', 'SYN'), tcp(0.1, 'b:80 > a:1000', 'RST+ACK')]
    expect(lines([...refused, later('b:80 > c:2000')])[1]).toBe(
      'tcp 10.0.0.2:80 > 10.0.0.3:2000 first_packet 1/0 capture_end',
    )
  })
})

test('what is learned is bounded: the first 65,536 services, and no more', () => {
  const directions = new Directions({ isReserved: () => false, dynamicPorts: () => [] })
  const ends = (host: string, port: number, basis: DirectionBasis): Ends => ({
    protocol: 6,
    low: { address: address('10.0.0.1'), port: 1000 },
    high: { address: address(host), port },
    orientation: { clientHigh: basis !== 'syn', basis },
  })
  for (let port = 0; port < 65_536; port++) directions.learn(ends('10.0.0.2', port, 'syn'))
  directions.learn(ends('10.0.0.3', 80, 'syn'))
  expect(directions.of(ends('10.0.0.2', 65_535, 'first_packet')).basis).toBe('service_seen')
  expect(directions.of(ends('10.0.0.3', 80, 'first_packet')).basis).toBe('first_packet')
})
