// IPv6 addresses by number, so that every flow key is three 32-bit words. An address is known as long as
// a flow uses it; the table is bounded and a full one makes its packets `unflowed`.

import {
  ADDRESS_BYTES,
  ADDRESS_COUNT,
  ADDRESS_FREE,
  ADDRESS_INDEX,
  ADDRESS_INDEX_SLOTS,
  ADDRESS_MASK,
  ADDRESS_MAX,
  ADDRESS_NEXT_FREE,
  ADDRESS_USED,
  ADDRESS_USERS,
  ADDRESSES,
  SEED,
} from './layout.ts'
import { clear, copyBytes, getI32, getNet32, mul32, setI32 } from './memory.ts'

/** Users of a number that is not given. */
const FREE = -1
const MIX = -1640531535 // 2^32 divided by the golden ratio, as a signed number

export function addressAt(id: i32): i32 {
  return ADDRESSES + id * ADDRESS_BYTES
}

/** The number of the 16 bytes at `at`, given one if need be; -1 when the table is full. */
export function addressNumber(at: i32): i32 {
  const mask = getI32(ADDRESS_MASK)
  let slot = hashOf(at) & mask
  while (true) {
    const entry = getI32(ADDRESS_INDEX + 4 * slot)
    if (entry === 0) return insert(at)
    if (isSame(addressAt(entry - 1), at)) return entry - 1
    slot = (slot + 1) & mask
  }
}

export function useAddress(id: i32): void {
  const at = addressAt(id) + ADDRESS_USERS
  setI32(at, getI32(at) + 1)
}

/** One user less; without users the number is free again. */
export function leaveAddress(id: i32): void {
  const at = addressAt(id) + ADDRESS_USERS
  setI32(at, getI32(at) - 1)
  forgetIfUnused(id)
}

export function forgetIfUnused(id: i32): void {
  const users = addressAt(id) + ADDRESS_USERS
  if (getI32(users) !== 0) return
  removeFromIndex(id)
  setI32(users, FREE)
  setI32(addressAt(id) + ADDRESS_NEXT_FREE, getI32(ADDRESS_FREE))
  setI32(ADDRESS_FREE, id + 1)
  setI32(ADDRESS_COUNT, getI32(ADDRESS_COUNT) - 1)
}

function insert(at: i32): i32 {
  if (getI32(ADDRESS_COUNT) >= getI32(ADDRESS_MAX)) return -1
  let id = getI32(ADDRESS_FREE) - 1
  if (id >= 0) {
    setI32(ADDRESS_FREE, getI32(addressAt(id) + ADDRESS_NEXT_FREE))
  } else {
    id = getI32(ADDRESS_USED)
    setI32(ADDRESS_USED, id + 1)
  }
  copyBytes(addressAt(id), at, 16)
  setI32(addressAt(id) + ADDRESS_USERS, 0)
  setI32(ADDRESS_COUNT, getI32(ADDRESS_COUNT) + 1)
  const slots = getI32(ADDRESS_MASK) + 1
  if (2 * getI32(ADDRESS_COUNT) > slots && slots < ADDRESS_INDEX_SLOTS) growIndex(2 * slots)
  else place(id)
  return id
}

/** A small index stays in the cache, so it begins small and doubles as addresses come. */
function growIndex(slots: i32): void {
  clear(ADDRESS_INDEX, 4 * slots)
  setI32(ADDRESS_MASK, slots - 1)
  for (let id: i32 = 0; id < getI32(ADDRESS_USED); id++)
    if (getI32(addressAt(id) + ADDRESS_USERS) !== FREE) place(id)
}

function place(id: i32): void {
  const mask = getI32(ADDRESS_MASK)
  let slot = hashOf(addressAt(id)) & mask
  while (getI32(ADDRESS_INDEX + 4 * slot) !== 0) slot = (slot + 1) & mask
  setI32(ADDRESS_INDEX + 4 * slot, id + 1)
}

/** Linear probing without tombstones: entries behind the gap move up unless that passes their home. */
function removeFromIndex(id: i32): void {
  const mask = getI32(ADDRESS_MASK)
  let gap = hashOf(addressAt(id)) & mask
  while (getI32(ADDRESS_INDEX + 4 * gap) !== id + 1) gap = (gap + 1) & mask
  let slot = gap
  while (true) {
    slot = (slot + 1) & mask
    const entry = getI32(ADDRESS_INDEX + 4 * slot)
    if (entry === 0) break
    const home = hashOf(addressAt(entry - 1)) & mask
    if (((slot - home) & mask) < ((slot - gap) & mask)) continue
    setI32(ADDRESS_INDEX + 4 * gap, entry)
    gap = slot
  }
  setI32(ADDRESS_INDEX + 4 * gap, 0)
}

function hashOf(at: i32): i32 {
  let hash = getI32(SEED)
  for (let word: i32 = 0; word < 16; word += 4) {
    hash = mul32(hash ^ getNet32(at + word), MIX)
    hash ^= hash >>> 15
  }
  return hash
}

function isSame(a: i32, b: i32): boolean {
  return (
    getNet32(a) === getNet32(b) &&
    getNet32(a + 4) === getNet32(b + 4) &&
    getNet32(a + 8) === getNet32(b + 8) &&
    getNet32(a + 12) === getNet32(b + 12)
  )
}
