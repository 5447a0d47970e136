// Counts what was seen and judged, in bounded memory: its keys come from closed sets only (rows, role
// labels, zones, verdicts), never from a packet. What got no verdict is told apart, see unjudged.ts.

import type { UnjudgedFlow } from '../model/batch.ts'
import type { NotJudged, Totals } from '../model/result.ts'
import { byText } from '../model/text.ts'
import type { JudgedFlow, VerdictKind } from '../model/verdict.ts'
import { VERDICTS } from '../model/verdict.ts'
import { CountTable } from './count-table.ts'
import { Unjudged } from './unjudged.ts'

const TRANSPORTS = ['tcp', 'udp', 'icmp', 'icmp6', 'other']
const LINK_SCOPE = 'link_scope:'

type ByRow = { readonly row: string; readonly verdict: VerdictKind }
type ByPair = {
  readonly source: string
  readonly destination: string
  readonly verdict: VerdictKind
}

/** Takes every closed record once. No total depends on the order in which they come. */
export class Tally {
  readonly #all = new CountTable<{ readonly transport: string }>('transport')
  readonly #rows = new CountTable<ByRow>('row', 'verdict')
  readonly #pairs = new CountTable<ByPair>('source', 'destination', 'verdict')
  readonly #housekeeping = new CountTable<{ readonly kind: string }>('kind')
  readonly #verdicts = new Map<VerdictKind, number>()
  readonly #unjudged = new Unjudged()
  #withoutSite = 0

  add(record: JudgedFlow | UnjudgedFlow): void {
    this.#all.add({ transport: record.flow.transport }, record.flow)
    if ('verdict' in record) this.#judged(record)
    else this.#withoutSite++
  }

  /** Packets and bytes are those of flows; what was in none is in the ledger. */
  totals(): Totals {
    const byTransport = this.#all.lines(
      (left, right) => rank(left.transport) - rank(right.transport),
    )
    return {
      packets: byTransport.reduce((sum, { packets }) => sum + packets, 0),
      bytes: byTransport.reduce((sum, { bytes }) => sum + bytes, 0),
      flows: byTransport.reduce((sum, { flows }) => sum + flows, 0),
      by_transport: byTransport,
      by_verdict: VERDICTS.flatMap(verdict => {
        const flows = this.#verdicts.get(verdict)
        return flows === undefined ? [] : [{ verdict, flows }]
      }),
      by_row: this.#rows.lines(byRow),
      by_role_pair: this.#pairs.lines(byPair),
      housekeeping: this.#housekeeping.lines((left, right) => byText(left.kind, right.kind)),
    }
  }

  /**
   * What the flows themselves leave open; damage and unreadable packets are in the ledger. Of an audit,
   * that is: a flow count has nothing to judge and gives an empty list.
   */
  notJudged(): NotJudged[] {
    return this.#withoutSite > 0 ? [] : this.#unjudged.list()
  }

  #judged(record: JudgedFlow): void {
    const { flow, client, server, verdict } = record
    const { kind, row } = verdict
    this.#verdicts.set(kind, (this.#verdicts.get(kind) ?? 0) + 1)
    this.#pairs.add({ source: client.group, destination: server.group, verdict: kind }, flow)
    if (row !== null) this.#rows.add({ row, verdict: kind }, flow)
    if (kind === 'out_of_scope') this.#outOfScope(record)
    else this.#unjudged.add(record)
  }

  #outOfScope({ flow, client, server, verdict }: JudgedFlow): void {
    if (!client.isMeetingPlace && !server.isMeetingPlace) return
    if (verdict.reason === null || !verdict.reason.startsWith(LINK_SCOPE)) return
    this.#housekeeping.add({ kind: verdict.reason.slice(LINK_SCOPE.length) }, flow)
  }
}

const rank = (transport: string): number => TRANSPORTS.indexOf(transport)

const byKind = (left: VerdictKind, right: VerdictKind): number =>
  VERDICTS.indexOf(left) - VERDICTS.indexOf(right)

const byRow = (left: ByRow, right: ByRow): number =>
  byText(left.row, right.row) || byKind(left.verdict, right.verdict)

const byPair = (left: ByPair, right: ByPair): number =>
  byText(left.source, right.source) ||
  byText(left.destination, right.destination) ||
  byKind(left.verdict, right.verdict)
