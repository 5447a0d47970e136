// Accepted deviations: an exception matches a row and a pair, and holds until the end of its last day.

import { contains, parseAddress, parsePrefix } from '../model/address.ts'
import type { Placement } from '../model/inventory.ts'
import type { Exception } from '../model/policy.ts'
import type { Service } from './rulebook.ts'

/** The exception that covers the flow on the day of its first packet, `YYYY-MM-DD`. */
export function exceptionFor(
  exceptions: readonly Exception[],
  row: string,
  client: Placement,
  server: Placement,
  { transport, port }: Service,
  day: string,
): Exception | undefined {
  return exceptions.find(
    ({ row: excepted, match, from, to, expires }) =>
      excepted === row &&
      day <= expires &&
      match.some(
        range =>
          range.transport === transport && port >= range.ports.first && port <= range.ports.last,
      ) &&
      isNamed(from, client) &&
      isNamed(to, server),
  )
}

/** An end is named by node, by label (`external`, `web-dmz`), by address or by prefix. */
function isNamed(name: string, placement: Placement): boolean {
  if (placement.node?.name === name || placement.labels.has(name)) return true
  const address = parseAddress(name)
  if (address !== undefined) return address.text === placement.address.text
  const prefix = parsePrefix(name)
  return prefix !== undefined && contains(prefix, placement.address)
}
