// Flow record -> verdict, in the order of decision of semantics 3.3. Pure: the same record, rules
// and evidence give the same verdict. Each step has a file of its own; here they follow one
// another.

import { type Control, NO_FACTS, PROTOCOLS, type Protocol } from '../model/app.ts'
import { DIRECTION_BASES, type FlowRecord, isStrongBasis } from '../model/flow.ts'
import { type GwsimMode, type Placement, ZONES } from '../model/inventory.ts'
import { PairTable } from '../model/pair-table.ts'
import { isoNanos } from '../model/time.ts'
import type { JudgedFlow, Verdict } from '../model/verdict.ts'
import { decide } from './decision.ts'
import { askedBy, type Errand, Errands, seenBy } from './errand.ts'
import type { Evidence } from './evidence.ts'
import { excepted } from './exceptions.ts'
import type { HttpsPaths } from './https.ts'
import type { Inventory } from './inventory.ts'
import type { GwsimModes } from './modes.ts'
import type { NameBook } from './names.ts'
import { type Oriented, orient, type Reading } from './orientation.ts'
import { isAnswered, outcomeOf } from './outcome.ts'
import { decideHidden, decideProxied, decideSocks } from './proxy.ts'
import { type Rulebook, type Service, serviceOf } from './rulebook.ts'
import { type Ruling, rule } from './ruling.ts'
import { outOfScope } from './scope.ts'
import { VERDICT } from './verdicts.ts'
import { decideDirect, decideLookup } from './webex.ts'

/** What is known when a record is closed. */
export interface Moment {
  /** Capture time, nanoseconds since the run's epoch. */
  readonly nowNs: number
  /** Unix time in whole seconds from which that counts. */
  readonly epochSeconds: number
}

/** What a judge judges by: the law, and what the capture has shown so far. */
export interface Grounds {
  readonly inventory: Inventory
  readonly book: Rulebook
  readonly evidence: Evidence
  readonly names: NameBook
  readonly modes: GwsimModes
  readonly https: HttpsPaths
}

const RULINGS_MAX = 65_536
const OWN_SESSION = 'own_session'

export class Judge {
  readonly #inventory: Inventory
  readonly #book: Rulebook
  readonly #evidence: Evidence
  readonly #errands: Errands
  readonly #modes: GwsimModes
  readonly #https: HttpsPaths
  readonly #rulings = new PairTable<Map<number, Ruling>>()
  #rulingCount = 0
  readonly #plain = new PairTable<Map<number, Verdict>>()
  #plainCount = 0
  readonly #outside = new PairTable<Map<string, Verdict>>()

  constructor({ inventory, book, evidence, names, modes, https }: Grounds) {
    this.#inventory = inventory
    this.#book = book
    this.#evidence = evidence
    this.#errands = new Errands(inventory, book, names)
    this.#modes = modes
    this.#https = https
  }

  /**
   * The record with its verdict. A direction that was a guess may come back turned round. Flows that nothing
   * tells apart share one verdict, since most flows are like many others.
   */
  judge(record: FlowRecord, moment: Moment): JudgedFlow {
    const [client, server] = this.#placed(record)
    const errand = this.#errands.of(record, client, server)
    const outside = outOfScope(record, client, server, errand !== null)
    if (outside !== null)
      return { flow: record, client, server, verdict: this.#outOf(outside, client, server) }
    // An errand turns on names, which no two flows need share.
    if (errand !== null || !this.#isPlain(record, client, server))
      return this.#judgeAlone(record, moment)
    const code = plainCode(record, client, server)
    const known = this.#plain.get(client.name, server.name)?.get(code)
    if (known !== undefined) return { flow: record, client, server, verdict: known }
    const judged = this.#judgeAlone(record, moment)
    if (this.#plainCount >= RULINGS_MAX) {
      this.#plain.clear()
      this.#plainCount = 0
    }
    this.#plainCount++
    this.#plain.take(client.name, server.name, () => new Map()).set(code, judged.verdict)
    return judged
  }

  /** A record of a session of the monitor itself, which is out of scope whoever is at its other end. */
  passOver(record: FlowRecord): JudgedFlow {
    const [client, server] = this.#placed(record)
    return { flow: record, client, server, verdict: this.#outOf(OWN_SESSION, client, server) }
  }

  /** Answered, and told who asked: then nothing but names, zones and the service decide. */
  #isPlain(record: FlowRecord, client: Placement, server: Placement): boolean {
    if (this.#book.policy.exceptions.length > 0) return false
    // The ranges of WebEx have one name together, and each is cited by its own.
    if (client.webexRange !== null || server.webexRange !== null) return false
    // Media may have been announced, or not; a data channel follows another connection.
    const { protocol, control } = record.app
    if (protocol === 'rtp' || protocol === 'rtcp' || control !== null) return false
    // A learned mode is another one at another time, and its verdict tells since when.
    if (this.#modes.against(record, client, server) !== null) return false
    return isStrongBasis(record.basis) && isAnswered(record)
  }

  #judgeAlone(record: FlowRecord, moment: Moment): JudgedFlow {
    const oriented = orient(record, flow => this.#read(flow))
    const decided = this.#runErrand(this.#decide(oriented, moment), oriented)
    const paired = this.#https.decide(decided, oriented)
    const weighed = this.#modes.decide(paired, oriented, moment.epochSeconds)
    const verdict = this.#except(this.#cite(weighed, oriented), oriented, moment)
    return { flow: oriented.flow, client: oriented.client, server: oriented.server, verdict }
  }

  #outOf(reason: string, client: Placement, server: Placement): Verdict {
    const verdicts = this.#outside.take(client.name, server.name, () => new Map())
    const known = verdicts.get(reason)
    if (known !== undefined) return known
    const verdict: Verdict = { ...VERDICT, kind: 'out_of_scope', reason }
    verdicts.set(reason, verdict)
    return verdict
  }

  #placed({ client, server }: FlowRecord): readonly [Placement, Placement] {
    return [this.#inventory.place(client.address), this.#inventory.place(server.address)]
  }

  #read(flow: FlowRecord): Reading {
    const [client, server] = this.#placed(flow)
    const service = serviceOf(flow)
    const { control } = flow.app
    const errand = this.#errands.of(flow, client, server)
    const learned = this.#modes.against(flow, client, server)?.direction ?? null
    const ruling =
      control === null
        ? this.#ruleErrand(errand, client, server, service, learned)
        : this.#follow(control)
    return { flow, client, server, service, ruling, errand }
  }

  /** A data channel stands or falls with the connection that announced it (I-14). */
  #follow({ client, server, port }: Control): Ruling {
    const [asking, serving] = [this.#inventory.place(client), this.#inventory.place(server)]
    return this.#rule(asking, serving, { transport: 'tcp', port }, null)
  }

  /** Step 2; a name may say more of the server than its address and its port do. */
  #ruleErrand(
    errand: Errand | null,
    client: Placement,
    server: Placement,
    service: Service,
    learned: GwsimMode | null,
  ): Ruling {
    const seen = seenBy(errand, server)
    const asked = askedBy(errand, server, service, this.#book)
    return seen === server
      ? this.#rule(client, server, asked, learned)
      : rule(this.#book, client, seen, asked)
  }

  /** Rulings depend on names, zones, services and modes alone, and few of those recur over and over. */
  #rule(client: Placement, server: Placement, service: Service, learned: GwsimMode | null): Ruling {
    const code = codeOf(client, server, service) * LEARNED.length + LEARNED.indexOf(learned)
    const known = this.#rulings.get(client.name, server.name)?.get(code)
    if (known !== undefined) return known
    if (this.#rulingCount >= RULINGS_MAX) {
      this.#rulings.clear()
      this.#rulingCount = 0
    }
    this.#rulingCount++
    const ruling = rule(this.#book, client, server, service, learned)
    this.#rulings.take(client.name, server.name, () => new Map()).set(code, ruling)
    return ruling
  }

  #decide(oriented: Oriented, { nowNs }: Moment): Verdict {
    const { flow, client, server } = oriented
    const outcome = outcomeOf(flow, client, server, this.#evidence, nowNs)
    const sees = this.#evidence.vantage.sees(flow, client, server)
    return decide(oriented, outcome, sees, flow => this.#evidence.isAnnounced(flow))
  }

  /** Step 5, second half: what names and requests say of a flow to WebEx, or to a proxy on the way to it. */
  #runErrand(verdict: Verdict, oriented: Oriented): Verdict {
    const { errand } = oriented
    switch (errand?.kind) {
      case 'direct':
        return decideDirect(verdict, oriented, errand.named, this.#errands)
      case 'lookup':
        return decideLookup(verdict, oriented, errand.denial, this.#errands)
      case 'proxied':
        return decideProxied(verdict, oriented, errand.requests, this.#errands)
      case 'socks':
        return decideSocks(verdict, oriented, errand.request, this.#errands)
      case 'hidden':
        return decideHidden(verdict)
      default:
        return verdict
    }
  }

  /**
   * Adds what belongs to the flow and not to the ruling: the WebEx range, and the practice that
   * names it.
   */
  #cite(verdict: Verdict, { client, server, service }: Oriented): Verdict {
    const range = server.webexRange ?? client.webexRange
    const isUnlisted = verdict.reason === 'unlisted'
    if (range === null && !isUnlisted) return verdict
    const rows = range === null ? verdict.rows : [...verdict.rows, range]
    const practice = isUnlisted ? this.#book.practiceFor(client, server, service) : null
    return { ...verdict, rows, practice }
  }

  #except(verdict: Verdict, oriented: Oriented, { epochSeconds }: Moment): Verdict {
    const { exceptions } = this.#book.policy
    if (exceptions.length === 0) return verdict
    const day = isoNanos(epochSeconds, oriented.flow.firstNs).slice(0, 10)
    return excepted(verdict, oriented, { exceptions, day, names: this.#inventory.names })
  }
}

const LEARNED: readonly (GwsimMode | null)[] = [null, 'normal', 'reverse']

/** One number for everything but the names that a plain verdict rests on. */
function plainCode(record: FlowRecord, client: Placement, server: Placement): number {
  const service = codeOf(client, server, serviceOf(record))
  const basis = DIRECTION_BASES.indexOf(record.basis)
  const isIcmp6 = record.transport === 'icmp6' ? 1 : 0
  return ((service * DIRECTION_BASES.length + basis) * 2 + isIcmp6) * APP_CODES + appCode(record)
}

const APP_CODES = 1024
/** No verdict rests on anything that these say. */
const PLAIN: ReadonlySet<Protocol> = new Set(['dns', 'sip', 'rtp', 'rtcp'])

/** The protocol, who showed it, and the facts that a verdict may rest on. */
function appCode({ app, data }: FlowRecord): number {
  const { protocol, by } = app
  if (protocol === null) return data.client || data.server ? 1 : 0
  const facts = PLAIN.has(protocol) ? NO_FACTS : app.facts
  const flags =
    Number(by.client) +
    2 * Number(by.server) +
    4 * Number(facts.isLoginClear) +
    8 * Number(facts.isUpgraded) +
    16 * Number(facts.operation === 'control' || facts.operation === 'private')
  return 2 + PROTOCOLS.indexOf(protocol) * 32 + flags
}

const TRANSPORTS: readonly Service['transport'][] = ['tcp', 'udp', 'icmp', 'other']
const PORTS = 65_536

/** One number for zones, transport and port: a node has one name in all its zones. */
function codeOf(client: Placement, server: Placement, { transport, port }: Service): number {
  const zones = ZONES.indexOf(client.zone) * ZONES.length + ZONES.indexOf(server.zone)
  return (zones * TRANSPORTS.length + TRANSPORTS.indexOf(transport)) * PORTS + port
}
