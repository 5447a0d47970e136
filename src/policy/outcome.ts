// What happened to a flow on the network: let through, blocked, refused, or not to be told. The block
// signatures are those of requirements 1.1; BS5 needs two sensors and BS7 request ids, neither is here.

import type { FlowRecord, IcmpError, TcpFacts } from '../model/flow.ts'
import type { Placement } from '../model/inventory.ts'
import type { BlockSignature, Confidence, Outcome, OutcomeState } from '../model/verdict.ts'
import { type Evidence, type HostProfile, VISIBILITY_MIN } from './evidence.ts'

/** How long an attempt is held before silence is called silence (BS2). */
export const HOLD_NS = 30e9

/** A reset this much sooner than the fastest handshake cannot come from the host. */
const TOO_SOON = 0.5

/** The outcome of a flow whose record was closed at `nowNs`, as far as this sensor can tell. */
export function outcomeOf(
  flow: FlowRecord,
  client: Placement,
  server: Placement,
  evidence: Evidence,
  nowNs: number,
): Outcome {
  if (isAnswered(flow)) return outcome('answered', null, 'confirmed', [answerText(flow)])
  const error = flow.icmpError && byIcmp(flow, flow.icmpError)
  if (error) return error
  if (flow.tcp === null) return outcome('one_way', null, 'confirmed', [ONE_WAY])
  if (flow.tcp.rst?.from === 'server') return byReset(flow.tcp, evidence.profile(server))
  if (flow.tcp.syn === null) return outcome('one_way', null, 'possible', [MID_STREAM])
  return bySilence(flow, flow.tcp, client, server, evidence, nowNs)
}

const ONE_WAY = 'Packets in one direction only.'
const MID_STREAM = 'Picked up without a handshake, and one direction only.'

/** SYN-ACK, packets both ways that are no refusal, or acknowledgements that prove the other side is heard. */
function isAnswered({ tcp, toClient, toServer }: FlowRecord): boolean {
  if (tcp === null) return toClient.packets > 0 && toServer.packets > 0
  if (tcp.synAck !== null || tcp.acknowledges.client || tcp.acknowledges.server) return true
  if (tcp.rst?.from === 'server' && tcp.syn !== null) return false
  return toClient.packets > 0 && toServer.packets > 0
}

function answerText({ tcp, toServer, toClient }: FlowRecord): string {
  if (tcp?.synAck && tcp.syn) {
    const ms = (tcp.synAck.timeNs - tcp.lastSynNs) / 1e6
    return `SYN-ACK after ${ms.toFixed(1)} ms.`
  }
  if (tcp?.synAck) return 'SYN-ACK seen.'
  if (tcp && (toClient.packets === 0 || toServer.packets === 0))
    return 'Acknowledgements advance, so the other side is heard, though not seen here.'
  return `${toServer.packets} packets one way, ${toClient.packets} back.`
}

/** What the code of a "destination unreachable" says: a filter, a closed port, or no way to the host. */
const ICMP_MEANING: Readonly<Record<string, readonly [BlockSignature, OutcomeState, string]>> = {
  '4/3/9': ['BS1', 'blocked', 'network administratively prohibited'],
  '4/3/10': ['BS1', 'blocked', 'host administratively prohibited'],
  '4/3/13': ['BS1', 'blocked', 'communication administratively prohibited'],
  '6/1/1': ['BS1', 'blocked', 'administratively prohibited'],
  '6/1/5': ['BS1', 'blocked', 'source address failed policy'],
  '6/1/6': ['BS1', 'blocked', 'route rejected'],
  '4/3/3': ['BS6', 'refused', 'port unreachable'],
  '6/1/4': ['BS6', 'refused', 'port unreachable'],
  '4/3/0': ['BS8', 'refused', 'network unreachable'],
  '4/3/1': ['BS8', 'refused', 'host unreachable'],
  '6/1/0': ['BS8', 'refused', 'no route to destination'],
  '6/1/3': ['BS8', 'refused', 'address unreachable'],
}

function byIcmp(flow: FlowRecord, error: IcmpError): Outcome | null {
  const meaning = ICMP_MEANING[`${error.version}/${error.type}/${error.code}`]
  if (meaning === undefined) return null
  const [signature, state, words] = meaning
  const ms = ((error.timeNs - flow.firstNs) / 1e6).toFixed(1)
  const why = `ICMP ${error.type}/${error.code} (${words}) from ${error.from.text} after ${ms} ms.`
  return outcome(state, signature, 'confirmed', [why])
}

/** A reset in answer to a SYN: the host's own (BS4), or a filter's in its name (BS3). */
function byReset(tcp: TcpFacts, profile: HostProfile | undefined): Outcome {
  const { rst } = tcp
  if (rst === null) return outcome('unanswered', null, 'possible', [])
  const afterNs = rst.timeNs - (Number.isNaN(tcp.lastSynNs) ? rst.timeNs : tcp.lastSynNs)
  const seen = `RST after ${(afterNs / 1e6).toFixed(1)} ms with TTL ${rst.ttl}.`
  if (profile === undefined)
    return outcome('refused', 'BS4', 'probable', [seen, 'Nothing speaks against the host itself.'])
  const ttls = [...profile.ttls].sort((a, b) => a - b).join(', ')
  if (!profile.ttls.has(rst.ttl))
    return outcome('blocked', 'BS3', 'probable', [seen, `The host's own packets have TTL ${ttls}.`])
  if (afterNs < profile.handshakeNs * TOO_SOON) {
    const fastest = (profile.handshakeNs / 1e6).toFixed(1)
    return outcome('blocked', 'BS3', 'probable', [
      seen,
      `The host never answers before ${fastest} ms.`,
    ])
  }
  return outcome('refused', 'BS4', 'confirmed', [seen, `That fits the host, whose TTL is ${ttls}.`])
}

/** SYNs and nothing else. Silence counts only after the hold time and where an answer would be seen. */
function bySilence(
  flow: FlowRecord,
  tcp: TcpFacts,
  client: Placement,
  server: Placement,
  evidence: Evidence,
  nowNs: number,
): Outcome {
  const tries = tcp.synCount === 1 ? 'One SYN' : `${tcp.synCount} SYNs`
  const silent = `${tries}, no answer for ${Math.floor((nowNs - tcp.lastSynNs) / 1e9)} s.`
  if (nowNs - tcp.lastSynNs < HOLD_NS) return outcome('pending', null, 'possible', [silent])
  const visibility = evidence.visibility(client, server)
  if (visibility === null || visibility < VISIBILITY_MIN)
    return outcome('unanswered', null, 'possible', [silent, NOT_VISIBLE])
  if (tcp.synCount < 2) return outcome('unanswered', null, 'possible', [silent, ONE_TRY])
  const isAlive = evidence.lastHeard(server) >= flow.firstNs
  const life = isAlive
    ? 'The target was heard meanwhile.'
    : 'Nothing shows the target alive meanwhile.'
  return outcome('blocked', 'BS2', isAlive ? 'probable' : 'possible', [silent, life])
}

const NOT_VISIBLE = 'This sensor has not shown that it sees answers between these two.'
const ONE_TRY = 'One try alone may have been lost.'

const outcome = (
  state: OutcomeState,
  signature: BlockSignature | null,
  confidence: Confidence,
  why: readonly string[],
): Outcome => ({ state, signature, confidence, why })
