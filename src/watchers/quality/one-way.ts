// Voice that goes one way (I-25, I-26, O-13, O-14): one end hears the other, and nothing comes back, though both
// ways would be seen here. Who says that he sends nothing, or falls silent as such codecs do, is left in peace.

import { isMulticast } from '../../model/address.ts'
import type { Frame, Observation } from '../../model/observation.ts'
import type { Watch } from '../watcher.ts'
import type { Controls } from './controls.ts'
import type { Lane, Lanes } from './lanes.ts'
import { isVideo, isVoice, ssrcText } from './payload-types.ts'
import { type MediaEnd, rowTowards } from './rows.ts'

const SILENCE_NS_MIN = 5e9
/** A finding grows in such steps, and once more when its lane has ended. */
const [STEP_NS, OVER_NS_MIN] = [10e9, 1.5e9]
/** Codecs that fall silent without a payload type of its own for it (RFC 3551, 4.5.3 and 4.5.6): G.723, G.729. */
const SPARING_TYPES: readonly number[] = [4, 18]
const PEERS: readonly string[] = ['phone', 'enduser-int', 'media']

/** A lane that nothing answers. */
interface Told {
  readonly sinceNs: number
  toldNs: number
}

/** What is known of the way back. */
interface Back {
  readonly lane: Lane | null
  /** The latest packet; -Infinity where there never was one. */
  readonly lastNs: number
}

const NO_BACK: Back = { lane: null, lastNs: Number.NEGATIVE_INFINITY }

export class OneWay {
  readonly #watch: Watch
  readonly #lanes: Lanes
  readonly #controls: Controls
  readonly #told = new WeakMap<Lane, Told>()
  /** The end of the first second: what was sent before may have begun at any time. */
  #startNs: number | null = null

  constructor(watch: Watch, lanes: Lanes, controls: Controls) {
    this.#watch = watch
    this.#lanes = lanes
    this.#controls = controls
  }

  /** Lanes that nothing answered, and that went on after that time. */
  since(ns: number): readonly Lane[] {
    return [...this.#lanes.all()].filter(lane => this.#told.has(lane) && lane.lastNs >= ns)
  }

  tick(nowNs: number): void {
    this.#startNs ??= nowNs
    for (const lane of this.#lanes.all())
      this.#look(lane, nowNs - lane.lastNs > OVER_NS_MIN ? 0 : STEP_NS)
  }

  finish(): void {
    for (const lane of this.#lanes.all()) this.#look(lane, 0)
  }

  /** What was told already is told again when it has gone on for longer than `stepNs`. */
  #look(lane: Lane, stepNs: number): void {
    // Most lanes are young or paused just now, whatever comes back.
    const isShort = lane.lastNs - lane.sinceNs < SILENCE_NS_MIN
    const back = isShort ? NO_BACK : this.#backOf(lane)
    const sinceNs = Math.max(lane.sinceNs, back.lastNs)
    if (lane.lastNs - sinceNs < SILENCE_NS_MIN || !this.#isJudged(lane, back, sinceNs)) {
      this.#told.delete(lane)
      return
    }
    const told = this.#told.get(lane)
    if (told !== undefined && lane.lastNs - told.toldNs <= stepNs) return
    const isSeen = back.lane !== null || this.#isVisible(lane)
    if (!isSeen || this.#controls.saysItHears(lane.source, lane.target, sinceNs)) {
      this.#sayBlind(lane)
      return
    }
    this.#watch.observe(this.#observation(lane, back, told?.sinceNs ?? sinceNs, told !== undefined))
    if (told === undefined) this.#told.set(lane, { sinceNs, toldNs: lane.lastNs })
    else told.toldNs = lane.lastNs
  }

  /** The same ports the other way round; else whatever comes back from there and answers nobody else. */
  #backOf(lane: Lane): Back {
    const exact = this.#lanes.back(lane)
    let latest: Lane | null = null
    for (const one of this.#lanes.comingBack(lane)) {
      if (isVideo(one) || (latest !== null && one.lastNs <= latest.lastNs)) continue
      if (one === exact || this.#lanes.back(one) === undefined) latest = one
    }
    return { lane: latest, lastNs: latest?.lastNs ?? Number.NEGATIVE_INFINITY }
  }

  #isJudged(lane: Lane, back: Back, sinceNs: number): boolean {
    if (!isConversation(lane) || !isVoice(lane) || lane.isNoise) return false
    if (this.#startNs === null) return false
    // It may have been a conversation before anybody looked.
    if (back.lane === null && lane.firstNs < this.#startNs) return false
    if (this.#controls.isHeld(lane)) return false
    const { source, target } = lane
    if (this.#controls.saysItSends(target, source, sinceNs)) return true
    if (this.#controls.isReporting(target, source, lane.lastNs)) return false
    return back.lane === null || !(back.lane.isNoise || isSparing(back.lane))
  }

  #isVisible({ source, target }: Lane): boolean {
    return this.#watch.isVisible(source.placement, target.placement)
  }

  #sayBlind({ source, target }: Lane): void {
    const row = rowTowards(target, source) ?? 'I-25'
    const [from, to] = [source.placement.name, target.placement.name]
    this.#watch.blind(
      row,
      `Voice from ${from} to ${to} was seen, and nothing shows that the way back would be seen here.`,
    )
  }

  #observation(lane: Lane, back: Back, sinceNs: number, goesOn: boolean): Observation {
    const { source, target } = lane
    const [silent, hearing] = [target.placement, source.placement]
    return {
      ...{ verdict: 'degraded', reason: 'one_way', row: rowTowards(target, source) ?? 'I-25' },
      ...{ source: silent, destination: hearing, service: `udp/${source.endpoint.port}` },
      ...{ confidence: back.lane === null ? 'probable' : 'confirmed', proofs: 1, goesOn },
      title: `Voice goes one way: ${hearing.name} hears nothing from ${silent.name}`,
      fix:
        `Look for what stops UDP from ${silent.group} to ${hearing.name}: a filter or an address ` +
        'translation on the way, or a wrong media address in the signalling of the call.',
      expected: `${silent.role} <-> ${hearing.role} voice both ways`,
      why: [...whyOf(lane, back, this.#watch), ...this.#saying(lane, sinceNs)],
      ...{
        firstNs: sinceNs,
        lastNs: lane.lastNs,
        flows: [],
        frames: goesOn ? [] : framesOf(lane, back),
      },
    }
  }

  #saying({ source, target }: Lane, sinceNs: number): readonly string[] {
    const says = this.#controls.saysItSends(target, source, sinceNs)
    return says ? [`${target.placement.name} reports by RTCP that it goes on sending.`] : []
  }
}

/** Between a blade and whom the rows of media name. What the Application Server records goes one way by nature (I-13). */
function isConversation({ source, target }: Lane): boolean {
  const ends = [source.placement, target.placement]
  const [one, other] = ends
  if (one === undefined || other === undefined || isMulticast(target.endpoint.address)) return false
  const isMedia = ({ labels }: MediaEnd): boolean => labels.has('media')
  if (!ends.some(isMedia) || !ends.every(({ labels }) => PEERS.some(role => labels.has(role))))
    return false
  const isApp = ({ labels }: MediaEnd): boolean => labels.has('app')
  return !((isMedia(one) && isApp(other)) || (isApp(one) && isMedia(other)))
}

const isSparing = ({ payloadType }: Lane): boolean => SPARING_TYPES.includes(payloadType)

function whyOf(lane: Lane, back: Back, watch: Watch): readonly string[] {
  const { source, target, ssrc, payloadType } = lane
  const [from, to] = [source, target].map(
    ({ endpoint: { address, port } }) => `${address.text} port ${port}`,
  )
  const was = back.lane
  const silence =
    was === null
      ? 'Nothing ever came back.'
      : `The last packet that came back is of ${watch.timeText(was.lastNs)}, SSRC ${ssrcText(was.ssrc)}.`
  return [
    `Voice goes from ${from} to ${to}, SSRC ${ssrcText(ssrc)}, payload type ${payloadType}.`,
    silence,
    `The voice went on until ${watch.timeText(lane.lastNs)} at least.`,
  ]
}

/** Where the flows of both ways begin, which may be one flow. */
function framesOf(lane: Lane, { lane: back }: Back): readonly Frame[] {
  const isOne = back !== null && back.first.frame === lane.first.frame
  const firstNs = isOne ? Math.min(lane.firstNs, back.firstNs) : lane.firstNs
  const names = ({ source, target }: Lane) => `${source.placement.name} to ${target.placement.name}`
  const began = { timeNs: firstNs, packet: lane.first, says: `Voice from ${names(lane)} begins.` }
  if (back === null) return [began]
  const says = `Voice between ${lane.source.placement.name} and ${lane.target.placement.name} begins.`
  if (isOne) return [{ ...began, says }]
  const other = {
    timeNs: back.firstNs,
    packet: back.first,
    says: `Voice from ${names(back)} begins.`,
  }
  return [began, other].toSorted((one, two) => one.timeNs - two.timeNs)
}
