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

/** What is accepted, when, and where. */
export interface Accepted {
  readonly exceptions: readonly Exception[]
  /** Day of the flow's first packet, `YYYY-MM-DD`, UTC. */
  readonly day: string
  /** Names of the site's nodes. */
  readonly names: ReadonlySet<string>
}

/**
 * The verdict with the first exception applied that holds for it, else as it is. What the verdict
 * was is kept; its remarks fall silent with it.
 */
export function excepted(
  verdict: Verdict,
  { client, server, service }: Pick<Reading, 'client' | 'server' | 'service'>,
  { exceptions, day, names }: Accepted,
): Verdict {
  const { kind, reason, row } = verdict
  if (!OBJECTIONS.includes(kind)) return verdict
  const exception = exceptions.find(
    accepted =>
      accepted.row === row &&
      day <= accepted.expires &&
      isOn(accepted, service) &&
      isNamed(accepted.from, client, names) &&
      isNamed(accepted.to, server, names),
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
 * has. A name that a node has means that node alone, though it may be a label too.
 */
function isNamed(
  name: string,
  { address, node, labels }: Placement,
  names: ReadonlySet<string>,
): boolean {
  if (names.has(name)) return node?.name === name
  if (labels.has(name)) return true
  const prefix = parsePrefix(name)
  if (prefix === undefined) return false
  const own = [address, ...(node?.addresses ?? []), ...(node?.nat ?? [])]
  return own.some(one => contains(prefix, one))
}
