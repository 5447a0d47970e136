// Addresses that stand for a whole link or never leave it.

import { type Address, contains, isLinkLocal, isMulticast, parsePrefix } from '../model/address.ts'

/** Groups of one link, and those of SSDP, which has wider ones too. */
const LOCAL_GROUPS = [
  ...['224.0.0.0/24', '239.255.255.250/32'],
  ...['ff01::/16', 'ff02::/16', 'ff05::c/128'],
].flatMap(text => parsePrefix(text) ?? [])

/** Broadcast, link-local, or a group that no router forwards. A network's own broadcast needs its prefix. */
export function isLinkScope(address: Address): boolean {
  if (address.text === '255.255.255.255' || isLinkLocal(address)) return true
  return isMulticast(address) && LOCAL_GROUPS.some(prefix => contains(prefix, address))
}
