// One TCP connection (RFC 9293) as a tap near the server sees it: handshake, requests and bursts of
// answers, acknowledgements a round trip later, now and then a lost segment and its second copy.

import { ACK, FIN, type Packet, PUSH, SYN, type Talk, type Tally } from './packet.ts'
import { type Exchange, filler, NOTHING, type Payload } from './payloads.ts'
import type { Random } from './random.ts'

export interface TcpService {
  readonly port: number
  /** Said once, at the start: pre-login, handshake. */
  readonly hello: Exchange | null
  /** Said again and again; null where records follow the hello. */
  readonly exchange: Exchange | null
  /** First words of a message of that many bytes, e.g. a record header. */
  readonly recordHead: (length: number) => readonly number[]
}

/** Round trips in milliseconds: from the tap to either end and back. */
export interface RoundTrips {
  readonly serverMs: number
  readonly clientMs: number
}

export interface Connection {
  readonly talk: Talk
  readonly service: TcpService
  readonly trips: RoundTrips
}

/** Probability that a burst loses a segment; makes 0.6 % of all data segments. */
const BURST_LOSS = 0.06
/** Room for 12 bytes of timestamps in 1500 bytes of IP. */
const SEGMENT_BYTES = { 4: 1448, 6: 1428 } as const
const SEGMENT_GAP_MS = 0.014
const RETRANSMIT_TIMEOUT_MS = 210
const DUPLICATES_FOR_FAST_RETRANSMIT = 3
const NS_PER_MS = 1_000_000

/** All packets of the connection, sorted by time; the first is the SYN at `atNs`. */
export function tcpConnection(
  connection: Connection,
  atNs: number,
  random: Random,
  tally: Tally,
): Packet[] {
  const script = new Script(connection, atNs, random, tally)
  tally.flows++
  tally.tcpConnections++
  script.handshake()
  const { hello } = connection.service
  if (hello !== null) script.exchange(helloPayloads(hello))
  for (let left = 1 + random.below(5); left > 0; left--)
    script.exchange(payloadsOf(connection, random))
  script.close()
  return script.packets.sort((one, other) => one.at - other.at)
}

interface Payloads {
  readonly request: Payload
  readonly response: readonly Payload[]
}

function helloPayloads({ request, response }: Exchange): Payloads {
  return { request: { head: [], ...request }, response: [{ head: [], ...response }] }
}

function payloadsOf({ service, talk }: Connection, random: Random): Payloads {
  const segmentBytes = SEGMENT_BYTES[talk.version]
  const segments = 6 + random.below(7)
  const lastBytes = random.chance(0.5) ? segmentBytes : 100 + random.below(segmentBytes - 100)
  const responseBytes = (segments - 1) * segmentBytes + lastBytes
  const lengths = Array.from({ length: segments }, (_, i) =>
    i === segments - 1 ? lastBytes : segmentBytes,
  )
  const { exchange } = service
  const request = exchange?.request.pattern
  const requestBytes = exchange?.request.length ?? 100 + random.below(700)
  const first = exchange?.response.pattern
  return {
    request: opening(request, requestBytes, service.recordHead(requestBytes)),
    response: lengths.map((length, i) =>
      i === 0 ? opening(first, length, service.recordHead(responseBytes)) : filler(length),
    ),
  }
}

const opening = (
  pattern: Payload['pattern'] | undefined,
  length: number,
  head: readonly number[],
): Payload => ({ head, pattern: pattern ?? filler(0).pattern, length })

/** Writes a connection down, packet by packet; owns the clock and both sequence numbers. */
class Script {
  readonly packets: Packet[] = []
  private readonly connection: Connection
  private readonly random: Random
  private readonly tally: Tally
  private nowMs: number
  private clientSeq: number
  private serverSeq: number

  constructor(connection: Connection, atNs: number, random: Random, tally: Tally) {
    this.connection = connection
    this.random = random
    this.tally = tally
    this.nowMs = atNs / NS_PER_MS
    this.clientSeq = random.word() | 0
    this.serverSeq = random.word() | 0
  }

  handshake(): void {
    const { serverMs, clientMs } = this.connection.trips
    this.put(true, SYN, NOTHING, { seq: this.clientSeq, ack: 0 })
    this.clientSeq = (this.clientSeq + 1) | 0
    this.nowMs += serverMs
    this.put(false, SYN | ACK, NOTHING, { seq: this.serverSeq, ack: this.clientSeq })
    this.serverSeq = (this.serverSeq + 1) | 0
    this.nowMs += clientMs
    this.put(true, ACK, NOTHING)
  }

  exchange({ request, response }: Payloads): void {
    const { random, connection } = this
    this.nowMs += random.between(0.1, 60)
    this.put(true, ACK | PUSH, request)
    this.clientSeq = (this.clientSeq + request.length) | 0
    this.nowMs += connection.trips.serverMs
    this.put(false, ACK, NOTHING)
    this.nowMs += random.between(0.3, 30)
    const isLossy = response.length > 1 && random.chance(BURST_LOSS)
    if (isLossy) this.lossyBurst(response, random.below(response.length - 1))
    else this.burst(response)
  }

  /** Either end closes; the client first. */
  close(): void {
    const { serverMs, clientMs } = this.connection.trips
    this.nowMs += 1
    this.put(true, ACK | FIN, NOTHING)
    this.clientSeq = (this.clientSeq + 1) | 0
    this.nowMs += serverMs
    this.put(false, ACK | FIN, NOTHING)
    this.serverSeq = (this.serverSeq + 1) | 0
    this.nowMs += clientMs
    this.put(true, ACK, NOTHING)
  }

  /** Segments back to back; every third one (receivers coalesce) and the last are acknowledged. */
  private burst(response: readonly Payload[]): void {
    const tripMs = this.connection.trips.clientMs
    for (const [index, payload] of response.entries()) {
      this.data(payload, index === response.length - 1)
      if (index % 3 === 2 || index === response.length - 1) this.acknowledge(this.serverSeq, tripMs)
      this.nowMs += SEGMENT_GAP_MS
    }
    this.nowMs += tripMs
  }

  /** A segment other than the last is lost, before the tap or behind it, and sent again. */
  private lossyBurst(response: readonly Payload[], lostIndex: number): void {
    const tripMs = this.connection.trips.clientMs
    const isSeen = this.random.chance(0.5)
    let lostSeq = 0
    for (const [index, payload] of response.entries()) {
      const isLost = index === lostIndex
      if (isLost) lostSeq = this.serverSeq
      if (!isLost || isSeen) this.data(payload, index === response.length - 1)
      else this.serverSeq = (this.serverSeq + payload.length) | 0
      if (!isLost) this.acknowledge(index < lostIndex ? this.serverSeq : lostSeq, tripMs)
      this.nowMs += SEGMENT_GAP_MS
    }
    if (isSeen) this.tally.tcpRepeated++
    else this.tally.tcpLate++
    const duplicates = response.length - 1 - lostIndex
    this.nowMs += duplicates < DUPLICATES_FOR_FAST_RETRANSMIT ? RETRANSMIT_TIMEOUT_MS : tripMs
    this.resend(response[lostIndex] ?? NOTHING, lostSeq)
    this.acknowledge(this.serverSeq, tripMs)
    this.nowMs += tripMs
  }

  private data(payload: Payload, isLast: boolean): void {
    this.put(false, isLast ? ACK | PUSH : ACK, payload)
    this.serverSeq = (this.serverSeq + payload.length) | 0
  }

  private resend(payload: Payload, seq: number): void {
    this.put(false, ACK, payload, { seq, ack: this.clientSeq })
  }

  private acknowledge(ack: number, afterMs: number): void {
    this.put(true, ACK, NOTHING, { seq: this.clientSeq, ack }, afterMs)
  }

  private put(
    toServer: boolean,
    flags: number,
    payload: Payload,
    numbers = toServer
      ? { seq: this.clientSeq, ack: this.serverSeq }
      : { seq: this.serverSeq, ack: this.clientSeq },
    afterMs = 0,
  ): void {
    const at = Math.round((this.nowMs + afterMs) * NS_PER_MS)
    const tcp = { ...numbers, flags }
    this.packets.push({ at, talk: this.connection.talk, toServer, tcp, payload })
  }
}
