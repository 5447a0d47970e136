// The flow table: a small index in front of dense records. Bounded in two partitions, so that half-open
// flows (a SYN flood) can never push established ones out; a full partition gives up a flow by a moving
// hand, which its owner reads and releases before the packet at hand goes on.

import { leaveAddress, useAddress } from './addresses.ts'
import {
  COUNTERS,
  Count,
  End,
  FLOW_BYTES,
  FLOW_BYTES_HIGH,
  FLOW_BYTES_LOW,
  FLOW_FLAGS,
  FLOW_HIGH,
  FLOW_KIND,
  FLOW_LAST_HIGH,
  FLOW_LAST_LOW,
  FLOW_LOW,
  FLOW_NEXT_FREE,
  FLOW_PACKETS_HIGH,
  FLOW_PACKETS_LOW,
  FLOW_PORTS,
  FLOW_SIGHTS,
  FLOWS,
  Flag,
  FREE,
  FULL_COUNT,
  FULL_MAX,
  HALF_COUNT,
  HALF_MAX,
  HAND_FULL,
  HAND_HALF,
  INDEX,
  INDEX_MASK,
  INDEX_SLOTS,
  KEY_HIGH,
  KEY_KIND,
  KEY_LOW,
  KEY_PORTS,
  KIND_V6,
  ORIGIN_BYTES,
  ORIGINS,
  SEED,
  STOP_FLOW,
  STOP_REASON,
  TCP_BYTES,
  TCPS,
  USED,
} from './layout.ts'
import { add, clear, getI32, mul32, setF64, setI32 } from './memory.ts'
import { closeSegments } from './segments.ts'
import { closeStreams } from './streams.ts'

const PROTOCOL_TCP = 6
const PROTOCOL_UDP = 17

const NUMBER_BITS = 21
const NUMBER_MASK = (1 << NUMBER_BITS) - 1
const LONG_AGO = -1e300

export function flowAt(flow: i32): i32 {
  return FLOWS + flow * FLOW_BYTES
}

export function originAt(flow: i32): i32 {
  return ORIGINS + flow * ORIGIN_BYTES
}

export function tcpAt(flow: i32): i32 {
  return TCPS + flow * TCP_BYTES
}

/** The flow of the key in the registers, or -1. */
export function find(): i32 {
  const hash = hashOf(getI32(KEY_LOW), getI32(KEY_HIGH), getI32(KEY_PORTS), getI32(KEY_KIND))
  const tag = hash & ~NUMBER_MASK
  const mask = getI32(INDEX_MASK)
  let slot = hash & mask
  let entry = getI32(INDEX + 4 * slot)
  while (entry !== 0) {
    if ((entry & ~NUMBER_MASK) === tag && hasKey((entry & NUMBER_MASK) - 1))
      return (entry & NUMBER_MASK) - 1
    slot = (slot + 1) & mask
    entry = getI32(INDEX + 4 * slot)
  }
  return -1
}

/** Whether the half-open partition has room; if not, STOP_FLOW is the flow that must go. */
export function roomForHalfOpen(): boolean {
  if (getI32(HALF_COUNT) < getI32(HALF_MAX)) return true
  return stopFor(victim(Flag.HalfOpen), End.Evicted)
}

/** The same for established flows. Dormant ones give way in silence, for their records are closed. */
export function roomForFull(): boolean {
  while (getI32(FULL_COUNT) >= getI32(FULL_MAX)) {
    const flow = victim(0)
    if ((getI32(flowAt(flow) + FLOW_FLAGS) & Flag.Dormant) === 0) return stopFor(flow, End.Evicted)
    add(COUNTERS + 8 * Count.DormantForgotten, 1)
    release(flow)
  }
  return true
}

/** Names the flow that has to be read and released, and why; false, so that callers can return it. */
export function stopFor(flow: i32, reason: i32): boolean {
  setI32(STOP_FLOW, flow)
  setI32(STOP_REASON, reason)
  return false
}

/** A new half-open flow under the key in the registers. There must be room. */
export function open(): i32 {
  const flow = takeSlot()
  const at = flowAt(flow)
  setI32(at + FLOW_LOW, getI32(KEY_LOW))
  setI32(at + FLOW_HIGH, getI32(KEY_HIGH))
  setI32(at + FLOW_PORTS, getI32(KEY_PORTS))
  setI32(at + FLOW_KIND, getI32(KEY_KIND))
  setI32(at + FLOW_FLAGS, Flag.Live | Flag.HalfOpen)
  clearCounts(at)
  setI32(HALF_COUNT, getI32(HALF_COUNT) + 1)
  if ((getI32(KEY_KIND) & KIND_V6) !== 0) {
    useAddress(getI32(KEY_LOW))
    useAddress(getI32(KEY_HIGH))
  }
  insert(flow)
  return flow
}

export function clearCounts(at: i32): void {
  setI32(at + FLOW_PACKETS_LOW, 0)
  setI32(at + FLOW_PACKETS_HIGH, 0)
  setF64(at + FLOW_BYTES_LOW, 0)
  setF64(at + FLOW_BYTES_HIGH, 0)
  setF64(at + FLOW_LAST_LOW, LONG_AGO)
  setF64(at + FLOW_LAST_HIGH, LONG_AGO)
  setI32(at + FLOW_SIGHTS, 0)
}

/** Moves a flow out of the half-open partition. There must be room among the full ones. */
export function promote(at: i32): void {
  setI32(at + FLOW_FLAGS, getI32(at + FLOW_FLAGS) & ~Flag.HalfOpen)
  setI32(HALF_COUNT, getI32(HALF_COUNT) - 1)
  setI32(FULL_COUNT, getI32(FULL_COUNT) + 1)
}

/** Frees the flow's slot, index entry and addresses, and what was measured of it. */
export function release(flow: i32): void {
  const at = flowAt(flow)
  const protocol = getI32(at + FLOW_KIND) & 0xff
  if (protocol === PROTOCOL_TCP) closeSegments(flow)
  else if (protocol === PROTOCOL_UDP) closeStreams(flow)
  removeFromIndex(flow)
  const partition = (getI32(at + FLOW_FLAGS) & Flag.HalfOpen) !== 0 ? HALF_COUNT : FULL_COUNT
  setI32(partition, getI32(partition) - 1)
  if ((getI32(at + FLOW_KIND) & KIND_V6) !== 0) {
    leaveAddress(getI32(at + FLOW_LOW))
    leaveAddress(getI32(at + FLOW_HIGH))
  }
  setI32(at + FLOW_FLAGS, 0)
  setI32(at + FLOW_NEXT_FREE, getI32(FREE))
  setI32(FREE, flow + 1)
}

/** Gives up the slots from `used` on, all of them free, so that sweeps after a flood are short again. */
export function shrinkTo(used: i32): void {
  setI32(USED, used)
  setI32(FREE, 0)
  for (let flow: i32 = used - 1; flow >= 0; flow--) {
    const at = flowAt(flow)
    if ((getI32(at + FLOW_FLAGS) & Flag.Live) !== 0) continue
    setI32(at + FLOW_NEXT_FREE, getI32(FREE))
    setI32(FREE, flow + 1)
  }
}

function takeSlot(): i32 {
  const free = getI32(FREE) - 1
  if (free >= 0) {
    setI32(FREE, getI32(flowAt(free) + FLOW_NEXT_FREE))
    return free
  }
  const flow = getI32(USED)
  setI32(USED, flow + 1)
  return flow
}

/** The next live flow of a partition (Flag.HalfOpen or 0) behind the hand. One exists: the partition is full. */
function victim(partition: i32): i32 {
  const used = getI32(USED)
  const hand = partition === Flag.HalfOpen ? HAND_HALF : HAND_FULL
  let flow = getI32(hand)
  while (true) {
    flow = flow + 1 >= used ? 0 : flow + 1
    const flags = getI32(flowAt(flow) + FLOW_FLAGS)
    if ((flags & Flag.Live) !== 0 && (flags & Flag.HalfOpen) === partition) break
  }
  setI32(hand, flow)
  return flow
}

function hasKey(flow: i32): boolean {
  const at = flowAt(flow)
  return (
    getI32(at + FLOW_LOW) === getI32(KEY_LOW) &&
    getI32(at + FLOW_HIGH) === getI32(KEY_HIGH) &&
    getI32(at + FLOW_PORTS) === getI32(KEY_PORTS) &&
    getI32(at + FLOW_KIND) === getI32(KEY_KIND)
  )
}

function insert(flow: i32): void {
  const flows = getI32(HALF_COUNT) + getI32(FULL_COUNT)
  const slots = getI32(INDEX_MASK) + 1
  if (2 * flows > slots && slots < INDEX_SLOTS) growIndex(2 * slots)
  else place(flow)
}

/** A small index stays in the cache, so it begins small and doubles as flows come: cheap, and rare. */
function growIndex(slots: i32): void {
  clear(INDEX, 4 * slots)
  setI32(INDEX_MASK, slots - 1)
  for (let flow: i32 = 0; flow < getI32(USED); flow++)
    if ((getI32(flowAt(flow) + FLOW_FLAGS) & Flag.Live) !== 0) place(flow)
}

function place(flow: i32): void {
  const mask = getI32(INDEX_MASK)
  const hash = hashOfFlow(flow)
  let slot = hash & mask
  while (getI32(INDEX + 4 * slot) !== 0) slot = (slot + 1) & mask
  setI32(INDEX + 4 * slot, (hash & ~NUMBER_MASK) | (flow + 1))
}

/** Linear probing without tombstones: entries behind the gap move up unless that passes their home. */
function removeFromIndex(flow: i32): void {
  const mask = getI32(INDEX_MASK)
  let gap = hashOfFlow(flow) & mask
  while ((getI32(INDEX + 4 * gap) & NUMBER_MASK) !== flow + 1) gap = (gap + 1) & mask
  let slot = gap
  while (true) {
    slot = (slot + 1) & mask
    const entry = getI32(INDEX + 4 * slot)
    if (entry === 0) break
    const home = hashOfFlow((entry & NUMBER_MASK) - 1) & mask
    if (((slot - home) & mask) < ((slot - gap) & mask)) continue
    setI32(INDEX + 4 * gap, entry)
    gap = slot
  }
  setI32(INDEX + 4 * gap, 0)
}

function hashOfFlow(flow: i32): i32 {
  const at = flowAt(flow)
  const low = getI32(at + FLOW_LOW)
  const high = getI32(at + FLOW_HIGH)
  return hashOf(low, high, getI32(at + FLOW_PORTS), getI32(at + FLOW_KIND))
}

/** Seeded, so that nobody can choose keys that meet in one slot; mixing steps of MurmurHash3. */
function hashOf(low: i32, high: i32, ports: i32, kind: i32): i32 {
  let hash = mul32(low ^ getI32(SEED), -862048943)
  hash = mul32(((hash << 15) | (hash >>> 17)) ^ high, 461845907)
  hash = mul32(((hash << 13) | (hash >>> 19)) ^ ports, -862048943)
  hash = mul32(((hash << 15) | (hash >>> 17)) ^ kind, -2048144789)
  hash = mul32(hash ^ (hash >>> 13), -1028477387)
  return hash ^ (hash >>> 16)
}
