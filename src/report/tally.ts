// Counts what was seen and judged, in bounded memory: its keys come from closed sets only (rows, role
// labels, zones, verdicts), never from a packet. What got no verdict is told apart, see unjudged.ts.

import type { UnjudgedFlow } from '../model/batch.ts'
import type { FlowRecord } from '../model/flow.ts'
import type { NotJudged, Totals } from '../model/result.ts'
import { byText } from '../model/text.ts'
import type { JudgedFlow, Verdict, VerdictKind } from '../model/verdict.ts'
import { VERDICTS } from '../model/verdict.ts'
import { type Counted, CountTable } from './count-table.ts'
import { look, type Sights, Unjudged } from './unjudged.ts'

const TRANSPORTS = ['tcp', 'udp', 'icmp', 'icmp6', 'other']
const LINK_SCOPE = 'link_scope:'

type ByRow = { readonly row: string; readonly verdict: VerdictKind }
type ByPair = {
  readonly source: string
  readonly destination: string
  readonly verdict: VerdictKind
}

/** Most verdicts that are counted apart before they go into the tables. */
const CELLS_MAX = 4096

/** What one verdict has: the flows of a pair that nothing tells apart share theirs. */
interface Cell extends Counted {
  readonly judged: JudgedFlow
  readonly sights: Sights
}

/**
 * Takes every closed record once. No total depends on the order in which they come. Flows are counted by
 * their verdict first, one look-up each, and go into the tables by the thousand.
 */
export class Tally {
  readonly #rows = new CountTable<ByRow>('row', 'verdict')
  readonly #pairs = new CountTable<ByPair>('source', 'destination', 'verdict')
  readonly #housekeeping = new CountTable<{ readonly kind: string }>('kind')
  readonly #verdicts = new Map<VerdictKind, number>()
  readonly #unjudged = new Unjudged()
  readonly #transports = new Map<string, Counted>()
  readonly #cells = new Map<Verdict, Cell>()
  #withoutSite = 0

  add(record: JudgedFlow | UnjudgedFlow): void {
    const { flow } = record
    const { transport } = flow
    const counted = this.#transports.get(transport) ?? { flows: 0, packets: 0, bytes: 0 }
    if (counted.flows === 0) this.#transports.set(transport, counted)
    count(counted, flow)
    if ('verdict' in record) this.#judged(record)
    else this.#withoutSite++
  }

  #judged(record: JudgedFlow): void {
    const { flow, verdict } = record
    const known = this.#cells.get(verdict)
    const cell = known ?? {
      ...{ judged: record, flows: 0, packets: 0, bytes: 0 },
      sights: { bothWays: 0, oneWay: 0 },
    }
    count(cell, flow)
    look(cell.sights, flow)
    if (known !== undefined) return
    if (this.#cells.size >= CELLS_MAX) this.#fold()
    this.#cells.set(verdict, cell)
  }

  /** Empties the cells into the tables. */
  #fold(): void {
    for (const cell of this.#cells.values()) this.#book(cell)
    this.#cells.clear()
  }

  /** Packets and bytes are those of flows; what was in none is in the ledger. */
  totals(): Totals {
    this.#fold()
    const byTransport = [...this.#transports]
      .map(([transport, counted]) => ({ transport, ...counted }))
      .toSorted((left, right) => rank(left.transport) - rank(right.transport))
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
    this.#fold()
    return this.#withoutSite > 0 ? [] : this.#unjudged.list()
  }

  #book(cell: Cell): void {
    const { client, server, verdict } = cell.judged
    const { kind, row } = verdict
    this.#verdicts.set(kind, (this.#verdicts.get(kind) ?? 0) + cell.flows)
    this.#pairs.add({ source: client.group, destination: server.group, verdict: kind }, cell)
    if (row !== null) this.#rows.add({ row, verdict: kind }, cell)
    if (kind === 'out_of_scope') this.#outOfScope(cell)
    else this.#unjudged.add(cell.judged, cell.flows, cell.sights)
  }

  #outOfScope({ judged: { client, server, verdict }, ...counted }: Cell): void {
    if (!client.isMeetingPlace && !server.isMeetingPlace) return
    if (verdict.reason === null || !verdict.reason.startsWith(LINK_SCOPE)) return
    this.#housekeeping.add({ kind: verdict.reason.slice(LINK_SCOPE.length) }, counted)
  }
}

function count(counted: Counted, { toServer, toClient }: FlowRecord): void {
  counted.flows++
  counted.packets += toServer.packets + toClient.packets
  counted.bytes += toServer.bytes + toClient.bytes
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
