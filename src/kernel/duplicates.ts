// Copies of packets that a mirror port delivers twice: from two VLANs, before and after a router, from two
// ports. A copy has the same IP id, lengths, checksums and numbers within five milliseconds, whatever its
// TTL, VLAN tag or tunnel. A retransmission has an IP id of its own, so it stays.
//
// Between two sensors lie a path and two clocks, so there a copy may be a tenth of a second late. What one and
// the same sensor sees again after its five milliseconds was sent again, and the others then see it again too.
//
// Where the IP id proves nothing (IPv6, id 0) a second proof is needed: another TTL or VLAN, or that most
// packets of the flow come twice. Until the latter is known the packet counts, and is remembered as
// doubtful; settleDoubts() decides when the record ends.

import { flowAt, originAt } from './flows.ts'
import {
  CAPTURED_END,
  COPIES,
  COPY_BYTES,
  COPY_FOUND,
  COPY_HASH,
  COPY_MARK,
  COPY_MASK,
  COPY_TIME,
  COPY_WORDS,
  COUNTERS,
  Fate,
  FLOW_BYTES_HIGH,
  FLOW_BYTES_LOW,
  FLOW_PACKETS_HIGH,
  FLOW_PACKETS_LOW,
  IP_AT,
  IP_ID,
  NEXT_AT,
  NOW,
  ORIGIN_DOUBT_BYTES_HIGH,
  ORIGIN_DOUBT_BYTES_LOW,
  ORIGIN_DOUBT_PACKETS_HIGH,
  ORIGIN_DOUBT_PACKETS_LOW,
  SEED,
  SENSOR,
  TTL,
  VLAN,
} from './layout.ts'
import {
  add,
  getF64,
  getI32,
  getNet16,
  getNet32,
  getU8,
  min32,
  mul32,
  setF64,
  setI32,
} from './memory.ts'

/** What a look among the recent packets says. */
export const Copy = { No: 0, Doubtful: 1, Sure: 2 } as const

const WINDOW_NS = 5e6
/** Between the copies of two sensors. */
export const ACROSS_NS = 1e8
export const WAYS = 2
const SENSOR_SHIFT = 24
const UNKNOWN = -1
const TRANSPORT_BYTES = 24
const FRAME_BYTES = 46
// The word of an IPv6 header with the hop limit in it, without that.
const WITHOUT_HOPS = -256

/** Whether the packet at hand has been seen just now; it is remembered if not. Asked once for each packet. */
export function lookForCopy(): i32 {
  if (getI32(COPY_FOUND) === UNKNOWN) setI32(COPY_FOUND, copyOf())
  return getI32(COPY_FOUND)
}

/** The next packet has not been looked for yet. */
export function forgetCopy(): void {
  setI32(COPY_FOUND, UNKNOWN)
}

function copyOf(): i32 {
  const hash = fingerprint()
  const proof = wordOfProof()
  const set = (hash & getI32(COPY_MASK)) * WAYS
  let oldest = set
  for (let slot: i32 = set; slot < set + WAYS; slot++) {
    const entry = entryAt(slot)
    const isSame = getI32(entry + COPY_HASH) === hash && getI32(wordAt(slot)) === proof
    if (isSame && isRecent(entry)) return proofOf(entry)
    if (getF64(entry + COPY_TIME) < getF64(entryAt(oldest) + COPY_TIME)) oldest = slot
  }
  const entry = entryAt(oldest)
  setI32(entry + COPY_HASH, hash)
  setI32(entry + COPY_MARK, mark())
  setF64(entry + COPY_TIME, getF64(NOW))
  setI32(wordAt(oldest), proof)
  return Copy.No
}

function entryAt(slot: i32): i32 {
  return COPIES + slot * COPY_BYTES
}

function wordAt(slot: i32): i32 {
  return COPY_WORDS + 4 * slot
}

function isRecent(entry: i32): boolean {
  const age = getF64(NOW) - getF64(entry + COPY_TIME)
  if (age <= WINDOW_NS && age >= -WINDOW_NS) return true
  return isAcross(entry) && age <= ACROSS_NS && age >= -ACROSS_NS
}

/** Whether another sensor than this packet's saw the one that is remembered. */
function isAcross(entry: i32): boolean {
  return getI32(entry + COPY_MARK) >>> SENSOR_SHIFT !== getI32(SENSOR)
}

/** Counts a packet of doubtful standing against its flow. */
export function doubt(flow: i32, fromHigh: i32, wire: i32): void {
  const at = originAt(flow)
  const packets = at + ORIGIN_DOUBT_PACKETS_LOW + 4 * fromHigh
  const bytes = at + ORIGIN_DOUBT_BYTES_LOW + 4 * fromHigh
  setI32(packets, getI32(packets) + 1)
  setI32(bytes, getI32(bytes) + wire)
}

/** Before a record is read: takes out the doubtful packets if most of the flow's packets came twice. */
export function settleDoubts(flow: i32): void {
  const origin = originAt(flow)
  const low = getI32(origin + ORIGIN_DOUBT_PACKETS_LOW)
  const high = getI32(origin + ORIGIN_DOUBT_PACKETS_HIGH)
  if (low + high === 0) return
  const at = flowAt(flow)
  const packets = getI32(at + FLOW_PACKETS_LOW) + getI32(at + FLOW_PACKETS_HIGH)
  const isDoubled = 3 * (low + high) > packets
  if (isDoubled) {
    setI32(at + FLOW_PACKETS_LOW, getI32(at + FLOW_PACKETS_LOW) - low)
    setI32(at + FLOW_PACKETS_HIGH, getI32(at + FLOW_PACKETS_HIGH) - high)
    add(at + FLOW_BYTES_LOW, -getI32(origin + ORIGIN_DOUBT_BYTES_LOW))
    add(at + FLOW_BYTES_HIGH, -getI32(origin + ORIGIN_DOUBT_BYTES_HIGH))
    add(COUNTERS + 8 * Fate.InFlow, -(low + high))
    add(COUNTERS + 8 * Fate.Duplicate, low + high)
  }
  clearDoubts(flow)
}

export function clearDoubts(flow: i32): void {
  const at = originAt(flow)
  setI32(at + ORIGIN_DOUBT_PACKETS_LOW, 0)
  setI32(at + ORIGIN_DOUBT_PACKETS_HIGH, 0)
  setI32(at + ORIGIN_DOUBT_BYTES_LOW, 0)
  setI32(at + ORIGIN_DOUBT_BYTES_HIGH, 0)
}

/** IPv4 hosts number their packets, so the id is proof; else another TTL, VLAN or sensor is. Without IP no one minds. */
function proofOf(entry: i32): i32 {
  if (getI32(IP_AT) === 0 || getI32(IP_ID) !== 0) return Copy.Sure
  return getI32(entry + COPY_MARK) !== mark() ? Copy.Sure : Copy.Doubtful
}

function mark(): i32 {
  return (getI32(SENSOR) << SENSOR_SHIFT) | (getI32(TTL) << 16) | getI32(VLAN)
}

/** A hash of the IP header but for what routers change, and of the beginning of what it carries. */
function fingerprint(): i32 {
  const at = getI32(IP_AT)
  if (at === 0) return bytesFrom(getI32(NEXT_AT), FRAME_BYTES, getI32(SEED))
  if (getU8(at) >> 4 === 6) return bytesFrom(at + 40, TRANSPORT_BYTES, ipv6Header(at))
  return bytesFrom(at + ((getU8(at) & 0xf) << 2), TRANSPORT_BYTES, ipv4Header(at))
}

/** Beside the hash: IPv4's id and fragment word as they are, the lengths and flow label of IPv6. */
function wordOfProof(): i32 {
  const at = getI32(IP_AT)
  if (at === 0) return 0
  return getU8(at) >> 4 === 6 ? getNet32(at + 4) & WITHOUT_HOPS : getNet32(at + 4)
}

function bytesFrom(at: i32, bytes: i32, seed: i32): i32 {
  const end = min32(at + bytes, getI32(CAPTURED_END))
  let hash = seed
  let next = at
  for (; next + 4 <= end; next += 4) hash = mix(hash, getNet32(next))
  for (; next < end; next++) hash = mix(hash, getU8(next))
  return hash
}

function ipv4Header(at: i32): i32 {
  const lengths = mix(getI32(SEED), getNet16(at + 2) | (getU8(at + 9) << 16))
  const source = mix(lengths, getNet32(at + 4) ^ getNet32(at + 12))
  return mix(source, getNet32(at + 16))
}

function ipv6Header(at: i32): i32 {
  let hash = getI32(SEED)
  for (let word: i32 = 8; word < 40; word += 4) hash = mix(hash, getNet32(at + word))
  return hash
}

function mix(hash: i32, word: i32): i32 {
  const mixed = mul32(hash ^ word, -1640531535)
  return mixed ^ (mixed >>> 15)
}
