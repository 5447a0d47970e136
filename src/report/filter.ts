// A Wireshark display filter for one flow (wireshark-filter(4)). It names both directions with their
// ends apart, so that a flow with the ports swapped is another one; it bounds the time, since ports are
// used again; and it leaves out ICMP errors, which quote the flow's header and would match as well.

import type { Endpoint, FlowRecord } from '../model/flow.ts'
import { isLoneIcmp } from '../model/icmp.ts'
import { unixNanos } from '../model/time.ts'

const ICMP_ERRORS = [3, 4, 5, 11, 12]
const ICMP6_ERRORS_END = 128

/** The filter that shows the packets of this record and no others. */
export function displayFilter(flow: FlowRecord, epochSeconds: number): string {
  const { client, server } = flow
  const there = oneWay(flow, client, server)
  const isLone = isLoneIcmp(flow.protocol, client.port, server.port)
  const both = isLone ? there : `((${there}) || (${oneWay(flow, server, client)}))`
  const times = [
    `frame.time_epoch>=${unixNanos(epochSeconds, flow.firstNs)}`,
    `frame.time_epoch<=${unixNanos(epochSeconds, flow.lastNs)}`,
  ]
  return [...times, ...withoutErrors(flow), both].join(' && ')
}

function oneWay(flow: FlowRecord, from: Endpoint, to: Endpoint): string {
  const ip = from.address.version === 4 ? 'ip' : 'ipv6'
  const ends = [`${ip}.src==${from.address.text}`, `${ip}.dst==${to.address.text}`]
  return [...ends, ...inside(flow, from, to)].join(' && ')
}

function inside(flow: FlowRecord, from: Endpoint, to: Endpoint): string[] {
  switch (flow.transport) {
    case 'tcp':
    case 'udp':
      return [`${flow.transport}.srcport==${from.port}`, `${flow.transport}.dstport==${to.port}`]
    case 'icmp':
    case 'icmp6':
      return typeAndCode(flow, from.port)
    case 'other':
      return [
        from.address.version === 4 ? `ip.proto==${flow.protocol}` : `ipv6.nxt==${flow.protocol}`,
      ]
  }
}

function typeAndCode({ transport, protocol, client, server }: FlowRecord, type: number): string[] {
  const layer = transport === 'icmp' ? 'icmp' : 'icmpv6'
  const isLone = isLoneIcmp(protocol, client.port, server.port)
  return [`${layer}.type==${type}`, ...(isLone ? [`${layer}.code==${server.port}`] : [])]
}

function withoutErrors({ transport, client }: FlowRecord): string[] {
  if (transport === 'icmp') return ICMP_ERRORS.map(type => `!(icmp.type==${type})`)
  if (transport === 'icmp6') return [`!(icmpv6.type<${ICMP6_ERRORS_END})`]
  return [client.address.version === 4 ? '!icmp' : '!icmpv6']
}
