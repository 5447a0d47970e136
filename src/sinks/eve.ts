// EVE lines: flows, findings and the ledger as Suricata's event JSON, one object per line, so that what
// reads eve.json reads this. Described by schemas/eve.schema.json; our own facts stand under `mp`.

import type { Address } from '../model/address.ts'
import { standingOf } from '../model/baseline.ts'
import type { UnjudgedFlow } from '../model/batch.ts'
import type { Example, Finding } from '../model/finding.ts'
import type { FlowRecord } from '../model/flow.ts'
import type { Placement } from '../model/inventory.ts'
import type { Ledger } from '../model/ledger.ts'
import type { MeasuredFlow, QualityRecord } from '../model/quality.ts'
import type { FlowTuple, RunContext } from '../model/run.ts'
import { byText, quoted } from '../model/text.ts'
import { isoMicros } from '../model/time.ts'
import type { JudgedFlow } from '../model/verdict.ts'
import { citation } from '../model/words.ts'
import { alertOf } from './eve-alert.ts'
import { counts, ends, fate, how, isTwoSided, json, judgement, sides } from './eve-fields.ts'
import { measuredEnds, measuredFacts } from './eve-quality.ts'

const SCHEMA = 1

export interface EveContext extends RunContext {
  /** Null where nothing names the sensor. */
  readonly sensor: string | null
  /** Then each flow says for itself who has seen it. */
  readonly hasSeveralSensors: boolean
  /** Null for a flow count. Stands in every judged line, so that a line speaks for itself. */
  readonly policy: {
    readonly id: string
    readonly hash: string
    readonly webex_ranges: string
  } | null
  /** Where an address stands; absent without a site. */
  readonly place?: (address: Address) => Placement
}

/** Where the life of a finding stands. */
type FindingPhase = 'open' | 'update' | 'close'

type EventType = 'flow' | 'alert' | 'finding' | 'quality' | 'stats'

/** Writes each event as one line with its newline; keeping lines in order and safe is the receiver's part. */
export class EveWriter {
  readonly #write: (text: string) => void
  readonly #context: EveContext
  readonly #sensor: string
  readonly #policy: string
  readonly #captures = new Map<number, string>()
  /** The flow named last: records of one flow follow each other, and its name is a hash. */
  #named: { readonly flow: FlowTuple; readonly text: string } | null = null
  #lastNs = 0

  constructor(write: (text: string) => void, context: EveContext) {
    this.#write = write
    this.#context = context
    this.#sensor = context.sensor === null ? '' : `,"sensor":${quoted(context.sensor)}`
    this.#policy = context.policy === null ? '' : `,"policy":${json(context.policy)}`
  }

  /** One `flow` line, at the time of the flow's last packet. */
  flow(record: JudgedFlow | UnjudgedFlow): void {
    const { flow } = record
    this.#lastNs = Math.max(this.#lastNs, flow.lastNs)
    const verdict = 'verdict' in record ? `${judgement(record)}${this.#policy}` : ''
    const mp = `"mp":{"schema":${SCHEMA}${verdict}${how(flow)}${this.#seenBy(flow)}}`
    this.#write(
      `${this.#head(flow.lastNs, 'flow')}${this.#tuple(flow)}${this.#counts(flow)},${mp}}\n`,
    )
  }

  /**
   * One `alert` line, or `finding` line where the severity is info, so that good news pages nobody who
   * forwards alerts. The flow in it is the first example's; the time is that of the last member so far.
   */
  finding(finding: Finding, phase: FindingPhase = 'open'): void {
    const [example] = finding.examples
    const alert = alertOf(finding)
    const head = this.#head(finding.lastNs, alert === null ? 'finding' : 'alert')
    const tuple = example === undefined ? '' : this.#tuple(example.flow)
    const members = example === undefined ? '' : this.#counts(example.flow)
    const alertText = alert === null ? '' : `,"alert":${json(alert)}`
    const proof = example === undefined ? '' : this.#proof(example)
    const mp = `"mp":{"schema":${SCHEMA}${cause(finding, phase)}${this.#policy}${proof}${this.#observed(finding)}}`
    this.#write(`${head}${tuple}${alertText}${members},${mp}}\n`)
  }

  /** One `quality` line, at the time at which it was known; `src` is who sent what was measured. */
  quality(record: QualityRecord): void {
    const { flow, from, timeNs } = record
    this.#lastNs = Math.max(this.#lastNs, timeNs)
    const facts = json(measuredFacts(record, this.#context.epochSeconds()))
    const seenBy = isRecord(flow) ? this.#seenBy(flow) : ''
    const mp = `"mp":{"schema":${SCHEMA}${this.#sides(record)}${seenBy}}`
    this.#write(
      `${this.#head(timeNs, 'quality')}${this.#names(flow)}${measuredEnds(flow, from)}` +
        `,"quality":${facts},${mp}}\n`,
    )
  }

  /** The last line: the ledger under `stats.mp`, at the time of the last packet of any flow. */
  stats({ reader, reasons, ...rest }: Ledger): void {
    const decoder = { pkts: reader.seen, invalid: reader.malformed }
    const sorted = Object.entries(reasons).toSorted(([left], [right]) => byText(left, right))
    const mp = { schema: SCHEMA, reader, reasons: Object.fromEntries(sorted), ...rest }
    this.#write(`${this.#head(this.#lastNs, 'stats')},"stats":${json({ decoder, mp })}}\n`)
  }

  #head(ns: number, event: EventType): string {
    const timestamp = isoMicros(this.#context.epochSeconds(), ns)
    return `{"timestamp":"${timestamp}","event_type":"${event}"${this.#sensor}`
  }

  /** The members by which events of one flow are joined. */
  #tuple(flow: FlowRecord): string {
    return `${this.#names(flow)}${ends(flow)}`
  }

  #names(flow: MeasuredFlow): string {
    const { vlan, first } = flow
    return (
      `,"pcap_cnt":${first.frame},"pcap_filename":${this.#capture(first.file)}` +
      (vlan === null ? '' : `,"vlan":[${vlan}]`) +
      this.#ids(flow)
    )
  }

  #ids(flow: FlowTuple): string {
    if (this.#named?.flow === flow) return this.#named.text
    const { flowId, communityId } = this.#context
    const text = `,"flow_id":${flowId(flow)},"community_id":"${communityId(flow)}"`
    this.#named = { flow, text }
    return text
  }

  #sides({ flow: { client, server }, from }: QualityRecord): string {
    const { place } = this.#context
    if (place === undefined) return ''
    const [source, target] = from === 'client' ? [client, server] : [server, client]
    return sides(place(source.address), place(target.address))
  }

  #counts(flow: FlowRecord): string {
    return counts(flow, this.#context.epochSeconds())
  }

  #proof({ flow, client, server, outcome, visibility, why }: Example): string {
    const seen = { score: visibility, both_directions: isTwoSided(flow) }
    const { frame, offset } = flow.first
    return (
      `${sides(client, server)}${fate(outcome)}${how(flow)}${this.#seenBy(flow)}` +
      `,"visibility":${json(seen)},"why":${json(why)}` +
      `,"evidence":{"capture":${this.#capture(flow.first.file)},"frame":${frame},"offset":${offset}}`
    )
  }

  /** A comma and what was observed across flows, where anything was. */
  #observed({ why, frames }: Finding): string {
    const epochSeconds = this.#context.epochSeconds()
    const proofs = frames.map(({ timeNs, says, packet }) => ({
      time: isoMicros(epochSeconds, timeNs),
      says,
      capture: this.#context.captureName(packet.file),
      frame: packet.frame,
      offset: packet.offset,
    }))
    return (
      (why.length === 0 ? '' : `,"observed":${json(why)}`) +
      (proofs.length === 0 ? '' : `,"frames":${json(proofs)}`)
    )
  }

  #seenBy(flow: FlowRecord): string {
    return this.#context.hasSeveralSensors
      ? `,"sensors":${json(this.#context.sensorsOf(flow))}`
      : ''
  }

  /** Names are few and flows are many: each name is quoted once. */
  #capture(file: number): string {
    const known = this.#captures.get(file)
    if (known !== undefined) return known
    const name = quoted(this.#context.captureName(file))
    this.#captures.set(file, name)
    return name
  }
}

/** Of streams and connections the flow is known as a whole; of single messages only its ends are. */
const isRecord = (flow: MeasuredFlow): flow is FlowRecord => 'sensors' in flow

/** A comma and what `mp` says of a finding's cause. */
function cause(finding: Finding, phase: FindingPhase): string {
  const { id, members, severity, verdict, reason, confidence } = finding
  const { title, row, cite, says, where } = finding
  const { source, destination, service, expected, fix, exception } = finding
  const facts = {
    ...{ finding_id: id, phase, count: members, severity, verdict, reason, confidence },
    ...{ title, row, cite: citation(cite), says, rule: where },
    ...{ source, destination, service, expected, fix, exception },
    ...standingOf(finding),
  }
  return `,${json(facts).slice(1, -1)}`
}
