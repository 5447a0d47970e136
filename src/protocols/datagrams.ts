// UDP flows while they are recognised. Every datagram of a busy network may come here, so what is known of a
// flow are the few numbers beside its kernel record, and nothing is allocated.

import { AppBit } from '../kernel/layout.ts'
import { PROTOCOLS, type Protocol } from '../model/app.ts'
import { DATAGRAMS } from './index.ts'
import { type DatagramRecogniser, type Mark, Sender } from './recogniser.ts'

/** Datagrams of one side that nobody knows before the side is left alone. */
const STRANGERS_MAX = 5
const RETRIES_MAX = 0x1f
/** Three bits each. */
const RUN_MAX = 7
const STRANGERS_MASK = 7

// Above the bits of AppBit: strangers and messages in a row of each side, requests sent again.
const STRANGERS_LOW_AT = 14
const STRANGERS_HIGH_AT = 17
const RUN_LOW_AT = 20
const RUN_HIGH_AT = 23
const RETRIES_AT = 26

export const protocolOf = (word: number): Protocol | null =>
  (word & AppBit.Trial) !== 0 ? null : (PROTOCOLS[(word & AppBit.Protocol) - 1] ?? null)
export const retriesOf = (word: number): number => (word >>> RETRIES_AT) & RETRIES_MAX
export const numberOf = (protocol: Protocol): number => PROTOCOLS.indexOf(protocol) + 1

/** What is kept of a UDP flow: the kernel's words, as they are and as they shall be. */
export interface DatagramState {
  word: number
  readonly idLow: number
  readonly idHigh: number
  readonly sequences: number
  /** The message's own. */
  id: number
  sequence: number
  sender: Sender
  recogniser: DatagramRecogniser | null
  /** Nothing more of the side that sent it is wanted. */
  isQuiet: boolean
  /** Nothing more but RTCP, which goes where RTP does (RFC 5761, 4). */
  isReporting: boolean
}

const REPORTS = DATAGRAMS.find(({ name }) => name === 'rtcp')
const BY_PROTOCOL: readonly (DatagramRecogniser | null)[] = PROTOCOLS.map(
  protocol => DATAGRAMS.find(({ name }) => name === protocol) ?? null,
)

/** Takes a datagram [at, end) of one side into the state of its flow. */
export function takeDatagram(
  state: DatagramState,
  isHigh: boolean,
  bytes: Uint8Array,
  at: number,
  end: number,
): void {
  const known = BY_PROTOCOL[(state.word & AppBit.Protocol) - 1] ?? null
  state.isQuiet = false
  state.isReporting = false
  // Reports among the media of a flow are told, and change nothing of what the flow is.
  if (known?.later === 'reports' && isReport(state, known, bytes, at, end)) return
  let sender: Sender = known === null ? Sender.Nobody : known.sender(bytes, at, end)
  let recogniser = known
  if (sender === Sender.Nobody && (known === null || (state.word & AppBit.Trial) !== 0)) {
    for (const one of DATAGRAMS) {
      sender = one.sender(bytes, at, end)
      recogniser = one
      if (sender !== Sender.Nobody) break
    }
  }
  state.sender = sender
  state.recogniser = sender === Sender.Nobody ? null : recogniser
  // What comes between the messages of a protocol that is followed, keep-alives and the like, ends nothing.
  if (state.recogniser === null) {
    if (known?.later !== 'all') stranger(state, known, isHigh)
  } else if (state.recogniser.needed !== undefined)
    onTrial(state, state.recogniser, isHigh, bytes, at)
  else shown(state, state.recogniser, isHigh, bytes, at, end)
}

function isReport(
  state: DatagramState,
  known: DatagramRecogniser,
  bytes: Uint8Array,
  at: number,
  end: number,
): boolean {
  if (REPORTS === undefined || known === REPORTS) return false
  const sender = REPORTS.sender(bytes, at, end)
  if (sender === Sender.Nobody) return false
  state.sender = sender
  state.recogniser = REPORTS
  return true
}

/** A side may begin with something else, or have something else in between; not for long. */
function stranger(state: DatagramState, known: DatagramRecogniser | null, isHigh: boolean): void {
  const shift = isHigh ? STRANGERS_HIGH_AT : STRANGERS_LOW_AT
  const count = ((state.word >>> shift) & STRANGERS_MASK) + 1
  hush(state, known, count >= STRANGERS_MAX)
  const kept = Math.min(count, STRANGERS_MASK)
  state.word = (state.word & ~(STRANGERS_MASK << shift)) | (kept << shift)
}

function shown(
  state: DatagramState,
  recogniser: DatagramRecogniser,
  isHigh: boolean,
  bytes: Uint8Array,
  at: number,
  end: number,
): void {
  begin(state, recogniser, 0)
  state.word |= isHigh ? AppBit.ShownHigh : AppBit.ShownLow
  const { sender } = state
  // The first message tells who is the client: later ones of SIP may go the other way.
  const isTold = (state.word & AppBit.Told) !== 0
  if (!isTold && (sender === Sender.Client || sender === Sender.Server)) {
    const clientHigh = (sender === Sender.Client) === isHigh
    state.word |= AppBit.Told
    if (clientHigh) state.word |= AppBit.ClientHigh
  }
  if (sender === Sender.Client) countRetry(state, recogniser, isHigh, bytes, at, end)
  hush(state, recogniser, recogniser.later === 'reports' || bothShown(state.word))
}

/** Enough of the side was seen: what else is wanted is up to its protocol. */
function hush(state: DatagramState, known: DatagramRecogniser | null, isEnough: boolean): void {
  const later = known?.later
  state.isQuiet = isEnough && later === undefined
  state.isReporting = isEnough && later === 'reports'
}

const bothShown = (word: number): boolean =>
  (word & AppBit.ShownLow) !== 0 && (word & AppBit.ShownHigh) !== 0

/** A request under the number of the one before is that request again; without numbers each of them counts. */
function countRetry(
  state: DatagramState,
  { id }: DatagramRecogniser,
  isHigh: boolean,
  bytes: Uint8Array,
  at: number,
  end: number,
): void {
  const before = isHigh ? state.idHigh : state.idLow
  state.id = id === undefined ? 1 : id(bytes, at, end) | 0
  if (before !== state.id || state.id === 0) return
  const count = Math.min(retriesOf(state.word) + 1, RETRIES_MAX)
  state.word = (state.word & ~(RETRIES_MAX << RETRIES_AT)) | (count << RETRIES_AT)
}

/** One message alone proves too little: several in a row must be each the sequel of the one before. */
function onTrial(
  state: DatagramState,
  recogniser: DatagramRecogniser,
  isHigh: boolean,
  bytes: Uint8Array,
  at: number,
): void {
  const isNew = begin(state, recogniser, AppBit.Trial)
  const shift = isHigh ? RUN_HIGH_AT : RUN_LOW_AT
  const before: Mark = {
    id: isHigh ? state.idHigh : state.idLow,
    sequence: isHigh ? state.sequences & 0xffff : state.sequences >>> 16,
  }
  state.id = (recogniser.id?.(bytes, at, bytes.length) ?? 0) | 0
  state.sequence = recogniser.sequence?.(bytes, at) ?? 0
  const run = isNew ? 0 : (state.word >>> shift) & RUN_MAX
  const isSequel = run > 0 && recogniser.isSequel?.(before, state) === true
  const longer = isSequel ? Math.min(run + 1, RUN_MAX) : 1
  state.word = (state.word & ~(RUN_MAX << shift)) | (longer << shift)
  if (longer < (recogniser.needed ?? 1)) return
  state.word = (state.word & ~AppBit.Trial) | (isHigh ? AppBit.ShownHigh : AppBit.ShownLow)
  hush(state, recogniser, true)
}

/** Whether the flow begins to be of this protocol; what was on trial before is forgotten. */
function begin(state: DatagramState, { name }: DatagramRecogniser, trial: number): boolean {
  const number = numberOf(name)
  if ((state.word & AppBit.Protocol) === number) return false
  const strangers = (STRANGERS_MASK << STRANGERS_LOW_AT) | (STRANGERS_MASK << STRANGERS_HIGH_AT)
  state.word = (state.word & strangers) | number | trial
  return true
}
