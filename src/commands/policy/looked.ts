// Which rows the judge looked at, what each made of the two ends, and what these two may do instead.

import { matchText } from '../../findings/ports.ts'
import type { Placement } from '../../model/inventory.ts'
import type { Policy, PortMatch, Row } from '../../model/policy.ts'
import type { JudgedFlow } from '../../model/verdict.ts'
import { matches } from '../../policy/inventory.ts'
import { conditionsOf, isPeer, Rulebook } from '../../policy/rulebook.ts'
import { ask, type Court } from './ask.ts'
import type { AskedService } from './imagined.ts'

/** A row that names the service and at least one of the ends. */
export interface LookedAt {
  readonly row: Row
  readonly remark: string
}

export interface Look {
  readonly rows: readonly LookedAt[]
  /** Rows that name the service too, but concern other hosts. */
  readonly others: number
}

/** What the rows in force on this service say of the two ends, in the order of the policy. */
export function lookAt(court: Court, service: AskedService, judged: JudgedFlow): Look {
  const covering = bookOf(court).covering(service)
  const rows = covering.flatMap(row => {
    const remark = remarkOn(row, judged, court.policy)
    return remark === undefined ? [] : [{ row, remark }]
  })
  return { rows, others: covering.length - rows.length }
}

/** A service that the source may use at the destination, and the row that allows it. */
export interface Permitted {
  readonly service: string
  readonly row: string
}

/** What the source may do at the destination, found by asking the judge about every row's ports. */
export function permittedBetween(court: Court, { client, server }: JudgedFlow): Permitted[] {
  const permitted = new Map<string, Permitted>()
  for (const row of rowsOf(court))
    for (const match of row.match) {
      const service = matchText([match])
      if (!permitted.has(service) && isAllowed(court, row, match, client, server))
        permitted.set(service, { service, row: row.id })
    }
  return [...permitted.values()]
}

/** An address where nobody has a name. */
export const nameOf = (placement: Placement): string =>
  placement.node === null ? placement.address.text : placement.name

const bookOf = ({ policy, site, sensor }: Court): Rulebook =>
  new Rulebook(policy, conditionsOf(site, sensor === null ? [] : [sensor]))

/** The policy's rows; where SOCKS listens on a port of the site's own, the row for that too. */
function rowsOf(court: Court): readonly Row[] {
  const { modes } = court.site
  const placed =
    modes.socks === null ? [] : bookOf(court).covering({ transport: 'tcp', port: modes.socks.port })
  return [...court.policy.rows, ...placed]
}

/** Whether this very row lets the flow pass as one that it expects. */
function isAllowed(
  court: Court,
  { id }: Row,
  { transport, ports }: PortMatch,
  client: Placement,
  server: Placement,
): boolean {
  const { verdict } = ask(court, {
    ...{ client: client.address, server: server.address, outcome: 'established' },
    service: { transport, port: ports.first },
  }).judged
  if (!verdict.kind.startsWith('permitted') || !verdict.rows.includes(id)) return false
  return !verdict.advisories.includes('unexpected_source')
}

/** What became of the row, or undefined where it concerns neither end. */
function remarkOn(
  row: Row,
  { client, server, verdict }: JudgedFlow,
  policy: Policy,
): string | undefined {
  const isFrom = isPeer(row.from, client)
  const isTo = isPeer(row.to, server)
  if (!isFrom && !isTo) return isReversed(row, client, server) ? REVERSED : undefined
  if (isFrom && isTo)
    return row.mode !== null && verdict.reason === 'forbidden_by_mode'
      ? 'names both ends, but the mode in use closes it'
      : 'names both ends'
  if (isFrom) return `names ${nameOf(client)} as a source, but not ${nameOf(server)} as its server`
  return `names ${nameOf(server)} as its server, but not ${nameOf(client)} as a source${byClass(row, client, policy)}`
}

const REVERSED = 'names both ends, but the other way round'

const isReversed = ({ from, to }: Row, client: Placement, server: Placement): boolean =>
  isPeer(from, server) && isPeer(to, client)

/** What the row's exposure class has to say of a source that the row does not name. */
function byClass({ exposure, closed }: Row, client: Placement, { exposures }: Policy): string {
  if (exposure === null) return ''
  const accepts = exposures.get(exposure)?.accepts ?? []
  if (!accepts.some(selector => matches(selector, client)))
    return `, and its class ${exposure} does not accept it`
  return closed
    ? `; its class ${exposure} would accept it, but the document names both ends`
    : `; its class ${exposure} accepts it`
}
