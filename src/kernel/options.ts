// What the options of the segment at hand say: timestamps (RFC 7323), blocks of selective acknowledgements
// (RFC 2018). The header has been captured whole.

import { HEADER_AT } from './layout.ts'
import { getI32, getNet32, getU8 } from './memory.ts'

const HEADER_BYTES = 20
/** NOP, NOP, timestamps of ten bytes: how nearly everybody begins. */
const COMMON_LAYOUT = 0x0101080a
const END_OF_OPTIONS = 0
const NO_OPERATION = 1
const SACK = 5
const TIMESTAMPS = 8
const TIMESTAMPS_BYTES = 10

/** The timestamp of the segment at hand; 0 where it has none, or says 0. */
export function stampAtHand(): i32 {
  const at = stampsAt()
  return at === 0 ? 0 : getNet32(at)
}

/** The timestamp that it echoes; 0 for none. */
export function echoAtHand(): i32 {
  const at = stampsAt()
  return at === 0 ? 0 : getNet32(at + 4)
}

/**
 * Whether the segment at hand, which acknowledges `number`, says that data came twice (RFC 2883, 4): its first
 * block lies below that, or within the second one.
 */
export function tellsOfCopy(number: i32): boolean {
  const at = optionAt(SACK)
  if (at === 0) return false
  const blocks = (getU8(at + 1) - 2) >> 3
  if (blocks < 1) return false
  const start = getNet32(at + 2)
  const end = getNet32(at + 6)
  if (((end - start) | 0) <= 0) return false
  if (((number - end) | 0) >= 0) return true
  if (blocks < 2) return false
  return ((start - getNet32(at + 10)) | 0) >= 0 && ((getNet32(at + 14) - end) | 0) >= 0
}

/** Whether the segment at hand acknowledges data behind a gap. */
export function hasBlocks(): boolean {
  return optionAt(SACK) !== 0
}

/** Where the two timestamps lie, 0 for none. */
function stampsAt(): i32 {
  const header = getI32(HEADER_AT)
  if (isCommon(header)) return header + 24
  const at = optionAt(TIMESTAMPS)
  return at !== 0 && getU8(at + 1) === TIMESTAMPS_BYTES ? at + 2 : 0
}

function isCommon(header: i32): boolean {
  return optionsEnd(header) >= header + 32 && getNet32(header + 20) === COMMON_LAYOUT
}

/** Where the option of that kind begins, 0 where there is none that is whole. */
function optionAt(kind: i32): i32 {
  const header = getI32(HEADER_AT)
  const end = optionsEnd(header)
  if (end === header + 32 && isCommon(header)) return kind === TIMESTAMPS ? header + 22 : 0
  let at = header + HEADER_BYTES
  while (at < end) {
    const found = getU8(at)
    if (found === END_OF_OPTIONS) return 0
    if (found === NO_OPERATION) {
      at++
      continue
    }
    if (at + 2 > end) return 0
    const bytes = getU8(at + 1)
    if (bytes < 2 || at + bytes > end) return 0
    if (found === kind) return at
    at += bytes
  }
  return 0
}

function optionsEnd(header: i32): i32 {
  return header + ((getU8(header + 12) >> 4) << 2)
}
