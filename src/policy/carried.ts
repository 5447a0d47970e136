// What a flow carries against what the rows of its port expect (requirements 1.1, PC): a row with a
// signature is verified by it, a row of an opaque vendor protocol by what it is not. Nobody is accused of
// the wrong protocol unless both sides speak it.

import type { App, Protocol } from '../model/app.ts'
import type { FlowRecord } from '../model/flow.ts'
import type { Row } from '../model/policy.ts'
import type { Advisory, Verdict } from '../model/verdict.ts'

/** Media announced in SDP, by its receiving end. */
export type IsAnnounced = (flow: FlowRecord) => boolean

export interface Carried {
  /** `wrong`: both sides speak a protocol that no row of this port expects. */
  readonly kind: Verdict['verified'] | 'wrong'
  /** Nothing is expected, so nothing is left to be verified. */
  readonly isFree: boolean
  readonly advisories: readonly Advisory[]
  /** The row that expects just this, of several that allow it: reports on media are cited as such. */
  readonly row: Row | null
}

/** The flow against all rows that allow it; `rows` as of the ruling. */
export function carriedOn(
  rows: readonly Row[],
  flow: FlowRecord,
  isAnnounced: IsAnnounced,
): Carried {
  const expected = rows.flatMap(row => expectedOn(row, flow))
  const { protocol, by } = flow.app
  const none = { isFree: expected.length === 0, advisories: [], row: null }
  if (none.isFree) return { ...none, kind: 'none' }
  const isOpaque = expected.every(word => word === 'opaque')
  // Nothing speaks against an opaque protocol of which nobody recognises anything.
  if (protocol === null)
    return { ...none, isFree: isOpaque, kind: isOpaque && hasData(flow) ? 'negative' : 'none' }
  if (!expected.includes(nameInRows(protocol))) {
    const isClear = by.client && by.server && !mayHaveBecome(protocol, expected, flow)
    return { ...none, kind: isClear ? 'wrong' : 'none' }
  }
  if (isControl(flow.app)) return { ...none, kind: 'none', advisories: ['ntp_control'] }
  const row = rows.find(
    one => isExpectedOn(one, flow, protocol) && isInside(one, flow, isAnnounced),
  )
  const isClear = rows.some(({ cleartext }) => cleartext) && isCleartext(flow.app)
  return {
    ...none,
    kind: row === undefined ? 'none' : 'signature',
    row: row ?? null,
    advisories: isClear ? ['cleartext'] : [],
  }
}

/** What the row expects on the flow's port. */
export const expectedOn = ({ app }: Row, { server }: FlowRecord): readonly string[] =>
  app.on?.get(server.port) ?? app.expect

const isExpectedOn = (row: Row, flow: FlowRecord, protocol: Protocol): boolean =>
  expectedOn(row, flow).includes(nameInRows(protocol))

/** A data channel is part of the FTP that its control connection speaks. */
const nameInRows = (protocol: Protocol): string => (protocol === 'ftp-data' ? 'ftp' : protocol)

/** A row that names every port closes itself by the sender's port, or by what SDP announced. */
function isInside({ sourcePorts }: Row, flow: FlowRecord, isAnnounced: IsAnnounced): boolean {
  if (sourcePorts === null) return true
  const { port } = flow.client
  return sourcePorts.some(({ first, last }) => port >= first && port <= last) || isAnnounced(flow)
}

/** Protocols that go over to TLS on the same connection; SQL Server does so after its first messages. */
const GO_OVER_TO_TLS: readonly string[] = ['smtp', 'ftp', 'ldap', 'tds']

/**
 * Whether a connection of an expected protocol may carry this one by now: picked up in its middle, nobody
 * knows whether it went over to TLS, or what a proxy has been asked for.
 */
function mayHaveBecome(protocol: Protocol, expected: readonly string[], flow: FlowRecord): boolean {
  const { tcp } = flow
  if (tcp === null || tcp.syn !== null || tcp.synAck !== null) return false
  if (expected.includes('socks')) return true
  return protocol === 'tls' && expected.some(word => GO_OVER_TO_TLS.includes(word))
}

const hasData = ({ data }: FlowRecord): boolean => data.client || data.server

/** NTP's modes 6 and 7 control a server; they are no time exchange (I-03). */
const isControl = ({ protocol, facts }: App): boolean =>
  protocol === 'ntp' && (facts.operation === 'control' || facts.operation === 'private')

const ALWAYS_CLEAR: readonly Protocol[] = ['http', 'telnet', 'sip']

function isCleartext({ protocol, facts }: App): boolean {
  if (protocol === null) return false
  if (protocol === 'ftp') return !facts.isUpgraded
  return ALWAYS_CLEAR.includes(protocol) || facts.isLoginClear
}
