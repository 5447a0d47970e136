// The WebEx addresses and names of rules/webex-ranges.yaml: prefix and first and last address must
// agree, and no two ranges may overlap (requirements 1.2 and A-01), so that a typing error cannot
// open the firewall. For the same reason every name of a content network is one of the domain.

import type { WebexRange, WebexRanges } from '../model/policy.ts'
import { isWebexName } from '../policy/names.ts'
import { checkFile, checkList, complain, type Desk, type Entry } from './check.ts'
import { takeIds } from './ids.ts'
import { lastOf, overlaps } from './readers.ts'
import { rangeEntry, webexFile } from './schema.ts'

/**
 * The list with its version and date; undefined, with complaints, where its head is not as it
 * should be.
 */
export function rangesOf(desk: Desk): WebexRanges | undefined {
  const path = ['webex_ranges', 'ranges']
  const head = checkFile(desk, webexFile)
  takeIds(desk, path, new Map())
  const entries = checkList(desk, path, rangeEntry)
  const ranges = entries.map(entry => rangeOf(desk, entry))
  for (const [index, entry] of entries.entries()) {
    const other = ranges.slice(0, index).find(({ prefix }) => overlaps(prefix, entry.value.cidr))
    if (other !== undefined)
      complain(desk, [...entry.path, 'cidr'], `overlaps ${other.id}, which is ${other.prefix.text}`)
  }
  if (head === undefined) return undefined
  for (const [index, name] of head.cdn_names.entries())
    if (!isWebexName(name)) complain(desk, ['cdn_names', index], `${name} is no name of webex.com`)
  const { version, source, date } = head.webex_ranges
  return {
    ...{ version, source, date, ranges },
    cdnNames: head.cdn_names,
    interceptionIssuers: head.interception_issuers,
  }
}

/** The prefix and the first and last address must say the same (requirements A-01). */
function rangeOf(
  desk: Desk,
  { path, value }: Entry<{ id: string; cidr: WebexRange['prefix']; range: string }>,
): WebexRange {
  const { id, cidr: prefix } = value
  const first = prefix.address.text
  const last = lastOf(prefix).text
  if (value.range.replace(/\s+/g, '') !== `${first}-${last}`)
    complain(
      desk,
      [...path, 'range'],
      `${prefix.text} is ${first} - ${last}: one of the two is wrong`,
    )
  return { id, prefix, first, last }
}
