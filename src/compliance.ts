// Site and policy at work: each closed record gets its verdict and its place in the findings, on evidence
// that is gathered as the capture goes on.

import {
  type Concern,
  concernOf,
  type Interest,
  isHalfSeen,
  isOfInterest,
  placesOf,
} from './concern.ts'
import { CoverageBook } from './coverage/coverage.ts'
import { StatementNotes } from './coverage/notes.ts'
import { FindingCollector } from './findings/collect.ts'
import { hasHits } from './findings/hit.ts'
import { DYNAMIC_PORTS, type PortKnowledge } from './flows/direction.ts'
import { type Ends as FlowEnds, type Orientation, transportOf } from './flows/record.ts'
import { LastHeard, type Look } from './last-heard.ts'
import { type Address, addressOf, ipv4Value } from './model/address.ts'
import type { NameAnswer } from './model/app.ts'
import type { Coverage } from './model/coverage.ts'
import type { Finding } from './model/finding.ts'
import type { FlowRecord, Sights } from './model/flow.ts'
import type { Site } from './model/inventory.ts'
import type { Ledger } from './model/ledger.ts'
import type { MediaDirection } from './model/media.ts'
import type { Policy } from './model/policy.ts'
import type { MeasureListener } from './model/quality.ts'
import type { ArpSighting, SourceSighting, WatchedPacket } from './model/sighting.ts'
import type { DateSighting } from './model/time-message.ts'
import { type JudgedFlow, VERDICTS, type VerdictKind } from './model/verdict.ts'
import { PlacedMeasures } from './placed-measures.ts'
import { Evidence } from './policy/evidence.ts'
import { GwsimRows } from './policy/gwsim-rows.ts'
import { HttpsPaths } from './policy/https.ts'
import { Inventory } from './policy/inventory.ts'
import { Judge, type Moment } from './policy/judge.ts'
import { GwsimModes } from './policy/modes.ts'
import { type Ends, NameBook } from './policy/names.ts'
import { conditionsOf, Rulebook } from './policy/rulebook.ts'
import { rowsBetween } from './policy/ruling.ts'
import { Vantage } from './policy/vantage.ts'
import { sha256 } from './sha256.ts'
import { watchOf } from './watch-of.ts'
import { WatcherNews } from './watcher-news.ts'
import { Watchers } from './watchers/index.ts'

/** When a record closed, and a way to look at the flows that are still open. */
export interface Closing extends Moment, Look {
  /** The kernel's number of the flow; null for one that is only imagined. */
  readonly flow: number | null
  /** The flow will not go on under another record. */
  readonly isFinal: boolean
}

const NOTHING: readonly Finding[] = []
const DNS_PORT = 53

export class Compliance {
  readonly findings: FindingCollector
  readonly book: Rulebook
  readonly inventory: Inventory
  readonly evidence: Evidence
  readonly names = new NameBook()
  readonly modes: GwsimModes
  readonly statements = new StatementNotes()
  readonly news = new WatcherNews()
  /** What the site and the policy know of ports, for telling clients from servers. */
  readonly ports: PortKnowledge
  /** Hears what is measured. */
  readonly measures: MeasureListener
  /** IPv4 addresses of the nodes, by value: where their frames come from is of interest. */
  readonly sources: readonly number[]
  readonly #https: HttpsPaths
  readonly #judge: Judge
  readonly #coverage: CoverageBook
  readonly #lastHeard: LastHeard
  readonly #verdicts = new Map<VerdictKind, number>()
  readonly #watchers: Watchers
  #firstNs = Number.POSITIVE_INFINITY
  /** Since when these rules are in force. */
  #sinceNs = Number.NEGATIVE_INFINITY
  readonly #site: Site
  #hasTimes = true
  /** What opens and closes connections of MeetingPlace was learned under former rules. */
  #knowsPaths = false
  /** Unix time in whole seconds from which the run's times count; the monitor sets it. */
  epochSeconds = 0

  /** `sensors` names those of the site that took the captures; none where that is not known. */
  constructor(policy: Policy, site: Site, sensors: readonly string[]) {
    this.#site = site
    this.inventory = new Inventory(site, policy.webex.ranges)
    this.book = new Rulebook(policy, conditionsOf(site, sensors))
    this.ports = {
      isReserved: (protocol, port) => this.book.isReserved(protocol, port),
      dynamicPorts: ({ address }) =>
        this.inventory.place(address).node?.dynamicPorts ?? DYNAMIC_PORTS,
    }
    const vantage = new Vantage(this.book.conditions.sensors)
    this.evidence = new Evidence(({ address }) => this.#lastHeard.of(address), vantage)
    this.findings = new FindingCollector(policy, sha256)
    this.modes = new GwsimModes(
      this.book,
      new GwsimRows(
        row => this.news.measure(row),
        () => this.epochSeconds,
      ),
    )
    this.#https = new HttpsPaths(site.modes.https)
    this.#judge = new Judge({
      ...{ inventory: this.inventory, book: this.book, evidence: this.evidence },
      ...{ names: this.names, modes: this.modes, https: this.#https },
    })
    this.#coverage = this.#covering(policy, site)
    this.#watchers = new Watchers(watchOf(this, policy, site))
    this.measures = new PlacedMeasures(address => this.inventory.place(address), this.#watchers)
    this.sources = site.nodes.flatMap(({ addresses }) =>
      addresses.filter(({ version }) => version === 4).map(ipv4Value),
    )
    this.#lastHeard = new LastHeard(
      site.nodes.flatMap(({ addresses, nat }) => [...addresses, ...nat]),
    )
  }

  /** Packets have the time of their arrival here: latency and clocks cannot be told by it. */
  leaveTimes(): void {
    this.#hasTimes = false
    for (const statement of TIMED) this.statements.blind(statement, ON_ARRIVAL)
  }

  /**
   * These rules are in force from then on in place of the former ones, which judge no more. What was learned and
   * rests on no rule goes on; watchers and statements begin anew.
   */
  succeed(former: Compliance, nowNs: number): void {
    const isSamePlaces = placesOf(this.#site, this.book) === placesOf(former.#site, former.book)
    this.epochSeconds = former.epochSeconds
    this.#sinceNs = nowNs
    this.#lastHeard.succeed(former.#lastHeard)
    this.names.inherit(former.names)
    this.evidence.inherit(former.evidence, isSamePlaces)
    if (!isSamePlaces) return
    this.#https.inherit(former.#https)
    this.#knowsPaths = this.modes.inherit(former.modes)
  }

  /**
   * Two ends were seen talking both ways, by `sights` so far; the server perhaps by a SYN-ACK with these marks.
   * How far it concerns MeetingPlace, and with it the watchers.
   */
  answered(
    from: Address,
    to: Address,
    synAck: { readonly ttl: number; readonly afterNs: number } | null,
    sights: Sights,
  ): Concern {
    const client = this.inventory.place(from)
    const server = this.inventory.place(to)
    this.evidence.vantage.note(client, server, sights)
    if (!isOfInterest(client) && !isOfInterest(server)) return 'none'
    this.evidence.notePair(client, server, 'both')
    if (synAck !== null)
      this.evidence.noteHandshake(server, synAck.ttl, synAck.afterNs, sights.server)
    return concernOf(client, server)
  }

  /** How far a flow between these two concerns MeetingPlace. */
  concern(one: Address, other: Address): Concern {
    return concernOf(this.inventory.place(one), this.inventory.place(other))
  }

  /**
   * A flow of MeetingPlace was answered at this time, in the direction that is known so far, perhaps by a reset;
   * from when on its packets are wanted. `isKnown`: it was open when these rules came into force.
   */
  connected(
    { protocol, low, high }: FlowEnds,
    { clientHigh, basis }: Orientation,
    flow: number,
    answer: { readonly isReset: boolean; readonly timeNs: number },
    isKnown = false,
  ): Interest {
    const [one, other] = [this.inventory.place(low.address), this.inventory.place(high.address)]
    const transport = transportOf(protocol)
    const isInside = one.isMeetingPlace && other.isMeetingPlace
    // Written out, since there is one for each flow and spreading takes five times as long.
    const connection = {
      transport,
      client: clientHigh ? other : one,
      server: clientHigh ? one : other,
      clientPort: clientHigh ? high.port : low.port,
      serverPort: clientHigh ? low.port : high.port,
      basis,
      isReset: answer.isReset,
      timeNs: answer.timeNs,
      flow,
    }
    if (!isKnown || !this.#knowsPaths) {
      this.modes.connected(connection, isKnown)
      this.#https.connected(connection)
    }
    this.#watchers.connected(connection)
    if (!isInside) return 'none'
    if (one.labels.has('app') && other.labels.has('app')) return 'at_once'
    return transport === 'tcp' ? 'soon' : 'none'
  }

  /** A packet of a flow whose packets are wanted. */
  packet(packet: WatchedPacket): void {
    this.modes.packet(packet, address => this.inventory.place(address))
    this.#watchers.packet(packet)
  }

  arp(sighting: ArpSighting): void {
    this.#watchers.arp(sighting)
  }

  sourced(sighting: SourceSighting): void {
    this.#watchers.sourced(sighting)
  }

  tick(nowNs: number): void {
    this.modes.tick(nowNs)
    this.#watchers.tick(nowNs)
  }

  /** A sensor missed everything between these times, or listens again now; its silence says nothing of them. */
  interrupt(sensor: number, fromNs: number, toNs: number): void {
    this.evidence.interrupt(sensor, toNs)
    this.evidence.vantage.interrupt(sensor)
    this.modes.pass(fromNs, toNs)
    this.#watchers.interrupted()
  }

  /** A second without packets is over. */
  quiet(nowNs: number): void {
    this.modes.quiet(nowNs)
    this.#watchers.quiet(nowNs)
  }

  /** The capture is over, and every record was judged; `nowNs` counts from the run's epoch. */
  finish(nowNs: number): void {
    this.modes.finish(nowNs)
    this.#watchers.finish(Math.min(this.#firstNs, nowNs), nowNs)
  }

  /** A record in which the address was last heard at `ns` is closing. */
  heard(address: Address, ns: number): void {
    this.#lastHeard.heard(address, ns)
  }

  judge(flow: FlowRecord, closing: Closing): { judged: JudgedFlow; opened: readonly Finding[] } {
    this.#lastHeard.look = closing
    this.#firstNs = Math.min(this.#firstNs, Math.max(this.#sinceNs, flow.firstNs))
    const judged = this.#counted(this.#judge.judge(flow, closing))
    if (judged.verdict.kind === 'out_of_scope') return { judged, opened: NOTHING }
    if (closing.flow !== null) {
      this.modes.ended(judged, closing.nowNs)
      this.#https.ended(judged)
      this.#watchers.recordEnded(judged, closing.flow, closing.isFinal)
    }
    this.#coverage.add(judged)
    const { client, server } = judged
    this.evidence.vantage.note(client, server, judged.flow.sensors)
    if (isHalfSeen(flow)) this.evidence.notePair(client, server, 'one_way')
    this.findings.share(judged, () => this.evidence.visibility(client, server))
    if (!hasHits(judged.verdict)) return { judged, opened: NOTHING }
    const visibility = this.evidence.visibility(client, server)
    return { judged, opened: this.findings.add(judged, visibility) }
  }

  /** A session of the monitor itself: it is counted, and nothing is learnt from it. */
  passOver(flow: FlowRecord): JudgedFlow {
    return this.#counted(this.#judge.passOver(flow))
  }

  /** The verdict on a flow as it stands by now; nothing is noted of it. */
  peek(flow: FlowRecord, nowNs: number): JudgedFlow {
    return this.#judge.judge(flow, { nowNs, epochSeconds: this.epochSeconds })
  }

  #counted(judged: JudgedFlow): JudgedFlow {
    const { kind } = judged.verdict
    this.#verdicts.set(kind, (this.#verdicts.get(kind) ?? 0) + 1)
    return judged
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
    const { low, high } = ends
    const [asking, serving] = low.port === DNS_PORT ? [high, low] : [low, high]
    const [client, server] = [asking, serving].map(({ address }) => this.inventory.place(address))
    if (client && server) this.#watchers.named({ answer, timeNs, client, server })
  }

  /** SDP announced that media will be received here. */
  media(address: Uint8Array, port: number): void {
    this.evidence.noteMedia(addressOf(address), port)
  }

  /** In which directions media goes there, by SDP. */
  directed(address: Uint8Array, port: number, direction: MediaDirection, timeNs: number): void {
    this.#watchers.directed({ address: addressOf(address).text, port, direction, timeNs })
  }

  /** A response of this web server says when it was made. */
  dated(date: DateSighting, address: Address): void {
    const server = this.inventory.place(address)
    if (server.isMeetingPlace && this.#hasTimes) this.#watchers.dated(date, server)
  }

  /** Flows by verdict, for the ledger. */
  verdicts(): NonNullable<Ledger['verdicts']> {
    const counts = VERDICTS.map(kind => [kind, this.#verdicts.get(kind) ?? 0] as const)
    return { ...(Object.fromEntries(counts) as Record<VerdictKind, number>), pending: 0 }
  }

  /** What became of each statement; to be asked when the run is over. */
  coverage(findings: readonly Finding[]): Coverage {
    const { statements: notes, epochSeconds } = this
    return this.#coverage.coverage({ findings, notes, epochSeconds })
  }

  #covering(policy: Policy, site: Site): CoverageBook {
    const { book, inventory, names } = this
    const inForce = new Set(book.rows.map(({ id }) => id))
    return new CoverageBook({
      ...{ policy, site, sensors: book.conditions.sensors },
      place: address => inventory.place(address),
      rowsBetween: (client, server) => rowsBetween(book, client, server).map(({ id }) => id),
      isInForce: ({ id }) => inForce.has(id),
      isNamed: (address, atNs) => names.nameAt(address, atNs) !== null,
    })
  }
}

/** What is judged by differences of capture times: the round trip, and the clocks of the servers. */
const TIMED = ['S-07', 'S-13'] as const
const ON_ARRIVAL =
  'Packets have the time of their arrival at this program and not of their capture, which is too coarse to judge by.'
