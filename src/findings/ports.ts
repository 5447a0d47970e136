// The ports of rows: whether they list a flow's, and how they are written.

import type { FlowRecord } from '../model/flow.ts'
import type { PortMatch, Row } from '../model/policy.ts'

const PORT_MAX = 65_535
const ECHO_TYPE = 8

/** Whether any of the rows lists the flow's transport and server port, whoever the ends are. */
export const listsPort = (rows: readonly Row[], { transport, server }: FlowRecord): boolean =>
  rows.some(({ match }) =>
    match.some(
      ({ transport: listed, ports }) =>
        listed === transport && ports.first <= server.port && server.port <= ports.last,
    ),
  )

/** `tcp/80, tcp/443`, `udp/any`, `icmp/echo`: as the rules write them. */
export const matchText = (match: readonly PortMatch[]): string => match.map(portText).join(', ')

function portText({ transport, ports: { first, last } }: PortMatch): string {
  if (transport === 'icmp' && first === ECHO_TYPE) return 'icmp/echo'
  if (first === 0 && last === PORT_MAX) return `${transport}/any`
  return first === last ? `${transport}/${first}` : `${transport}/${first}-${last}`
}
