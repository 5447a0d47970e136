// The vectors are those of the specification's baseline (github.com/corelight/community-id-spec) and of
// Wireshark 4.0's own implementation for the types that the baseline leaves out.

import { expect, test } from 'vitest'
import { communityId, flowId, type Tuple } from '../../src/flows/community-id.ts'
import { address } from '../support/samples.ts'

function tuple(protocol: number, client: string, port: number, server: string, serverPort: number) {
  return {
    protocol,
    client: { address: address(client), port },
    server: { address: address(server), port: serverPort },
  } satisfies Tuple
}

const swapped = ({ protocol, client, server }: Tuple): Tuple => ({
  protocol,
  client: server,
  server: client,
})

const LINK_A = 'fe80::200:86ff:fe05:80da'
const LINK_B = 'fe80::260:97ff:fe07:69ea'
const V6_HOST = '3ffe:507:0:1:200:86ff:fe05:80da'

const twoWay: Record<string, [Tuple, string]> = {
  'TCP of the specification': [
    tuple(6, '128.232.110.120', 34855, '66.35.250.204', 80),
    '1:LQU9qZlK+B5F3KDmev6m5PMibrg=',
  ],
  'TCP from a Web Server to 5003': [
    tuple(6, '192.0.2.20', 3471, '198.51.100.10', 5003),
    '1:vZFgAPbNZMrV4v/+PJ1wytglkyE=',
  ],
  'TCP to 5003 the other way round': [
    tuple(6, '198.51.100.10', 41822, '192.0.2.20', 5003),
    '1:XCIifCjA0vmNsSHPzjR+orYN7cM=',
  ],
  'TCP over IPv6': [
    tuple(6, '2001:470:e5bf:dead:4957:2174:e82c:4887', 63943, '2607:f8b0:400c:c03::1a', 25),
    '1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=',
  ],
  UDP: [tuple(17, '192.168.1.52', 54585, '8.8.8.8', 53), '1:d/FP5EW3wiY1vCndhwleRRKHowQ='],
  'UDP from a port to itself': [
    tuple(17, '10.0.0.9', 53, '10.0.0.9', 53),
    '1:H2lQyEliMQ4ngcqmSt+h7xsr0cM=',
  ],
  SCTP: [tuple(132, '192.168.170.8', 7, '192.168.170.56', 7), '1:MP2EtRCAUIZvTw6MxJHLV7N7JDs='],
  'RSVP, which has no ports': [
    tuple(46, '10.1.12.1', 0, '10.1.12.2', 0),
    '1:KHlLkgoJW7ifUTyTSgyVfkFHzKw=',
  ],
  'ICMP echo': [tuple(1, '192.168.0.89', 8, '192.168.0.1', 0), '1:X0snYXpgwiv9TZtqg64sgzUn6Dk='],
  'ICMP information request': [
    tuple(1, '10.0.0.2', 15, '10.0.0.1', 16),
    '1:+aoxZIkY0OuCwCZ+bbNV9kGNc5I=',
  ],
  'ICMP router solicitation': [
    tuple(1, '10.0.0.2', 10, '10.0.0.1', 9),
    '1:DYhYhWnv1hFRoB3VRnwSDthRB4g=',
  ],
  'ICMPv6 echo': [
    tuple(58, V6_HOST, 128, '3ffe:501:0:1001::2', 129),
    '1:+TW+HtLHvV1xnGhV1lv7XoJrqQg=',
  ],
  'ICMPv6 neighbour solicitation': [
    tuple(58, LINK_A, 135, LINK_B, 136),
    '1:dGHyGvjMfljg6Bppwm3bg0LO8TY=',
  ],
  'ICMPv6 multicast listener query': [
    tuple(58, '2001:db8::2', 130, '2001:db8::1', 131),
    '1:xps6Lwc0qSxO2d8X+k4jnhqfpP0=',
  ],
  'ICMPv6 home agent discovery': [
    tuple(58, '2001:db8::2', 144, '2001:db8::1', 145),
    '1:tpS7VP1V1DNOq0L6LOxDDupNGcA=',
  ],
}
for (const [meaning, [flow, id]] of Object.entries(twoWay)) {
  test(`${meaning} has the published id, from either side`, () => {
    expect(communityId(flow)).toBe(id)
    expect(communityId(swapped(flow))).toBe(id)
  })
}

const oneWay: Record<string, [Tuple, string]> = {
  'ICMP time exceeded': [tuple(1, '10.0.0.1', 11, '10.0.0.2', 0), '1:YHxtAirCG//0OzkcVAukqKQN9xM='],
  'ICMP unreachable, higher address first': [
    tuple(1, '10.0.0.2', 3, '10.0.0.1', 1),
    '1:JHjlyD5IJJjl3wHWOMj46lLWZag=',
  ],
  'ICMPv6 time exceeded': [
    tuple(58, '3ffe:501:1800:2345::2', 3, V6_HOST, 0),
    '1:2ObVBgIn28oZvibYZhZMBgh7WdQ=',
  ],
  'ICMPv6 unreachable': [
    tuple(58, '3ffe:501:410:0:2c0:dfff:fe47:33e', 1, V6_HOST, 4),
    '1:hLZd0XGWojozrvxqE0dWB1iM6R0=',
  ],
  'ICMPv6 multicast listener done': [
    tuple(58, '2001:db8::2', 132, '2001:db8::1', 0),
    '1:rnlYY4p+q+F98jO6Vk5IkNRgApc=',
  ],
}
for (const [meaning, [flow, id]] of Object.entries(oneWay)) {
  test(`${meaning} has the published id, which is not that of the opposite direction`, () => {
    const { client, server } = flow
    const back = tuple(
      flow.protocol,
      server.address.text,
      client.port,
      client.address.text,
      server.port,
    )
    expect(communityId(flow)).toBe(id)
    expect(communityId(back)).not.toBe(id)
  })
}

test('the seed is part of the id', () => {
  const flow = tuple(6, '128.232.110.120', 34855, '66.35.250.204', 80)
  expect(communityId(flow, 1)).toBe('1:3V71V58M3Ksw/yuFALMcW0LAHvc=')
})

test('a flow id is the same from either side', () => {
  const flow = tuple(6, '192.0.2.20', 3471, '198.51.100.10', 5003)
  expect(flowId(flow)).toBe(flowId(swapped(flow)))
})

test('flow ids of neighbouring tuples are distinct whole numbers below 2^53', () => {
  const ids = new Set<number>()
  for (let port = 0; port < 65536; port++)
    ids.add(flowId(tuple(6, '10.0.0.1', port, '10.0.0.2', 80)))
  expect(ids.size).toBe(65536)
  expect([...ids].every(id => Number.isSafeInteger(id) && id >= 0)).toBe(true)
})

test('TCP and UDP between the same ports have different flow ids', () => {
  const ids = [6, 17].map(protocol => flowId(tuple(protocol, '10.0.0.1', 53, '10.0.0.2', 53)))
  expect(new Set(ids).size).toBe(2)
})
