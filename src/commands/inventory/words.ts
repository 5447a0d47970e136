// Evidence in words.

import { protocolName } from '../../findings/vocabulary.ts'
import { counted } from '../../model/text.ts'
import { type Act, PEERS_MAX, PORTS_MAX } from './behaviour.ts'
import type { Evidence } from './score.ts'

/** `answers tcp/61004 (HTTP) from 3 hosts (I-12, O-10)` */
export function evidenceText({ act, rows }: Evidence): string {
  const { side, peers } = act
  const hosts = peers.size < PEERS_MAX ? counted(peers.size, 'host') : `${peers.size} or more hosts`
  const ids = [...new Set(rows.map(({ id }) => id))].join(', ')
  const whose = side === 'answers' ? 'from' : 'of'
  return `${side} ${portsText(act)} (${carriedText(act)}) ${whose} ${hosts} (${ids})`
}

function portsText({ transport, ports }: Act): string {
  const sorted = [...ports].toSorted((one, other) => one - other)
  return `${transport}/${sorted.join(', ')}${ports.size < PORTS_MAX ? '' : ' ...'}`
}

function carriedText({ sure, protocol }: Act): string {
  if (sure === 'opaque') return 'vendor protocol'
  return protocol === null ? 'by the port alone' : protocolName(protocol)
}
