// What flows of one verdict show of the statements: first of the rows that allow them, then of the sentences
// around the tables and of WebEx.

import type { AppRequest } from '../model/app.ts'
import type { Placement } from '../model/inventory.ts'
import type { Policy, Row } from '../model/policy.ts'
import type { JudgedFlow, Verdict } from '../model/verdict.ts'
import type { Cell } from './cells.ts'
import type { Evidence, Open } from './evidence.ts'
import { isOutside } from './outside.ts'
import type { Setting } from './stage.ts'

export class Booking {
  readonly #evidence: Evidence
  readonly #rows: ReadonlyMap<string, Row>
  readonly #unexposed: ReadonlySet<string>
  readonly #cdn: ReadonlySet<string>
  readonly #isNamed: Setting['isNamed']

  constructor(evidence: Evidence, { policy, isNamed }: Setting) {
    this.#evidence = evidence
    this.#rows = rowsOf(policy)
    this.#unexposed = unexposedOf(policy)
    this.#cdn = new Set(policy.webex.cdnNames)
    this.#isNamed = isNamed
  }

  book(cell: Cell): void {
    const { judged, flows } = cell
    const { verdict } = judged
    this.#evidence.note('site')
    if (isThrough(verdict)) this.#through(cell)
    else if (verdict.kind === 'undetermined') this.#open(judged, flows)
    else if (verdict.kind === 'rejected') this.#rejected(cell)
    else this.#against(judged, flows)
  }

  #through({ judged, flows, halves, lastNs }: Cell): void {
    const { verdict, client } = judged
    const shown = this.#shown(judged)
    // A stream is one-way by nature; of anything else, half a conversation shows nothing.
    const isWhole = verdict.outcome.state === 'one_way' && verdict.kind === 'permitted'
    const lost = isWhole ? 0 : halves
    const whole = flows - lost
    const kept = { flows: whole, verified: verdict.kind === 'permitted' ? whole : 0, lastNs }
    const isSocks = shown.has('O-04') && verdict.verified === 'signature'
    const proxies = isSocks ? ofSocks(verdict) : []
    const webex = shown.has('W-01') ? this.#ofWebex(judged, shown) : []
    const isToWebex = client.isMeetingPlace && (isSocks || shown.has('W-01'))
    const others = [...(isToWebex ? ['T-10'] : []), ...(client.labels.has('app') ? [APP_SEEN] : [])]
    this.#control(judged)
    const ids = [...shown, ...this.#aroundTables(judged, shown), ...proxies, ...webex, ...others]
    for (const id of new Set(ids)) {
      this.#evidence.keep(id, kept)
      this.#evidence.leave(id, 'one_way', lost)
    }
  }

  /** The rows of which the flow is an example: of several that allow it, those that expect what it carries. */
  #shown(judged: JudgedFlow): ReadonlySet<string> {
    const { verdict, flow } = judged
    const shown = verdict.rows.filter(id => {
      const row = this.#rows.get(id)
      if (row === undefined || id === verdict.row || row.twin === verdict.row) return true
      // By a proxy, WebEx is inside what the flow carries.
      if (row.kind === 'webex') return true
      const { protocol } = flow.app
      return protocol === null ? row.sourcePorts === null : expects(row, protocol)
    })
    return new Set([...shown, ...answering(judged)])
  }

  /** What T-01 to T-07 say of a flow on these rows, and what else follows from rows. */
  #aroundTables({ client, server }: JudgedFlow, shown: ReadonlySet<string>): readonly string[] {
    const rows = [...shown]
    const isUnexposed = rows.some(id => this.#unexposed.has(id))
    const isInside = client.zone === 'core' && server.zone === 'core'
    const isControl = rows.some(id => (this.#rows.get(id)?.mode ?? null) !== null)
    return [
      ...between(client, server),
      ...(isUnexposed ? ['T-03', ...(isInside ? ['T-05'] : [])] : []),
      ...(isControl ? ['I-06.1'] : []),
      // Either side may be the one that asks.
      ...(shown.has('I-03') && client.labels.has('web') ? ['S-11'] : []),
      ...(shown.has('I-12') ? ['S-10'] : []),
    ]
  }

  /** W-04, W-06 and W-07, which only clear text and the answers of name servers show. */
  #ofWebex(judged: JudgedFlow, shown: ReadonlySet<string>): readonly string[] {
    const { flow, client, server, verdict } = judged
    const { advisories } = verdict
    this.#evidence.note('webex')
    if (shown.has('W-02') || shown.has('W-03')) this.#evidence.note('webex_named')
    const isHttp = flow.app.protocol === 'http'
    const answered = isHttp ? flow.app.facts.requests.filter(isServed) : []
    if (answered.length > 0) this.#evidence.note('webex_http')
    const own = answered.some(one => !one.isCached && !this.#cdn.has(one.target ?? ''))
    const isProxy = client.labels.has('http-proxy') || client.labels.has('socks-proxy')
    if (isProxy) this.#evidence.note('proxy_to_webex')
    const isCurrent = isProxy && this.#isNamed(server.address, flow.firstNs)
    return [
      ...(answered.some(isScript) ? ['W-04'] : []),
      ...(own && !advisories.includes('cached') ? ['W-06'] : []),
      ...(isCurrent && !advisories.includes('stale_ip_path') ? ['W-07'] : []),
    ]
  }

  /** By 5003 the Web Server was reached, or reached out: as it may, or the other way round. */
  #control({ verdict, client, server }: JudgedFlow): void {
    if (verdict.outcome.state !== 'answered') return
    const isControl = verdict.rows.some(id => (this.#rows.get(id)?.mode ?? null) !== null)
    if (isControl || verdict.reason === 'forbidden_by_mode')
      this.#evidence.control((client.labels.has('web') ? client : server).name)
  }

  /** Seen, and nobody knows what became of it: the rows it would have been judged by are left open. */
  #open(judged: JudgedFlow, flows: number): void {
    const { rows, reason } = judged.verdict
    const why = OPEN[reason ?? '']
    if (why === undefined) return
    const around = this.#aroundTables(judged, new Set(rows))
    for (const id of new Set([...rows, ...around])) this.#evidence.leave(id, why, flows)
  }

  /** Stopped as it should be: proof of the control, where a filter did it. */
  #rejected({ judged, flows, lastNs }: Cell): void {
    const { verdict, client } = judged
    const { row, outcome, confidence } = verdict
    const kept = { flows, verified: flows, lastNs }
    // Host, firewall or silence: whoever closes 5003 will do, and whoever closes 80 where 443 serves.
    if (row === 'I-06.2' || row === 'I-28.2') this.#evidence.keep(row, kept)
    const isProof = outcome.state === 'blocked' && confidence !== 'possible'
    if (isProof && isOutside(client.zone) && this.#unexposed.has(row ?? ''))
      this.#evidence.keep('T-04', kept)
  }

  /**
   * What is kept back contradicts all rows that allow it, and its range of WebEx even where it was answered;
   * a range is contradicted as well by what comes out of it where no row is.
   */
  #against(judged: JudgedFlow, flows: number): void {
    const { verdict, client, server } = judged
    const { kind, reason, bound, outcome } = verdict
    if (kind === 'escaped') this.#control(judged)
    if (kind === 'misdropped') {
      const rows = outcome.state === 'blocked' ? this.#shown(judged) : []
      const ranges = server.webexRange === null ? [] : [server.webexRange]
      for (const id of new Set([...rows, ...ranges]))
        this.#evidence.contradict(id, 'kept_back', flows)
    }
    const isInbound = kind === 'escaped' && reason === 'unlisted' && bound === 'inbound'
    if (isInbound && client.webexRange !== null)
      this.#evidence.contradict(client.webexRange, 'came_in', flows)
  }
}

/** Not a statement: that an Application Server opened connections here, SOCKS or not (T-08). */
export const APP_SEEN = 'app'

/** The class of rows whose special requirements are a dash. */
export const UNEXPOSED = 'X0'

export const unexposedOf = ({ rows }: Policy): ReadonlySet<string> =>
  new Set(rows.filter(({ exposure }) => exposure === UNEXPOSED).map(({ id }) => id))

export const rowsOf = ({ rows }: Policy): ReadonlyMap<string, Row> =>
  new Map(rows.map(row => [row.id, row]))

/** Let through: a row allows it, and it was answered, or goes one way. */
const isThrough = ({ kind, outcome }: Verdict): boolean =>
  (kind === 'permitted' || kind === 'permitted_unverified') &&
  (outcome.state === 'answered' || outcome.state === 'one_way')

const OPEN: Readonly<Record<string, Open>> = {
  ...{ pending: 'pending', unanswered: 'unanswered', one_way: 'one_way' },
  // Stopped, but by whom for whom is not known.
  ...{ weak_direction: 'weak_direction', blocked: 'weak_direction', refused: 'weak_direction' },
}

/** T-01, T-02 and T-07: who reaches whom. */
function between(client: Placement, server: Placement): readonly string[] {
  if (!server.isMeetingPlace) return client.isMeetingPlace ? ['T-07'] : []
  if (client.isMeetingPlace) return ['T-02']
  return client.role === 'unknown' ? [] : ['T-01']
}

/** T-08 and T-09: SOCKS is in use where it is configured, and on which port. */
const ofSocks = ({ advisories }: Verdict): readonly string[] => [
  'T-08',
  ...(advisories.includes('socks_port_drift') ? [] : ['T-09']),
]

const expects = ({ app }: Row, protocol: string): boolean =>
  app.expect.includes(protocol === 'ftp-data' ? 'ftp' : protocol)

/**
 * Media that both ends send in one flow: the blade's own stream is a row of the other table, for which it
 * needs no flow of its own (I-25 and I-26 with O-13 to O-15).
 */
function answering({ client, server, verdict, flow }: JudgedFlow): readonly string[] {
  const { protocol, by } = flow.app
  if (!by.client || !by.server || (protocol !== 'rtp' && protocol !== 'rtcp')) return []
  const isAudio = verdict.rows.includes('I-25') || verdict.rows.includes('O-13')
  const isVideo = verdict.rows.includes('I-26') || verdict.rows.includes('O-14')
  if (!isAudio && !isVideo) return []
  if (client.labels.has('phone') && server.labels.has('media'))
    return [protocol === 'rtcp' ? 'O-15' : isAudio ? 'O-13' : 'O-14']
  return client.labels.has('media') && server.labels.has('phone') ? [isAudio ? 'I-25' : 'I-26'] : []
}

/** An answer that is the site's own, and no refusal on the way. */
const isServed = ({ status, method }: AppRequest): boolean =>
  status !== null && status < 400 && method !== 'CONNECT'

const isScript = ({ path, contentType }: AppRequest): boolean =>
  path !== null && /\.(?:js|cab|ocx)$/i.test(path) && contentType !== 'text/html'
