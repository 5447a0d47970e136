// Puts an imagined flow to the judge that audits captures, so that no answer here can differ from one
// there. What the flow takes for granted (a host that is alive, answers that are seen) is noted first.

import { Compliance } from '../../compliance.ts'
import type { Finding } from '../../model/finding.ts'
import { NO_SIGHTS } from '../../model/flow.ts'
import type { Site } from '../../model/inventory.ts'
import type { Policy } from '../../model/policy.ts'
import type { JudgedFlow } from '../../model/verdict.ts'
import { ANSWER, CLOSED_NS, type Imagined, imaginedFlow } from './imagined.ts'

/** Before which law, and from which vantage. */
export interface Court {
  readonly policy: Policy
  readonly site: Site
  /** Name of the sensor that would see the flow; null where that is not known. */
  readonly sensor: string | null
  /** Unix time of the flow, in whole seconds: exceptions end. */
  readonly epochSeconds: number
}

export interface Answer {
  readonly judged: JudgedFlow
  /** What would be reported: the verdict's finding first, if it has one, then remarks. */
  readonly findings: readonly Finding[]
}

/** The verdict on an imagined flow. Questions share no evidence: each has a judge of its own. */
export function ask({ policy, site, sensor, epochSeconds }: Court, imagined: Imagined): Answer {
  const compliance = new Compliance(policy, site, sensor === null ? [] : [sensor])
  const { client, server, outcome } = imagined
  // A refusal is the host's own where it fits an earlier handshake, and silence means something where
  // answers of this pair were seen.
  if (outcome === 'refused' || outcome === 'silent')
    compliance.answered(client, server, ANSWER, NO_SIGHTS)
  const { judged, opened } = compliance.judge(imaginedFlow(imagined), {
    flow: null,
    isFinal: true,
    nowNs: CLOSED_NS,
    tickNs: CLOSED_NS,
    epochSeconds,
    heardNow: addresses => new Map(addresses.map(({ text }) => [text, CLOSED_NS])),
  })
  return { judged, findings: opened }
}
