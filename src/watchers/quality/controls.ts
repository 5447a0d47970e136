// What both ends of a call say of their media: RTCP, and the directions that SDP gave them.

import type { MediaDirection } from '../../model/media.ts'
import type { RtcpQuality, Side } from '../../model/quality.ts'
import { Recent } from '../../model/recent.ts'
import type { MediaSighting } from '../../model/sighting.ts'
import type { End, Lane } from './lanes.ts'

/** Lanes whose reports are remembered, and places that SDP spoke of. */
const REPORTS_MAX = 32_768
const PLACES_MAX = 65_536
const [HOSTS_MAX, HELD_MAX] = [4096, 256]
/** Reports come every five seconds or so, and never with more than twice that between them (RFC 3550, 6.3). */
const REPORTING_NS_MAX = 10e9

/** A count of a report, and the one before of the same kind. */
interface Counted {
  readonly source: number
  readonly count: number
  readonly timeNs: number
  readonly before: { readonly count: number; readonly timeNs: number } | null
}

interface Reports {
  lastNs: number
  sent: Counted | null
  heard: Counted | null
}

export class Controls {
  /** By the lane beside which they are sent. */
  readonly #reports = new Recent<string, Reports>(REPORTS_MAX)
  readonly #directions = new Recent<string, MediaDirection>(PLACES_MAX)
  /** Ports of a host at which media does not go both ways. */
  readonly #held = new Recent<string, Set<number>>(HOSTS_MAX)

  reported({ flow, from, ...report }: RtcpQuality): void {
    const target: Side = from === 'client' ? 'server' : 'client'
    const key = keyOf({ endpoint: flow[from] }, { endpoint: flow[target] })
    const reports = this.#reports.get(key) ?? { lastNs: 0, sent: null, heard: null }
    const { ssrc, about, sentPackets = null, highestSequence, timeNs } = report
    reports.lastNs = timeNs
    if (sentPackets !== null) reports.sent = counted(reports.sent, ssrc, sentPackets, timeNs)
    if (about !== null && highestSequence !== null)
      reports.heard = counted(reports.heard, about, highestSequence, timeNs)
    this.#reports.set(key, reports)
  }

  directed({ address, port, direction }: MediaSighting): void {
    this.#directions.set(`${address} ${port}`, direction)
    const held = this.#held.get(address) ?? new Set<number>()
    if (direction === 'sendrecv') held.delete(port)
    else if (held.size < HELD_MAX) held.add(port)
    this.#held.set(address, held)
  }

  /** The source of the lane says that it sent more since then; before `sinceNs` it may have. */
  saysItSends(source: End, target: End, sinceNs: number): boolean {
    const sent = this.#reports.get(keyOf(source, target))?.sent ?? null
    return sent !== null && grew(sent, sinceNs)
  }

  /** The source of these reports hears more than it did at that time. */
  saysItHears(source: End, target: End, sinceNs: number): boolean {
    const heard = this.#reports.get(keyOf(source, target))?.heard ?? null
    return heard !== null && grew(heard, sinceNs)
  }

  /** It reports, as somebody does who is there and may have nothing to say. */
  isReporting(source: End, target: End, nowNs: number): boolean {
    const reports = this.#reports.get(keyOf(source, target))
    return reports !== undefined && nowNs - reports.lastNs <= REPORTING_NS_MAX
  }

  /**
   * Whether SDP has media go one way or not at all here; where it did not speak of the ports of the lane, they
   * may be anybody's of these hosts.
   */
  isHeld({ source, target }: Lane): boolean {
    const places = [source, target].map(({ endpoint: { address, port } }) => [address.text, port])
    const told = places.flatMap(([host, port]) => this.#directions.get(`${host} ${port}`) ?? [])
    if (told.length > 0) return told.some(direction => direction !== 'sendrecv')
    return places.some(([host]) => (this.#held.get(`${host}`)?.size ?? 0) > 0)
  }
}

/** Of several in one packet the first stands; of another source than before nothing can be told. */
function counted(known: Counted | null, source: number, count: number, timeNs: number): Counted {
  if (known !== null && known.timeNs === timeNs) return known
  const isSame = known?.source === source
  const before = isSame ? { count: known.count, timeNs: known.timeNs } : null
  return { source, count, timeNs, before }
}

/** Both reports came after that time, and the latter has more. */
const grew = ({ count, before }: Counted, sinceNs: number): boolean =>
  before !== null && before.timeNs >= sinceNs && ((count - before.count) | 0) > 0

/** RTCP has the port above that of its media, or the same (RFC 3550, 11; RFC 5761). */
const keyOf = (source: Pick<End, 'endpoint'>, target: Pick<End, 'endpoint'>): string =>
  [source, target]
    .map(({ endpoint: { address, port } }) => `${address.text} ${port & ~1}`)
    .join(' ')
