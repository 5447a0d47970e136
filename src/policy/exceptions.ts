// Step 9 of the order of decision (semantics 3.3): accepted deviations. An exception matches a row
// and a pair, and holds until the end of its last day.

import { contains, parsePrefix } from '../model/address.ts'
import type { Placement } from '../model/inventory.ts'
import type { Exception } from '../model/policy.ts'
import type { Verdict, VerdictKind } from '../model/verdict.ts'
import type { Reading } from './orientation.ts'
import { isOn } from './rulebook.ts'

/** What an exception can take: the policy's objections, and not what is allowed or open. */
const OBJECTIONS: readonly VerdictKind[] = ['escaped', 'misdropped', 'rejected']

/**
 * The verdict with the first exception applied that holds for it, else as it is. `day` is that of
 * the flow's first packet, `YYYY-MM-DD`, UTC. What the verdict was is kept; its remarks fall silent
 * with it.
 */
export function excepted(
  verdict: Verdict,
  reading: Pick<Reading, 'client' | 'server' | 'service'>,
  exceptions: readonly Exception[],
  day: string,
): Verdict {
  const { kind, reason, row } = verdict
  if (!OBJECTIONS.includes(kind)) return verdict
  const exception = exceptions.find(
    accepted =>
      accepted.row === row &&
      day <= accepted.expires &&
      isOn(accepted, reading.service) &&
      isNamed(accepted.from, reading.client) &&
      isNamed(accepted.to, reading.server),
  )
  if (exception === undefined) return verdict
  return {
    ...verdict,
    ...{ kind: 'excepted', advisories: [] },
    excepted: { id: exception.id, kind, reason },
  }
}

/**
 * An end is named by node, by label (`external`, `web-dmz`), or by an address or prefix that it
 * has.
 */
function isNamed(name: string, { address, node, labels }: Placement): boolean {
  if (node?.name === name || labels.has(name)) return true
  const prefix = parsePrefix(name)
  if (prefix === undefined) return false
  const own = [address, ...(node?.addresses ?? []), ...(node?.nat ?? [])]
  return own.some(one => contains(prefix, one))
}
