// Who judges the packets of a run: nobody in a flow count, one in an audit, two where policies are compared.

import type { Compliance } from './compliance.ts'
import { Directions, type PortKnowledge } from './flows/direction.ts'
import type { PayloadListener } from './payload-listener.ts'

/** A judge, and the directions that follow from the ports it knows. */
export interface Bench {
  /** Null where nobody judges. */
  readonly compliance: Compliance | null
  readonly directions: Directions
}

/** The benches of a run; the first one's findings are the run's, and a second one is for comparison. */
export function benchesOf(
  ports: PortKnowledge,
  first: Compliance | null,
  second: Compliance | null,
): readonly [Bench] | readonly [Bench, Bench] {
  const own = { compliance: first, directions: new Directions(ports) }
  return second === null
    ? [own]
    : [own, { compliance: second, directions: new Directions(second.ports) }]
}

export const judgesOf = (benches: readonly Bench[]): readonly Compliance[] =>
  benches.flatMap(({ compliance }) => compliance ?? [])

/** Payloads tell each judge what any of them wants to know. */
export function listenerOf(benches: readonly Bench[]): PayloadListener | null {
  const judges = judgesOf(benches)
  const [only] = judges
  if (judges.length < 2) return only ?? null
  return {
    wantsFacts: (low, high, isTcp) => judges.some(judge => judge.wantsFacts(low, high, isTcp)),
    wantsName: (bytes, at, end) => judges.some(judge => judge.wantsName(bytes, at, end)),
    named: (answer, timeNs, ends) => {
      for (const judge of judges) judge.named(answer, timeNs, ends)
    },
    media: (address, port) => {
      for (const judge of judges) judge.media(address, port)
    },
    directed: (address, port, direction, timeNs) => {
      for (const judge of judges) judge.directed(address, port, direction, timeNs)
    },
    dated: (date, server) => {
      for (const judge of judges) judge.dated(date, server)
    },
  }
}
