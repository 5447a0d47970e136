// A Wireshark display filter for one flow (wireshark-filter(4)), short enough to be read and typed. ICMP
// errors that quote the flow match too, since their headers carry the same addresses and ports: where a
// filter or a router spoke up, that is the packet to look at.

import type { FlowRecord } from '../model/flow.ts'
import { isLoneIcmp } from '../model/icmp.ts'

/** Shows the packets between these two ends; another flow that used the same ports later matches as well. */
export function displayFilter(flow: FlowRecord): string {
  const { client, server } = flow
  const ip = client.address.version === 4 ? 'ip' : 'ipv6'
  const ends = [client, server].map(({ address }) => `${ip}.addr==${address.text}`)
  return [...ends, ...inside(flow)].join(' && ')
}

function inside(flow: FlowRecord): string[] {
  const { transport, protocol, client, server } = flow
  switch (transport) {
    case 'tcp':
    case 'udp':
      return [`${transport}.port==${client.port}`, `${transport}.port==${server.port}`]
    case 'icmp':
    case 'icmp6':
      return [typesOf(flow, transport === 'icmp' ? 'icmp' : 'icmpv6')]
    case 'other':
      return [client.address.version === 4 ? `ip.proto==${protocol}` : `ipv6.nxt==${protocol}`]
  }
}

/** The request's type and its reply's, or type and code where nothing replies. */
function typesOf({ protocol, client, server }: FlowRecord, layer: string): string {
  return isLoneIcmp(protocol, client.port, server.port)
    ? `${layer}.type==${client.port} && ${layer}.code==${server.port}`
    : `(${layer}.type==${client.port} || ${layer}.type==${server.port})`
}
