// The kernel's outer side: a run is set up here, chunks are handed in, counters are read. No packet code.

import { WAYS } from './duplicates.ts'
import {
  ADDRESS_INDEX,
  ADDRESS_INDEX_SLOTS_MIN,
  ADDRESS_MASK,
  ADDRESS_MAX,
  ADDRESSES_MAX,
  CHUNK_DATA,
  CLOCKED,
  COPIES,
  COPY_BYTES,
  COPY_MASK,
  COPY_SLOTS,
  COPY_SLOTS_ACROSS,
  COUNTER_BYTES,
  COUNTERS,
  DEDUP,
  FILE,
  FILE_OFFSET,
  FLOW_BYTES,
  FLOW_FLAGS,
  FLOWS,
  Flag,
  FRAME,
  FROM,
  FULL_FLOWS_MAX,
  FULL_MAX,
  HALF_MAX,
  HALF_OPEN_MAX,
  INDEX,
  INDEX_MASK,
  INDEX_SLOTS_MIN,
  MEASURE,
  NEXT,
  PACKET_AT,
  PACKET_BYTES_MAX,
  PACKET_CAPTURED,
  PACKET_LINK,
  PACKET_TIME,
  PACKET_WIRE,
  PACKETS,
  PACKETS_MAX,
  QUIET,
  RECOGNISE,
  REGISTER_BYTES,
  REGISTERS,
  SEED,
  SENSOR,
  SENSORS,
  SIGHTINGS,
  SOURCE_BYTES,
  SOURCE_SLOTS,
  SOURCE_SLOTS_MIN,
  SOURCES,
  SOURCES_MASK,
  TICK,
  TO,
  USED,
  VLAN_IN_KEY,
} from './layout.ts'
import { clear, getF64, getI32, memory, setF64, setI32 } from './memory.ts'
import { watchSource } from './sources.ts'

export interface KernelOptions {
  /** Any number; it only moves entries about in the indexes, never the results. */
  readonly seed: number
  /** Bounds below the built-in ones, for tests. */
  readonly halfOpenMax?: number
  readonly fullMax?: number
  readonly addressesMax?: number
  /** Take out copies that a mirror port makes (duplicates.ts). */
  readonly dedup?: boolean
  /** How many sensors the captures come from, up to SENSORS_MAX; one unless told. */
  readonly sensors?: number
  /** Measure round trips, loss and jitter. */
  readonly measure?: boolean
  /** Hand over payloads for recognition. */
  readonly recognise?: boolean
  /** Hand over ARP, and packets of these IPv4 addresses that come from another MAC address than the last; null for neither. */
  readonly sources?: readonly number[] | null
  /** Treat the same addresses and ports in another VLAN as another flow. */
  readonly vlanInKey?: boolean
}

/** Where readers put packets: views of the kernel's own memory, so that nothing is copied. */
export const chunkBuffer = {
  bytes: new Uint8Array(memory, 0, PACKET_AT),
  dataAt: CHUNK_DATA,
  packetBytesMax: PACKET_BYTES_MAX,
  packetsMax: PACKETS_MAX,
  at: new Int32Array(memory, PACKET_AT, PACKETS_MAX),
  capturedBytes: new Int32Array(memory, PACKET_CAPTURED, PACKETS_MAX),
  wireBytes: new Int32Array(memory, PACKET_WIRE, PACKETS_MAX),
  link: new Int32Array(memory, PACKET_LINK, PACKETS_MAX),
  timeNs: new Float64Array(memory, PACKET_TIME, PACKETS_MAX),
}

/** Forgets everything and begins a run. Records need no clearing: they are cleared where taken up. */
export function begin(options: KernelOptions): void {
  clear(REGISTERS, REGISTER_BYTES)
  clear(COUNTERS, COUNTER_BYTES)
  clear(INDEX, 4 * INDEX_SLOTS_MIN)
  clear(ADDRESS_INDEX, 4 * ADDRESS_INDEX_SLOTS_MIN)
  setI32(ADDRESS_MASK, ADDRESS_INDEX_SLOTS_MIN - 1)
  setI32(INDEX_MASK, INDEX_SLOTS_MIN - 1)
  setI32(CLOCKED, -1)
  setI32(SEED, options.seed | 0)
  setI32(HALF_MAX, Math.min(options.halfOpenMax ?? HALF_OPEN_MAX, HALF_OPEN_MAX))
  setI32(FULL_MAX, Math.min(options.fullMax ?? FULL_FLOWS_MAX, FULL_FLOWS_MAX))
  setI32(ADDRESS_MAX, Math.min(options.addressesMax ?? ADDRESSES_MAX, ADDRESSES_MAX))
  setI32(DEDUP, options.dedup ? 1 : 0)
  setI32(MEASURE, options.measure ? 1 : 0)
  setI32(RECOGNISE, options.recognise ? 1 : 0)
  const sensors = options.sensors ?? 1
  const copySlots = sensors > 1 ? COPY_SLOTS_ACROSS : COPY_SLOTS
  setI32(SENSORS, sensors)
  setI32(COPY_MASK, copySlots / WAYS - 1)
  clear(COPIES, COPY_BYTES * copySlots)
  setI32(VLAN_IN_KEY, options.vlanInKey ? 1 : 0)
  watchSources(options.sources ?? null)
  filter(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)
}

/**
 * From now on frames of these addresses are watched, and all of them are news again. At least three slots of four
 * stay free, so that an address that is not watched is told by one look.
 */
export function watchSources(addresses: readonly number[] | null): void {
  const watched = (addresses ?? []).slice(0, SOURCE_SLOTS / 4)
  let slots = SOURCE_SLOTS_MIN
  while (slots < 4 * watched.length) slots *= 2
  clear(SOURCES, SOURCE_BYTES * slots)
  setI32(SOURCES_MASK, slots - 1)
  setI32(SIGHTINGS, addresses === null ? 0 : 1)
  for (const address of watched) watchSource(address | 0)
}

/** From now on packets outside are filtered. Nanoseconds since the run's epoch, both ends inside. */
export function filter(fromNs: number, toNs: number): void {
  setF64(FROM, fromNs)
  setF64(TO, toNs)
}

/** Hands in the chunk that lies in `chunkBuffer`; run() then goes through it. */
export function load(chunk: ChunkPlace): void {
  setI32(NEXT, 0)
  setI32(CLOCKED, -1)
  setI32(PACKETS, chunk.packets)
  setI32(FILE, chunk.file)
  setI32(SENSOR, chunk.sensor)
  setI32(FRAME, chunk.frame)
  setF64(FILE_OFFSET, chunk.fileOffset)
}

/**
 * The sweep that follows is of this whole second, though no packet says that it has come, and ends those records
 * only whose silence nobody asks about. To be called when a chunk is through; gives the tick that stays in force.
 */
export function beginQuiet(secondNs: number): number {
  const tickNs = getF64(TICK)
  setI32(QUIET, 1)
  setF64(TICK, secondNs)
  return tickNs
}

/** The clock is that of packets again. */
export function endQuiet(tickNs: number): void {
  setI32(QUIET, 0)
  setF64(TICK, tickNs)
}

interface ChunkPlace {
  readonly packets: number
  readonly file: number
  readonly sensor: number
  readonly frame: number
  readonly fileOffset: number
}

/** A counter, by Fate or Count. */
export const counter = (which: number): number => getF64(COUNTERS + 8 * which)

/** Flows whose record is open. Counted by a look at all of them, for the ledger. */
export function liveFlows(): number {
  let live = 0
  for (let flow = 0; flow < getI32(USED); flow++) {
    const flags = getI32(FLOWS + flow * FLOW_BYTES + FLOW_FLAGS)
    if ((flags & (Flag.Live | Flag.Dormant)) === Flag.Live) live++
  }
  return live
}
