// Payloads -> protocols: takes up what the kernel hands over, keeps what is known of each flow, and says what
// it carries when its record ends. Bounded in flows, bytes and facts.

import type { AddressBook } from './flows/addresses.ts'
import { addressOf, endsOf } from './flows/record.ts'
import { packetAtHand } from './flows/sightings.ts'
import { flowAt, originAt } from './kernel/flows.ts'
import {
  AppBit,
  CAPTURED_END,
  CLOCK,
  FLOW_FLAGS,
  FLOW_KIND,
  Flag,
  FROM_HIGH,
  HEADER_AT,
  NOW,
  ORIGIN_APP,
  ORIGIN_APP_ID_HIGH,
  ORIGIN_APP_ID_LOW,
  ORIGIN_APP_SAID,
  ORIGIN_APP_SEQUENCES,
  ORIGIN_FIRST,
  PAYLOAD_AT,
  PAYLOAD_BYTES,
  SENSOR,
  STOP_FLOW,
} from './kernel/layout.ts'
import { getF64, getI32, getNet32, getU8, memory, setI32 } from './kernel/memory.ts'
import {
  type App,
  type AppFacts,
  type Control,
  KnownApp,
  NO_FACTS,
  UNKNOWN_APP,
} from './model/app.ts'
import { Recent } from './model/recent.ts'
import type { HttpDate } from './model/time-message.ts'
import { newConversation } from './new-conversation.ts'
import type { PayloadListener, PayloadMeasurer } from './payload-listener.ts'
import type { Conversation } from './protocols/conversation.ts'
import { DataChannels, type FlowEnds } from './protocols/data-channels.ts'
import {
  type DatagramState,
  numberOf,
  protocolOf,
  retriesOf,
  takeDatagram,
} from './protocols/datagrams.ts'
import { FirstMessages } from './protocols/first-messages.ts'
import { type Listener, Sender } from './protocols/recogniser.ts'

const CONVERSATIONS_MAX = 65_536
const BYTES_MAX = 32 * 1024 * 1024
/** Flows whose facts are kept, and data connections whose control connection is. */
const KEPT_MAX = 65_536
const PROTOCOL_TCP = 6
const SYN = 2
const ACK = 16

const bytes = new Uint8Array(memory)

export class Payloads {
  readonly #conversations = new Map<number, Conversation>()
  readonly #facts = new Recent<number, AppFacts>(KEPT_MAX)
  /** Of data connections. */
  readonly #controls = new Recent<number, Control>(KEPT_MAX)
  readonly #channels = new DataChannels()
  /** Made with the first message that is kept: a flow count keeps none, and need not hold the ring. */
  #messages: FirstMessages | null = null
  readonly #book: AddressBook
  #judge: PayloadListener | null
  readonly #measurer: PayloadMeasurer | null
  readonly #state: DatagramState = {
    ...{ word: 0, idLow: 0, idHigh: 0, sequences: 0, id: 0, sequence: 0 },
    ...{ sender: Sender.Nobody, recogniser: null, isQuiet: false, isReporting: false },
  }
  readonly #hearing: Listener = {
    wantsName: (message, at, end) => this.#judge?.wantsName(message, at, end) ?? false,
    answered: answer => this.#judge?.named(answer, getF64(NOW), this.#ends(this.#speaking)),
    media: (address, port) => {
      this.#judge?.media(address, port, getF64(CLOCK))
      this.#measurer?.clocks.announce(address, port)
    },
    clockRate: (address, port, type, rate) =>
      this.#measurer?.clocks.learn(address, port, type, rate),
    directed: (address, port, direction) =>
      this.#judge?.directed(address, port, direction, getF64(CLOCK)),
    reported: reports => this.#measurer?.reported(this.#speaking, reports),
    nowNs: () => getF64(NOW),
    timed: message =>
      this.#measurer?.timed(message, this.#ends(this.#speaking), getI32(FROM_HIGH) !== 0),
    dated: date => this.#dated(date),
    dataChannel: (side, address, port) => {
      const flow = this.#speaking
      const announced = { side, address, port, timeNs: getF64(CLOCK) }
      this.#channels.expect(this.#ends(flow), this.#clientHigh(flow), announced)
    },
  }
  #speaking = 0
  #bytes = 0
  /** Connections that were left unrecognised for want of room. */
  #givenUp = 0
  #conflicts = 0

  /** `judge` is null where nobody judges, `measurer` where nothing is measured. */
  constructor(
    book: AddressBook,
    judge: PayloadListener | null,
    measurer: PayloadMeasurer | null = null,
  ) {
    this.#book = book
    this.#judge = judge
    this.#measurer = measurer
  }

  /** This one judges from now on. */
  tell(judge: PayloadListener): void {
    this.#judge = judge
  }

  /** What happened to payloads, by the name of the remark. */
  get notes(): Readonly<Record<string, number>> {
    const givenUp = this.#givenUp + (this.#messages?.forgotten ?? 0)
    return { 'note.app_given_up': givenUp, 'note.tcp_overlap_conflict': this.#conflicts }
  }

  /** Takes up the payload of the stop at hand. */
  take(): void {
    const flow = getI32(STOP_FLOW)
    if (isTcp(flow)) this.#segment(flow)
    else this.#datagram(flow)
  }

  /** Nobody wants to know what the flow carries: nothing more of it is read. */
  pass(flow: number): void {
    const conversation = this.#talkOf(flow)
    if (conversation === null) this.#quiet(flow, Flag.QuietLow | Flag.QuietHigh)
    else this.#leave(flow, conversation)
  }

  /** The record of the flow ends, for good where `isFinal`: what is known of it is written down. */
  settle(flow: number, isFinal: boolean): void {
    const conversation = this.#talkOf(flow)
    if (conversation === null) {
      // A transfer of nothing, or one that was stopped, belongs to its control connection too.
      if (isTcp(flow) && getI32(originAt(flow) + ORIGIN_APP) === 0) this.#isDataChannel(flow)
      return
    }
    const held = conversation.held
    if (isFinal) conversation.end(this.#listener(flow))
    this.#bytes += conversation.held - held
    this.#note(flow, conversation)
    if (isFinal) this.#drop(flow, conversation)
  }

  /** What the flow carries, once settled; `clientHigh` says who the client is. Forgotten where `isFinal`. */
  appOf(flow: number, clientHigh: boolean, isFinal: boolean): App {
    const word = getI32(originAt(flow) + ORIGIN_APP)
    const protocol = protocolOf(word)
    if (protocol === null) return UNKNOWN_APP
    const low = (word & AppBit.ShownLow) !== 0
    const high = (word & AppBit.ShownHigh) !== 0
    const by = clientHigh ? { client: high, server: low } : { client: low, server: high }
    const retries = retriesOf(word)
    if (isTcp(flow) || (word & AppBit.Facts) === 0) {
      const control = protocol === 'ftp-data' ? (this.#controls.get(flow) ?? null) : null
      const app = new KnownApp(protocol, by, this.#factsOf(flow, word), retries, control)
      if (isFinal && (word & AppBit.Facts) !== 0) this.#facts.delete(flow)
      if (isFinal && control !== null) this.#controls.delete(flow)
      return app
    }
    const place = getI32(originAt(flow) + ORIGIN_APP_SAID)
    const facts = () => this.#messages?.factsOf(flow, place, protocol) ?? NO_FACTS
    return new KnownApp(protocol, by, facts, retries, null)
  }

  /** Whether an FTP connection announced the flow of these ends, which is then judged as that one is. */
  isAwaited(flow: number, ends: FlowEnds): boolean {
    return this.#channels.isExpected(ends, getF64(originAt(flow) + ORIGIN_FIRST))
  }

  #factsOf(flow: number, word: number): AppFacts {
    return (word & AppBit.Facts) === 0 ? NO_FACTS : (this.#facts.get(flow) ?? NO_FACTS)
  }

  // ---- TCP ----

  #segment(flow: number): void {
    const conversation = this.#talkOf(flow) ?? this.#begin(flow)
    if (conversation === null) return
    const header = getI32(HEADER_AT)
    const at = getI32(PAYLOAD_AT)
    const wireEnd = at + getI32(PAYLOAD_BYTES)
    const end = Math.min(wireEnd, getI32(CAPTURED_END))
    const bits = getU8(header + 13)
    const isSyn = (bits & SYN) !== 0
    const isHigh = getI32(FROM_HIGH) !== 0
    const sequence = (getNet32(header + 4) + (isSyn ? 1 : 0)) | 0
    const segment = { bytes, at, end, isSnapped: end < wireEnd }
    const held = conversation.held
    const listener = this.#listener(flow)
    if ((bits & ACK) !== 0) conversation.acknowledge(isHigh, getNet32(header + 8), listener)
    conversation.take(isHigh, sequence, segment, listener)
    this.#bytes += conversation.held - held
    this.#hush(flow, conversation)
    if (conversation.isSettled) this.#leave(flow, conversation)
    else this.#makeRoom()
  }

  #talkOf(flow: number): Conversation | null {
    if ((getI32(originAt(flow) + ORIGIN_APP) & AppBit.Talk) === 0) return null
    return this.#conversations.get(flow) ?? null
  }

  /** A new connection, or one that was dropped and whose later messages matter; null for a data channel. */
  #begin(flow: number): Conversation | null {
    if (this.#isDataChannel(flow)) return null
    const stale = this.#conversations.get(flow)
    if (stale !== undefined) this.#drop(flow, stale)
    const isWanted = this.#wantsFacts(flow, true)
    const conversation = newConversation(flow, isWanted)
    this.#conversations.set(flow, conversation)
    setI32(originAt(flow) + ORIGIN_APP, AppBit.Talk)
    return conversation
  }

  /** Whether an FTP connection announced this one; then nothing of it is read. */
  #isDataChannel(flow: number): boolean {
    if (this.#channels.isEmpty) return false
    const origin = originAt(flow)
    const control = this.#channels.take(this.#ends(flow), getF64(origin + ORIGIN_FIRST))
    if (control === null) return false
    this.#controls.set(flow, control)
    setI32(origin + ORIGIN_APP, numberOf('ftp-data') | AppBit.ShownLow | AppBit.ShownHigh)
    this.#quiet(flow, Flag.QuietLow | Flag.QuietHigh)
    return true
  }

  /** Writes down what is known, where later records of the flow find it too. */
  #note(flow: number, conversation: Conversation): void {
    const { protocol, clientHigh } = conversation
    let word: number = AppBit.Talk
    if (protocol !== null) {
      const isHigh = clientHigh ?? this.#clientHigh(flow)
      const { client, server } = conversation.shownBy(isHigh)
      const [low, high] = isHigh ? [server, client] : [client, server]
      word |= numberOf(protocol.name)
      word |= (low ? AppBit.ShownLow : 0) | (high ? AppBit.ShownHigh : 0)
      if (clientHigh !== null) word |= AppBit.Told | (clientHigh ? AppBit.ClientHigh : 0)
      if (conversation.hasFacts) {
        word |= AppBit.Facts
        this.#facts.set(flow, conversation.facts)
      }
    }
    setI32(originAt(flow) + ORIGIN_APP, word)
  }

  /** Tells the kernel what is not wanted any more. */
  #hush(flow: number, conversation: Conversation): void {
    const at = flowAt(flow) + FLOW_FLAGS
    const starts =
      (conversation.wantsStarts(false) ? Flag.StartsLow : 0) |
      (conversation.wantsStarts(true) ? Flag.StartsHigh : 0)
    setI32(at, (getI32(at) & ~(Flag.StartsLow | Flag.StartsHigh)) | starts)
    this.#quiet(
      flow,
      (conversation.low.isQuiet ? Flag.QuietLow : 0) |
        (conversation.high.isQuiet ? Flag.QuietHigh : 0),
    )
  }

  /** Nothing more is wanted of the connection. */
  #leave(flow: number, conversation: Conversation): void {
    this.#note(flow, conversation)
    this.#drop(flow, conversation)
    this.#quiet(flow, Flag.QuietLow | Flag.QuietHigh)
  }

  #quiet(flow: number, flags: number): void {
    const at = flowAt(flow) + FLOW_FLAGS
    setI32(at, getI32(at) | flags)
  }

  #drop(flow: number, conversation: Conversation): void {
    this.#conflicts += conversation.conflicts
    this.#bytes -= conversation.held
    this.#conversations.delete(flow)
    const at = originAt(flow) + ORIGIN_APP
    setI32(at, getI32(at) & ~AppBit.Talk)
  }

  /** The oldest connections are left as they are, and nothing more of them is asked for. */
  #makeRoom(): void {
    while (this.#bytes > BYTES_MAX || this.#conversations.size > CONVERSATIONS_MAX) {
      const [oldest] = this.#conversations
      if (oldest === undefined) return
      const [flow, conversation] = oldest
      // A flow at rest is forgotten without a word, and its slot may be another flow's by now.
      if (this.#talkOf(flow) === null) this.#drop(flow, conversation)
      else {
        this.#givenUp++
        this.#leave(flow, conversation)
      }
    }
  }

  // ---- UDP ----

  #datagram(flow: number): void {
    const origin = originAt(flow)
    const isHigh = getI32(FROM_HIGH) !== 0
    const at = getI32(PAYLOAD_AT)
    const end = Math.min(at + getI32(PAYLOAD_BYTES), getI32(CAPTURED_END))
    const state = this.#stateOf(origin)
    const before = state.word
    takeDatagram(state, isHigh, bytes, at, end)
    if (state.recogniser !== null) this.#hear(flow, state, before, at, end)
    setI32(origin + ORIGIN_APP, state.word)
    setI32(origin + (isHigh ? ORIGIN_APP_ID_HIGH : ORIGIN_APP_ID_LOW), state.id)
    const { sequences, sequence } = state
    const both = isHigh ? (sequences & -65_536) | sequence : (sequences & 0xffff) | (sequence << 16)
    setI32(origin + ORIGIN_APP_SEQUENCES, both)
    if (state.isQuiet) this.#quiet(flow, isHigh ? Flag.QuietHigh : Flag.QuietLow)
    else if (state.isReporting) this.#quiet(flow, isHigh ? Flag.StartsHigh : Flag.StartsLow)
  }

  /** One object for all flows: it lives for one datagram. */
  #stateOf(origin: number): DatagramState {
    const state = this.#state as { -readonly [Key in keyof DatagramState]: DatagramState[Key] }
    state.word = getI32(origin + ORIGIN_APP)
    const isNew = state.word === 0
    state.idLow = isNew ? 0 : getI32(origin + ORIGIN_APP_ID_LOW)
    state.idHigh = isNew ? 0 : getI32(origin + ORIGIN_APP_ID_HIGH)
    state.sequences = isNew ? 0 : getI32(origin + ORIGIN_APP_SEQUENCES)
    state.id = 0
    state.sequence = 0
    return state
  }

  /** `before` is the flow's word before this message. The first message of each side has the facts. */
  #hear(flow: number, state: DatagramState, before: number, at: number, end: number): void {
    const { recogniser, sender } = state
    const isHeard = this.#judge !== null || this.#measurer !== null
    if (recogniser?.tell !== undefined && isHeard)
      recogniser.tell({ bytes, at, end }, sender, this.#listener(flow))
    const isFirst = (state.word & ~before & (AppBit.ShownLow | AppBit.ShownHigh)) !== 0
    if (!isFirst || recogniser?.read === undefined || !this.#isWanted(flow, state)) return
    const saidAt = originAt(flow) + ORIGIN_APP_SAID
    const earlier = (state.word & AppBit.Facts) === 0 ? 0 : getI32(saidAt)
    this.#messages ??= new FirstMessages()
    setI32(saidAt, this.#messages.keep(flow, earlier, sender, { bytes, at, end }))
    state.word |= AppBit.Facts
  }

  /** Whether anybody wants the facts of the flow; asked once. */
  #isWanted(flow: number, state: DatagramState): boolean {
    if ((state.word & AppBit.Asked) === 0) {
      const isWanted = this.#wantsFacts(flow, false)
      state.word |= AppBit.Asked | (isWanted ? AppBit.Wanted : 0)
    }
    return (state.word & AppBit.Wanted) !== 0
  }

  #wantsFacts(flow: number, isTcp: boolean): boolean {
    if (this.#judge === null) return true
    const [low, high] = [addressOf(flow, false, this.#book), addressOf(flow, true, this.#book)]
    return this.#judge.wantsFacts(low, high, isTcp)
  }

  #dated(date: HttpDate): void {
    if (this.#judge === null || this.#measurer === null) return
    const server = addressOf(this.#speaking, !this.#clientHigh(this.#speaking), this.#book)
    const seen = { timeNs: getF64(NOW), sensor: getI32(SENSOR), packet: packetAtHand() }
    this.#judge.dated({ ...date, ...seen }, server)
  }

  #ends(flow: number): FlowEnds {
    return endsOf(flow, this.#book)
  }

  /** The listener for what this flow says; one object, since it is asked for with every payload. */
  #listener(flow: number): Listener {
    this.#speaking = flow
    return this.#hearing
  }

  #clientHigh(flow: number): boolean {
    const told = this.#talkOf(flow)?.clientHigh ?? null
    if (told !== null) return told
    const word = getI32(originAt(flow) + ORIGIN_APP)
    if ((word & AppBit.Told) !== 0) return (word & AppBit.ClientHigh) !== 0
    return (getI32(flowAt(flow) + FLOW_FLAGS) & Flag.ClientHigh) !== 0
  }
}

const isTcp = (flow: number): boolean => (getI32(flowAt(flow) + FLOW_KIND) & 0xff) === PROTOCOL_TCP
