// What a row opens: its two ends as questions about a host. A flow is allowed by list where a row in force
// opens from its client, towards its server; ruling.ts says the same of the two together.

import type { FlowRecord } from '../model/flow.ts'
import type { Placement } from '../model/inventory.ts'
import type { Row } from '../model/policy.ts'
import { isPeer, type Rulebook, serviceOf } from '../policy/rulebook.ts'
import { isClosedAt, isListed } from '../policy/ruling.ts'

/** Whether the row lists the host as a source, and no declared direction of 5003 speaks against it. */
export function opensFrom({ policy, conditions }: Rulebook, row: Row, client: Placement): boolean {
  if (!isListed(row, client, policy.exposures)) return false
  return row.mode?.opener !== 'web' || !isClosedAt(row, client, conditions)
}

/** The same of a host as destination. */
export function opensTo({ conditions }: Rulebook, row: Row, server: Placement): boolean {
  if (!isPeer(row.to, server)) return false
  return row.mode?.opener !== 'app' || !isClosedAt(row, server, conditions)
}

/** The rows in force that let the flow through, as a firewall sees it: by its addresses and ports. */
export function openers(
  book: Rulebook,
  flow: FlowRecord,
  client: Placement,
  server: Placement,
): readonly Row[] {
  return book
    .covering(serviceOf(flow))
    .filter(
      row =>
        isFromPort(row, flow.client.port) &&
        opensFrom(book, row, client) &&
        opensTo(book, row, server),
    )
}

/** A row that names no port of its peer is opened from its own ports alone. */
const isFromPort = ({ sourcePorts }: Row, port: number): boolean =>
  sourcePorts === null || sourcePorts.some(({ first, last }) => port >= first && port <= last)
