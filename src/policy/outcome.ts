// What happened to a flow on the network: let through, blocked, refused, or not to be told. The
// block signatures are those of requirements 1.1.

import type { FlowRecord, IcmpError, TcpFacts } from '../model/flow.ts'
import type { Placement } from '../model/inventory.ts'
import type { BlockSignature, Confidence, Outcome, OutcomeState } from '../model/verdict.ts'
import { milliseconds, sinceSyn } from '../model/words.ts'
import type { Evidence, HostProfile } from './evidence.ts'

/** How long an attempt is held before silence is called silence (BS2). */
const HOLD_NS = 30e9

/** A reset this much sooner than the fastest handshake cannot come from the host. */
const TOO_SOON = 0.5

/** The outcome of a flow whose record was closed at `nowNs`, as far as the sensors can tell. */
export function outcomeOf(
  flow: FlowRecord,
  client: Placement,
  server: Placement,
  evidence: Evidence,
  nowNs: number,
): Outcome {
  const { tcp, icmpError } = flow
  if (isAnswered(flow)) return ANSWERED
  const unreachable = icmpError && byIcmp(flow, icmpError, server)
  if (unreachable?.confidence === 'confirmed') return unreachable
  const known = byGap(flow, client, server, evidence) ?? unreachable
  if (known) return known
  if (tcp === null) return byRetries(flow, client, server, evidence, nowNs)
  if (tcp.syn === null) return outcome('one_way', null, 'possible', [MID_STREAM])
  if (tcp.rst?.from === 'server')
    return byReset(
      sinceSyn(tcp, tcp.syn, tcp.rst),
      tcp.rst.ttl,
      evidence.profile(server, flow.sensors.server),
    )
  return bySilence(flow, tcp, client, server, evidence, nowNs)
}

const ONE_WAY = 'Packets in one direction only.'
const MID_STREAM = 'Picked up without a handshake, and nothing shows that both sides were heard.'

/**
 * SYN-ACK, acknowledgements that prove the other side heard, or packets both ways; a server of
 * which nothing but a reset is seen has not answered.
 */
export function isAnswered({ tcp, data, toClient, toServer }: FlowRecord): boolean {
  const isBothWays = toClient.packets > 0 && toServer.packets > 0
  if (tcp === null) return isBothWays
  if (tcp.synAck !== null || tcp.acknowledges.client || tcp.acknowledges.server) return true
  const isOnlyReset = tcp.rst?.from === 'server' && !data.server && !tcp.fin.server
  return isBothWays && !isOnlyReset
}

/** One for all answered flows: how each was answered is in its own facts, see answeredHow() in the model. */
const ANSWERED: Outcome = { state: 'answered', signature: null, confidence: 'confirmed', why: [] }

/**
 * What the code of a "destination unreachable" says: a filter, a closed port, or no way to the
 * host.
 */
const ICMP_MEANING: ReadonlyMap<string, readonly [BlockSignature, OutcomeState, string]> = new Map([
  ['4/3/9', ['BS1', 'blocked', 'network administratively prohibited']],
  ['4/3/10', ['BS1', 'blocked', 'host administratively prohibited']],
  ['4/3/13', ['BS1', 'blocked', 'communication administratively prohibited']],
  ['6/1/1', ['BS1', 'blocked', 'administratively prohibited']],
  ['6/1/5', ['BS1', 'blocked', 'source address failed policy']],
  ['6/1/6', ['BS1', 'blocked', 'route rejected']],
  ['4/3/3', ['BS6', 'refused', 'port unreachable']],
  ['6/1/4', ['BS6', 'refused', 'port unreachable']],
  ['4/3/0', ['BS8', 'refused', 'network unreachable']],
  ['4/3/1', ['BS8', 'refused', 'host unreachable']],
  ['6/1/0', ['BS8', 'refused', 'no route to destination']],
  ['6/1/3', ['BS8', 'refused', 'address unreachable']],
])

/** Whether the error is a filter's word, and not that of a host or a route (BS1). */
export const isProhibited = ({ version, type, code }: IcmpError): boolean =>
  ICMP_MEANING.get(`${version}/${type}/${code}`)?.[0] === 'BS1'

function byIcmp(flow: FlowRecord, error: IcmpError, server: Placement): Outcome | null {
  const { version, type, code, from, timeNs } = error
  const meaning = ICMP_MEANING.get(`${version}/${type}/${code}`)
  if (meaning === undefined) return null
  const [signature, state, words] = meaning
  const after = milliseconds(timeNs - flow.firstNs)
  const why = `ICMP ${type}/${code} (${words}) from ${from.text} after ${after} ms.`
  // Only the host knows that nobody listens there. A filter that says so in its own name is to be
  // doubted.
  const isDoubtful = signature === 'BS6' && !isOf(server, from.text)
  if (isDoubtful) return outcome(state, signature, 'probable', [why, NOT_ITSELF])
  return outcome(state, signature, 'confirmed', [why])
}

const NOT_ITSELF = 'That is not the host itself, so it may be a filter that speaks.'

const isOf = ({ address, node }: Placement, text: string): boolean =>
  [address, ...(node?.addresses ?? []), ...(node?.nat ?? [])].some(own => own.text === text)

/**
 * Seen by a sensor outside, and never by one inside that was listening (BS5). A host that is down looks the
 * same from there, since a router gives up what it has no link address for.
 */
function byGap(
  flow: FlowRecord,
  client: Placement,
  server: Placement,
  evidence: Evidence,
): Outcome | null {
  if (!evidence.vantage.hasSeveral || (flow.tcp !== null && flow.tcp.syn === null)) return null
  const roundTripNs = evidence.profile(server, EVERY_SENSOR)?.handshakeNs ?? null
  const gap = evidence.vantage.gap(flow, client, server, roundTripNs)
  if (gap === null) return null
  const [outside, inside] = [gap.outside, gap.inside].map(names => names.join(' and '))
  const isReset = flow.tcp?.rst?.from === 'server'
  const isOneTry = flow.toServer.packets === 1 && !isReset
  const why = [
    `Seen by ${outside} and not by ${inside}: dropped between the two.`,
    ...(isReset ? [FOREIGN_RESET] : []),
    ...(gap.isPathKnown ? [] : [NO_PATH]),
    ...(isOneTry ? [ONE_TRY] : []),
  ]
  if (evidence.lastHeard(server) < flow.firstNs)
    return outcome('blocked', 'BS5', 'possible', [...why, NOT_ALIVE])
  const confidence = gap.isPathKnown && !isOneTry ? 'confirmed' : 'probable'
  return outcome('blocked', 'BS5', confidence, [...why, ALIVE])
}

const EVERY_SENSOR = 0xffff
const FOREIGN_RESET = 'The reset came from between them too.'
const NO_PATH = 'No packet between these zones has been seen by both yet.'
const ALIVE = 'The target was heard meanwhile.'
const NOT_ALIVE = 'Nothing shows the target alive meanwhile.'

/**
 * A question that was asked again under the same number and never answered (BS7): a filter, or a server
 * that is down. It says something only where an answer would have been seen.
 */
function byRetries(
  flow: FlowRecord,
  client: Placement,
  server: Placement,
  evidence: Evidence,
  nowNs: number,
): Outcome {
  const { app, lastNs, transport } = flow
  const isAsked = transport === 'udp' && app.retries > 0 && app.by.client
  if (!isAsked || nowNs - lastNs < HOLD_NS || !evidence.isVisible(client, server))
    return outcome('one_way', null, 'confirmed', [ONE_WAY])
  if (!evidence.hasListened(flow, nowNs)) return outcome('one_way', null, 'possible', [DEAF])
  const times = app.retries === 1 ? 'once more' : `${app.retries} times more`
  const asked = `The same ${app.protocol} request was sent ${times}, and nothing answered.`
  return outcome('blocked', 'BS7', 'possible', [asked])
}

/** A reset in answer to a SYN: the host's own (BS4), or a filter's in its name (BS3). */
function byReset(afterNs: number, ttl: number, profile: HostProfile | undefined): Outcome {
  const seen = `RST after ${milliseconds(afterNs)} ms with TTL ${ttl}.`
  if (profile === undefined)
    return outcome('refused', 'BS4', 'probable', [seen, 'Nothing speaks against the host itself.'])
  const { ttls, isWhole, handshakeNs } = profile
  const known = ttls.join(', ')
  const forged = (why: string) => outcome('blocked', 'BS3', 'probable', [seen, why])
  if (isWhole && !ttls.includes(ttl)) return forged(`The host's own packets have TTL ${known}.`)
  if (handshakeNs !== null && afterNs < handshakeNs * TOO_SOON)
    return forged(`The host never answers before ${milliseconds(handshakeNs)} ms.`)
  return outcome('refused', 'BS4', 'confirmed', [
    seen,
    `That fits the host, whose TTL is ${known}.`,
  ])
}

/**
 * SYNs and nothing else. Silence counts only after the hold time and where an answer would be seen.
 */
function bySilence(
  flow: FlowRecord,
  { synCount, lastSynNs }: TcpFacts,
  client: Placement,
  server: Placement,
  evidence: Evidence,
  nowNs: number,
): Outcome {
  const silentNs = nowNs - lastSynNs
  const tries = synCount === 1 ? 'One SYN' : `${synCount} SYNs`
  const silent = `${tries}, no answer for ${Math.floor(silentNs / 1e9)} s.`
  const open = (state: OutcomeState, ...why: string[]) =>
    outcome(state, null, 'possible', [silent, ...why])
  if (silentNs < HOLD_NS) return open('pending')
  if (!evidence.hasListened(flow, nowNs)) return open('unanswered', DEAF)
  if (!evidence.isVisible(client, server)) return open('unanswered', NOT_VISIBLE)
  if (synCount < 2) return open('unanswered', ONE_TRY)
  const isAlive = evidence.lastHeard(server) >= flow.firstNs
  return isAlive
    ? outcome('blocked', 'BS2', 'probable', [silent, ALIVE])
    : outcome('blocked', 'BS2', 'possible', [silent, NOT_ALIVE])
}

const NOT_VISIBLE = 'This sensor has not shown that it sees answers between these two.'
const DEAF = 'The sensor missed packets meanwhile, so an answer may have gone unseen.'
const ONE_TRY = 'One try alone may have been lost.'

const outcome = (
  state: OutcomeState,
  signature: BlockSignature | null,
  confidence: Confidence,
  why: readonly string[],
): Outcome => ({ state, signature, confidence, why })
