// Time servers that answer and tell no time, or a time that they do not vouch for: a kiss of death, an alarm, a
// stratum of nobody (RFC 5905, 7.3 and 7.4). Remarks, once for each pair.

import type { Placement } from '../../model/inventory.ts'
import type { NtpQuality } from '../../model/quality.ts'
import type { Watch } from '../watcher.ts'

const UNSYNCHRONISED = 3
const STRATUM_NONE = 16
/** What a server says until its own clock is set, or where it says nothing that anybody knows. */
const NOT_YET: readonly string[] = ['INIT', 'STEP', 'other']

export class TimeServers {
  readonly #watch: Watch
  /** Pairs of names of a closed set. */
  readonly #told = new Set<string>()

  constructor(watch: Watch) {
    this.#watch = watch
  }

  take(record: NtpQuality, client: Placement, server: Placement): void {
    const { kiss, leap, stratum } = record
    const isNotSet =
      kiss === null ? leap === UNSYNCHRONISED || stratum === STRATUM_NONE : NOT_YET.includes(kiss)
    const row = rowOf(client, server)
    if ((kiss === null && !isNotSet) || row === null) return
    const reason = isNotSet ? 'time_unsynchronised' : 'time_refused'
    const key = `${reason} ${client.name} ${server.name}`
    if (this.#told.has(key)) return
    this.#told.add(key)
    const title = isNotSet
      ? `${server.name} gives ${client.name} a time that is not set by any other clock`
      : `${server.name} answers ${client.name} and refuses to tell the time`
    this.#watch.observe({
      ...{ verdict: 'advisory', reason, row, source: client, destination: server },
      ...{ service: 'udp/123', confidence: 'confirmed', proofs: 1, title },
      fix: isNotSet
        ? `Let ${server.name} have the time from a time server, and check that it is answered.`
        : `Check on ${server.name} whom its time service may answer, and how often.`,
      expected: 'answers of a server whose own clock is set',
      why: [`The answer to ${client.name} has ${signText(record)}.`],
      ...{ firstNs: record.timeNs, lastNs: record.timeNs, flows: [] },
      frames: [
        {
          ...{ timeNs: record.timeNs, packet: { ...record.flow.first } },
          says: `${server.name} answers with ${signText(record)}.`,
        },
      ],
    })
  }
}

function signText({ kiss, leap, stratum }: NtpQuality): string {
  if (kiss === null) return `stratum ${stratum} and leap ${leap}`
  return kiss === 'other' ? 'stratum 0 and no code that is known' : `the kiss code ${kiss}`
}

/** The row by which the one may ask the other. */
function rowOf(client: Placement, server: Placement): string | null {
  if (server.labels.has('app')) return 'I-03'
  if (server.labels.has('media')) return 'I-17'
  if (server.labels.has('web')) return 'S-11'
  if (client.labels.has('app')) return 'O-06'
  return client.labels.has('web') ? 'S-12' : null
}
