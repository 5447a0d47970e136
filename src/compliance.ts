// Site and policy at work: each closed record gets its verdict and its place in the findings, on evidence
// that is gathered as the capture goes on.

import { createHash } from 'node:crypto'
import { FindingCollector } from './findings/collect.ts'
import { hasHits } from './findings/hit.ts'
import { DYNAMIC_PORTS, type PortKnowledge } from './flows/direction.ts'
import { type Address, addressOf } from './model/address.ts'
import type { NameAnswer } from './model/app.ts'
import type { Finding } from './model/finding.ts'
import type { FlowRecord, Sights } from './model/flow.ts'
import type { Placement, Site } from './model/inventory.ts'
import type { Ledger } from './model/ledger.ts'
import type { Policy } from './model/policy.ts'
import { type JudgedFlow, VERDICTS, type VerdictKind } from './model/verdict.ts'
import { Evidence } from './policy/evidence.ts'
import { Inventory } from './policy/inventory.ts'
import { Judge, type Moment } from './policy/judge.ts'
import { type Ends, NameBook } from './policy/names.ts'
import { conditionsOf, Rulebook } from './policy/rulebook.ts'
import { Vantage } from './policy/vantage.ts'

/** When a record closed, and a way to look at the flows that are still open. */
export interface Closing extends Moment {
  /** The second of capture time; one look at open flows serves all records closed in it. */
  readonly tickNs: number
  readonly heardNow: (addresses: readonly Address[]) => Map<string, number>
}

const NOTHING: readonly Finding[] = []

export class Compliance {
  readonly findings: FindingCollector
  readonly book: Rulebook
  readonly inventory: Inventory
  readonly evidence: Evidence
  readonly names = new NameBook()
  /** What the site and the policy know of ports, for telling clients from servers. */
  readonly ports: PortKnowledge
  readonly #judge: Judge
  readonly #addresses: readonly Address[]
  readonly #heard = new Map<string, number>()
  readonly #verdicts = new Map<VerdictKind, number>()
  #look: { tickNs: number; heard: Map<string, number> } | null = null
  #closing: Closing | null = null

  /** `sensors` names those of the site that took the captures; none where that is not known. */
  constructor(policy: Policy, site: Site, sensors: readonly string[]) {
    this.inventory = new Inventory(site, policy.webex.ranges)
    this.book = new Rulebook(policy, conditionsOf(site, sensors))
    this.ports = {
      isReserved: (protocol, port) => this.book.isReserved(protocol, port),
      dynamicPorts: ({ address }) =>
        this.inventory.place(address).node?.dynamicPorts ?? DYNAMIC_PORTS,
    }
    const vantage = new Vantage(this.book.conditions.sensors)
    this.evidence = new Evidence(({ address }) => this.#lastHeard(address), vantage)
    this.findings = new FindingCollector(policy, sha256)
    this.#judge = new Judge(this.inventory, this.book, this.evidence, this.names)
    this.#addresses = site.nodes.flatMap(({ addresses, nat }) => [...addresses, ...nat])
    for (const { text } of this.#addresses) this.#heard.set(text, Number.NEGATIVE_INFINITY)
  }

  /** Two ends were seen talking both ways, by `sights` so far; the server perhaps by a SYN-ACK with these marks. */
  answered(
    from: Address,
    to: Address,
    synAck: { readonly ttl: number; readonly afterNs: number } | null,
    sights: Sights,
  ): void {
    const client = this.inventory.place(from)
    const server = this.inventory.place(to)
    this.evidence.vantage.note(client, server, sights)
    if (!isOfInterest(client) && !isOfInterest(server)) return
    this.evidence.notePair(client, server, 'both')
    if (synAck !== null)
      this.evidence.noteHandshake(server, synAck.ttl, synAck.afterNs, sights.server)
  }

  /** A record in which the address was last heard at `ns` is closing. */
  heard(address: Address, ns: number): void {
    if (this.inventory.place(address).node === null) return
    const known = this.#heard.get(address.text) ?? Number.NEGATIVE_INFINITY
    if (ns > known) this.#heard.set(address.text, ns)
  }

  judge(flow: FlowRecord, closing: Closing): { judged: JudgedFlow; opened: readonly Finding[] } {
    this.#closing = closing
    const judged = this.#judge.judge(flow, closing)
    const { kind } = judged.verdict
    this.#verdicts.set(kind, (this.#verdicts.get(kind) ?? 0) + 1)
    if (kind === 'out_of_scope') return { judged, opened: [] }
    const { client, server } = judged
    this.evidence.vantage.note(client, server, judged.flow.sensors)
    if (isHalfSeen(flow)) this.evidence.notePair(client, server, 'one_way')
    this.findings.share(judged, () => this.evidence.visibility(client, server))
    if (!hasHits(judged.verdict)) return { judged, opened: NOTHING }
    const visibility = this.evidence.visibility(client, server)
    return { judged, opened: this.findings.add(judged, visibility) }
  }

  /** Servers are judged by all they say; users and proxies by what they want of WebEx. */
  wantsFacts(low: Address, high: Address, isTcp: boolean): boolean {
    const [one, other] = [this.inventory.place(low), this.inventory.place(high)]
    if (one.isMeetingPlace || other.isMeetingPlace) return true
    return isTcp && (one.isWebexUser || other.isWebexUser)
  }

  wantsName(bytes: Uint8Array, at: number, end: number): boolean {
    return this.names.isWanted(bytes, at, end)
  }

  /** A name server gave this answer, in the flow between these ends. */
  named(answer: NameAnswer, timeNs: number, ends: Ends): void {
    this.names.learn(answer, timeNs, ends)
  }

  /** SDP announced that media will be received here. */
  media(address: Uint8Array, port: number): void {
    this.evidence.noteMedia(addressOf(address), port)
  }

  /** Flows by verdict, for the ledger. */
  verdicts(): NonNullable<Ledger['verdicts']> {
    const counts = VERDICTS.map(kind => [kind, this.#verdicts.get(kind) ?? 0] as const)
    return { ...(Object.fromEntries(counts) as Record<VerdictKind, number>), pending: 0 }
  }

  /** The latest packet of a node in closed records and, by one look a second, in open flows. */
  #lastHeard({ text }: Address): number {
    const closing = this.#closing
    if (closing === null || !this.#heard.has(text)) return Number.NEGATIVE_INFINITY
    if (this.#look?.tickNs !== closing.tickNs)
      this.#look = { tickNs: closing.tickNs, heard: closing.heardNow(this.#addresses) }
    const open = this.#look.heard.get(text) ?? Number.NEGATIVE_INFINITY
    return Math.max(open, this.#heard.get(text) ?? Number.NEGATIVE_INFINITY)
  }
}

/** Pairs whose silence may have to be explained: with MeetingPlace, or with WebEx. */
const isOfInterest = ({ isMeetingPlace, webexRange }: Placement): boolean =>
  isMeetingPlace || webexRange !== null

/** One side only, though the other must have spoken: it was acknowledged, or it was answered. */
function isHalfSeen({ tcp, toServer, toClient }: FlowRecord): boolean {
  if (tcp === null || (toServer.packets > 0 && toClient.packets > 0)) return false
  return tcp.acknowledges.client || tcp.acknowledges.server || tcp.synAck !== null
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
