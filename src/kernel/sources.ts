// Who sends for the declared IPv4 addresses on Ethernet: a change of the MAC address behind one is handed over,
// and nothing else, so that a look costs one probe and the slow path hears of news only. A mirror on both sides
// of a router shows two MAC addresses for every host in turn, which is told ten times a second at the most.

import {
  DEPTH,
  FROM_HIGH,
  KEY_HIGH,
  KEY_KIND,
  KEY_LOW,
  KIND_V6,
  PACKET_AT,
  PACKET_LINK,
  PACKET_TIME,
  SOURCE_ADDRESS,
  SOURCE_BYTES,
  SOURCE_MAC,
  SOURCE_MAC_LOW,
  SOURCE_TIME,
  SOURCE_USED,
  SOURCES,
  SOURCES_MASK,
} from './layout.ts'
import { getF64, getI32, getNet16, getNet32, mul32, setF64, setI32 } from './memory.ts'

const LINK_ETHERNET = 1
const UNSEEN = -1
const PAUSE_NS = 1e8
// Knuth's multiplier: the golden ratio of 32 bits.
const SPREAD = -1640531535

/** Whether the packet at hand comes from a declared address by another MAC address than was told last; it is noted. */
export function isFromNewSource(index: i32): boolean {
  if (getI32(DEPTH) !== 0 || getI32(PACKET_LINK + 4 * index) !== LINK_ETHERNET) return false
  if ((getI32(KEY_KIND) & KIND_V6) !== 0) return false
  const entry = sourceAt(getI32(FROM_HIGH) !== 0 ? getI32(KEY_HIGH) : getI32(KEY_LOW))
  if (getI32(entry + SOURCE_USED) === 0) return false
  const mac = getI32(PACKET_AT + 4 * index) + 6
  const upper = getNet32(mac)
  const lower = getNet16(mac + 4)
  if (getI32(entry + SOURCE_MAC) === upper && getI32(entry + SOURCE_MAC_LOW) === lower) return false
  const time = getF64(PACKET_TIME + 8 * index)
  if (time >= getF64(entry + SOURCE_TIME) && time < getF64(entry + SOURCE_TIME) + PAUSE_NS)
    return false
  setI32(entry + SOURCE_MAC, upper)
  setI32(entry + SOURCE_MAC_LOW, lower)
  setF64(entry + SOURCE_TIME, time)
  return true
}

/** Takes an address among those that are watched. The table must have room (session.ts). */
export function watchSource(address: i32): void {
  const entry = sourceAt(address)
  setI32(entry + SOURCE_ADDRESS, address)
  setI32(entry + SOURCE_USED, 1)
  setI32(entry + SOURCE_MAC_LOW, UNSEEN)
  setF64(entry + SOURCE_TIME, -PAUSE_NS)
}

/** The entry of the address, or the free one in which it belongs. */
function sourceAt(address: i32): i32 {
  const mask = getI32(SOURCES_MASK)
  let slot = (mul32(address, SPREAD) >>> 8) & mask
  let entry = SOURCES + SOURCE_BYTES * slot
  while (getI32(entry + SOURCE_USED) !== 0 && getI32(entry + SOURCE_ADDRESS) !== address) {
    slot = (slot + 1) & mask
    entry = SOURCES + SOURCE_BYTES * slot
  }
  return entry
}
