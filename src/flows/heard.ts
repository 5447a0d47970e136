// When was a host last heard? A look through the flows that the kernel holds, made only where silence has
// to be explained (block signature BS2).

import { flowAt } from '../kernel/flows.ts'
import {
  FLOW_FLAGS,
  FLOW_HIGH,
  FLOW_KIND,
  FLOW_LAST_HIGH,
  FLOW_LAST_LOW,
  FLOW_LOW,
  Flag,
  KIND_V6,
  USED,
} from '../kernel/layout.ts'
import { getF64, getI32 } from '../kernel/memory.ts'
import type { Address } from '../model/address.ts'
import { ipv4Value } from '../model/address.ts'
import type { AddressBook } from './addresses.ts'

/** Time of the latest packet that one side of a kernel flow sent; below zero times for none. */
export const lastFrom = (flow: number, high: boolean): number =>
  getF64(flowAt(flow) + (high ? FLOW_LAST_HIGH : FLOW_LAST_LOW))

/** Of each of these addresses, the time of its latest packet in any flow that is still open. */
export function heardNow(addresses: readonly Address[], book: AddressBook): Map<string, number> {
  const heard = new Map<string, number>()
  const ipv4 = new Map<number, string>()
  const ipv6 = new Set<string>()
  for (const address of addresses) {
    if (address.version === 4) ipv4.set(ipv4Value(address) | 0, address.text)
    else ipv6.add(address.text)
  }
  const textOf = (id: number, isV6: boolean): string | undefined => {
    if (!isV6) return ipv4.get(id)
    const { text } = book.ipv6(id)
    return ipv6.has(text) ? text : undefined
  }
  const note = (text: string | undefined, time: number) => {
    if (text !== undefined && time > (heard.get(text) ?? Number.NEGATIVE_INFINITY))
      heard.set(text, time)
  }
  for (let flow = 0; flow < getI32(USED); flow++) {
    const at = flowAt(flow)
    if ((getI32(at + FLOW_FLAGS) & Flag.Live) === 0) continue
    const isV6 = (getI32(at + FLOW_KIND) & KIND_V6) !== 0
    if (isV6 && ipv6.size === 0) continue
    note(textOf(getI32(at + FLOW_LOW), isV6), lastFrom(flow, false))
    note(textOf(getI32(at + FLOW_HIGH), isV6), lastFrom(flow, true))
  }
  return heard
}
