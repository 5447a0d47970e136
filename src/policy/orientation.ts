// Step 3 of the order of decision (semantics 3.3): a flow whose direction is only a hint is read
// both ways, and what follows rests on how far the two readings agree. A verdict that accuses
// somebody of the wrong direction never comes from here.

import { type FlowRecord, isStrongBasis, type TcpFacts } from '../model/flow.ts'
import type { Placement } from '../model/inventory.ts'
import type { Row } from '../model/policy.ts'
import type { EscapedReason } from '../model/verdict.ts'
import type { Errand } from './errand.ts'
import type { Service } from './rulebook.ts'
import { type Ruling, unlisted } from './ruling.ts'

/** A flow read in one direction, and what the rows say of it so. */
export interface Reading {
  readonly flow: FlowRecord
  readonly client: Placement
  readonly server: Placement
  readonly service: Service
  readonly ruling: Ruling
  /** What it wants of WebEx, if anything. */
  readonly errand: Errand | null
}

/** How well the direction of a reading is founded. */
export type Ground =
  | 'proven' // a packet or a reserved port says who the client is
  | 'either' // it is allowed whoever that is
  | 'one_row' // allowed one way only, by the one port that is a row of its own end
  | 'unclear' // allowed one way only, but the other port is a row of its own end too
  | 'neither' // allowed neither way

export interface Oriented extends Reading {
  readonly ground: Ground
}

/**
 * The reading of the flow that is to be judged. `read` gives the one of a flow's present direction.
 */
export function orient(flow: FlowRecord, read: (flow: FlowRecord) => Reading): Oriented {
  const here = read(flow)
  if (isTold(flow)) return { ...here, ground: 'proven' }
  const readings = [here, read(reversed(flow))]
  const passing = readings.filter(({ ruling }) => ruling.kind !== 'not_allowed')
  const either = passing.length === 2 ? (passing.find(isExpected) ?? here) : passing.find(isMedia)
  if (either !== undefined) return { ...either, ground: 'either' }
  const [only] = passing
  if (only === undefined) return { ...likelier(readings, here), ground: 'neither' }
  return { ...only, ground: readings.some(isOwnRow) ? 'unclear' : 'one_row' }
}

/** The type of an ICMP message says who asks; a lone one has nothing but a sender. */
const isTold = ({ basis, transport }: FlowRecord): boolean =>
  isStrongBasis(basis) || transport === 'icmp' || transport === 'icmp6'

/** Both ends stand in the row's lists. */
const isExpected = ({ ruling }: Reading): boolean => ruling.kind === 'allowed'

/** Voice and pictures are allowed both ways, whoever sends first. */
const isMedia = ({ ruling }: Reading): boolean =>
  ruling.rows.some(({ app }: Row) => app.expect.includes('rtp') || app.expect.includes('rtcp'))

/** The port is a row of its own end's roles, and that row is closed to the other end. */
const isOwnRow = ({ ruling: { reason } }: Reading): boolean =>
  reason === 'over_exposed' || reason === 'forbidden_by_mode'

/**
 * Allowed neither way: a port that is over-exposed, or that a row names at all, is likelier the
 * server's. Over-exposed it stays; otherwise the flow is unlisted, and nobody is accused of having
 * opened it the wrong way.
 */
function likelier(readings: readonly Reading[], here: Reading): Reading {
  const of = (...reasons: readonly (EscapedReason | null)[]) =>
    readings.find(({ ruling }) => reasons.includes(ruling.reason))
  const exposed = of('over_exposed')
  if (exposed !== undefined) return exposed
  const reading = of('wrong_direction', 'forbidden_by_mode') ?? lowerPort(readings, here)
  return { ...reading, ruling: unlisted(reading.server.isMeetingPlace ? 'inbound' : 'outbound') }
}

/**
 * In the middle of a connection who spoke first says nothing, and the server's port is often the
 * lower. A datagram that is seen first is mostly the question.
 */
function lowerPort(readings: readonly Reading[], here: Reading): Reading {
  if (here.flow.transport !== 'tcp') return here
  return readings.find(({ flow }) => flow.server.port < flow.client.port) ?? here
}

/** The same flow seen from its other end: what belongs to an end goes with it. */
export function reversed(flow: FlowRecord): FlowRecord {
  return {
    ...flow,
    client: flow.server,
    server: flow.client,
    toServer: flow.toClient,
    toClient: flow.toServer,
    data: swapped(flow.data),
    sensors: swapped(flow.sensors),
    tcp: flow.tcp && reversedTcp(flow.tcp),
  }
}

/** A flow whose direction is not proven has no handshake that would have to change sides. */
function reversedTcp(tcp: TcpFacts): TcpFacts {
  const { rst } = tcp
  return {
    ...tcp,
    rst: rst && { ...rst, from: rst.from === 'client' ? 'server' : 'client' },
    fin: swapped(tcp.fin),
    acknowledges: swapped(tcp.acknowledges),
  }
}

const swapped = <Fact>(sides: { readonly client: Fact; readonly server: Fact }) => {
  return { client: sides.server, server: sides.client }
}
