// Watchers are told of connections: as they are answered, and where rules come into force in the middle of a run
// of all that are open, as if each had been answered at its latest packet.

import { isMeasured, isTold } from './audience.ts'
import type { Bench } from './bench.ts'
import type { Compliance } from './compliance.ts'
import type { Concern } from './concern.ts'
import type { AddressBook } from './flows/addresses.ts'
import { openFlows } from './flows/open-flows.ts'
import { type Ends, endsOf, hasReset, sightsOf, synAckOf } from './flows/record.ts'
import type { WatchedFlows } from './flows/sightings.ts'
import type { Measuring } from './measuring.ts'

/** What goes on over both rules. */
interface Run {
  readonly addresses: AddressBook
  readonly watched: WatchedFlows
  readonly measuring: Measuring | null
  /** Somebody puts reports together. */
  readonly isReported: boolean
  /** Whether the flow is a session of the monitor itself, of which nobody is told. */
  readonly isOwn: (flow: number) => boolean
}

/** A flow that was seen both ways, and when. */
interface Connected {
  readonly flow: number
  readonly ends: Ends
  readonly timeNs: number
}

/** Two ends were seen talking both ways: a judge hears of it, and how far it concerns MeetingPlace, its watchers. */
export function tellAnswered(
  { compliance, directions }: Bench,
  watched: WatchedFlows,
  { flow, ends, timeNs }: Connected,
): Concern {
  const synAck = synAckOf(flow)
  if (synAck !== null) directions.learn(ends)
  if (compliance === null) return 'none'
  const { low, high, orientation } = ends
  const [client, server] = orientation.clientHigh ? [high, low] : [low, high]
  const sights = sightsOf(flow, orientation.clientHigh)
  const concern = compliance.answered(client.address, server.address, synAck, sights)
  if (isTold(concern, ends))
    tellConnected({ compliance, directions }, watched, { flow, ends, timeNs })
  return concern
}

/**
 * One end is MeetingPlace: watchers hear of it, and perhaps want to see each packet from now on. `isKnown`: it was
 * open when these rules came into force.
 */
function tellConnected(
  { compliance, directions }: Bench & { readonly compliance: Compliance },
  watched: WatchedFlows,
  { flow, ends, timeNs }: Connected,
  isKnown = false,
): void {
  const answer = { isReset: hasReset(flow), timeNs }
  const interest = compliance.connected(ends, directions.of(ends), flow, answer, isKnown)
  if (interest === 'none' || (isKnown && watched.isWatched(flow))) return
  watched.watch(flow, ends, interest === 'at_once')
}

export function retellOpen(bench: Bench & { readonly compliance: Compliance }, run: Run): void {
  const { compliance, directions } = bench
  const { addresses, watched, measuring, isOwn } = run
  const concernOf = (flow: number) => {
    const { low, high } = endsOf(flow, addresses)
    return compliance.concern(low.address, high.address)
  }
  for (const { flow, lastNs } of openFlows(one => concernOf(one) !== 'none' && !isOwn(one))) {
    const ends = endsOf(flow, addresses)
    const concern = concernOf(flow)
    if (isTold(concern, ends)) {
      tellConnected(bench, watched, { flow, ends, timeNs: lastNs }, true)
    }
    if (isMeasured(ends, concern, true, run.isReported))
      measuring?.trackFromNow(flow, ends, directions.of(ends), concern !== 'inside')
  }
}
