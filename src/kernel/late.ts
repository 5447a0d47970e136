// A packet that was held back goes on after all, between two others: it takes a slot of the packet index
// of its own, so that run() treats it like any packet, and the packet at hand then goes on where it was. No
// packet code, like session.ts.

import {
  CLOCK,
  CLOCKED,
  COPY_FOUND,
  COUNTERS,
  Count,
  DATAGRAM,
  DEPTH,
  ENTRY_AT,
  Fate,
  FILE,
  FILE_OFFSET,
  FRAME,
  LATE_PACKET,
  NEXT,
  NOTES,
  NOW,
  PACKET_AT,
  PACKET_CAPTURED,
  PACKET_TIME,
  PACKET_WIRE,
  PACKETS,
  SENSOR,
  STOP_PACKET,
  VLAN,
} from './layout.ts'
import { add, getF64, getI32, setF64, setI32 } from './memory.ts'

/** A frame that was set aside as Fate.NoFlowFragment, and may yet be taken back. */
export interface HeldFrame {
  readonly file: number
  /** As in the register SENSOR. */
  readonly sensor: number
  readonly frame: number
  readonly offset: number
  readonly wireBytes: number
  /** As in the register VLAN. */
  readonly vlan: number
  /** Headers within headers that had been entered. */
  readonly depth: number
}

const WORDS = [
  ...[NEXT, PACKETS, CLOCKED, FRAME, FILE, SENSOR, STOP_PACKET, ENTRY_AT, DEPTH, COPY_FOUND, VLAN],
]
const NUMBERS = [FILE_OFFSET, NOW]

/** The frame of the Stop.Fragment at hand. */
export function frameAtHand(): HeldFrame {
  const index = getI32(STOP_PACKET)
  return {
    file: getI32(FILE),
    sensor: getI32(SENSOR),
    frame: getI32(FRAME) + index,
    offset: getF64(FILE_OFFSET) + getI32(PACKET_AT + 4 * index),
    wireBytes: getI32(PACKET_WIRE + 4 * index),
    vlan: getI32(VLAN),
    depth: getI32(DEPTH),
  }
}

/**
 * Takes a frame back from among the fragments; run() then goes through it alone, at the clock's time, once
 * enter() has said where its header lies. Gives the function that goes back to the packet at hand.
 */
export function beginLate(frame: HeldFrame): () => void {
  const words = WORDS.map(getI32)
  const numbers = NUMBERS.map(getF64)
  unbook(frame.wireBytes)
  putInSlot(frame)
  return () => {
    for (const [index, at] of WORDS.entries()) setI32(at, words[index] ?? 0)
    for (const [index, at] of NUMBERS.entries()) setF64(at, numbers[index] ?? 0)
  }
}

function unbook(wireBytes: number): void {
  add(COUNTERS + 8 * Fate.NoFlowFragment, -1)
  add(COUNTERS + 8 * Count.Seen, -1)
  add(COUNTERS + 8 * Count.Bytes, -wireBytes)
}

function putInSlot({ file, sensor, frame, offset, wireBytes, vlan, depth }: HeldFrame): void {
  setI32(PACKET_AT + 4 * LATE_PACKET, DATAGRAM)
  setI32(PACKET_CAPTURED + 4 * LATE_PACKET, 0)
  setI32(PACKET_WIRE + 4 * LATE_PACKET, wireBytes)
  setF64(PACKET_TIME + 8 * LATE_PACKET, getF64(CLOCK))
  setI32(NEXT, LATE_PACKET)
  setI32(PACKETS, LATE_PACKET + 1)
  // The clock has been set for it, so it neither moves the clock nor is filtered.
  setI32(CLOCKED, LATE_PACKET)
  setF64(NOW, getF64(CLOCK))
  setI32(FILE, file)
  setI32(SENSOR, sensor)
  setI32(FRAME, frame - LATE_PACKET)
  setF64(FILE_OFFSET, offset - DATAGRAM)
  setI32(VLAN, vlan)
  setI32(NOTES, 0)
  setI32(DEPTH, depth)
  // A copy of it was looked for when it came.
  setI32(COPY_FOUND, 0)
}
