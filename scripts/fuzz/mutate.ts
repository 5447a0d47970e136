// Changes to bytes, as damage and malice make them: one function per kind, each drawn from a generator, so
// that the same seed gives the same bytes.

import { join } from '../../fixtures/scenario/bytes.ts'
import type { Random } from '../../fixtures/scenario/random.ts'

type Change = (bytes: Uint8Array, next: Random) => Uint8Array

/** Numbers at which code is likely to err. */
const EDGES = [0, 1, 4, 7, 8, 20, 0x7f, 0x80, 0xff, 0x100, 0x5ff, 0x7fff, 0x8000, 0xfffe, 0xffff]
const INSERTED_BYTES_MAX = 40
/** Of an IPv4 header without options, then of the TCP or UDP header behind it: lengths, flags, kinds. */
const IPV4_FIELDS = [0, 2, 4, 6, 8, 9, 20, 22, 24, 26, 32, 33]
/** Of an IPv6 header and the one behind it: payload length, next header, lengths of extensions. */
const IPV6_FIELDS = [0, 4, 6, 40, 41, 42, 44, 46, 48, 52]

/** One of the items. */
export function pick<Item>(items: readonly Item[], next: Random): Item {
  const item = items[next() % items.length]
  if (item === undefined) throw new Error('there is nothing to pick from')
  return item
}

/** The bytes with so many changes; perhaps empty, never the same array. */
export function mutated(bytes: Uint8Array, changes: number, next: Random): Uint8Array {
  let changed: Uint8Array = Uint8Array.from(bytes)
  for (let count = 0; count < changes; count++)
    if (changed.length > 0) changed = pick(CHANGES, next)(changed, next)
  return changed
}

/** The beginning of one and the end of another. */
export const spliced = (head: Uint8Array, tail: Uint8Array, next: Random): Uint8Array =>
  join(head.subarray(0, next() % (head.length + 1)), tail.subarray(next() % (tail.length + 1)))

const turnBit: Change = (bytes, next) => {
  const at = next() % bytes.length
  bytes[at] = (bytes[at] ?? 0) ^ (1 << (next() % 8))
  return bytes
}

const setByte: Change = (bytes, next) => {
  bytes[next() % bytes.length] = next() & 0xff
  return bytes
}

const setWord: Change = (bytes, next) => put(bytes, next() % bytes.length, pick(EDGES, next))

/** A field of an IP header, or of what looks like one, gets an edge value or one near the truth. */
const setField: Change = (bytes, next) => {
  const at = headerIn(bytes, next() % bytes.length)
  const fields = (bytes[at] ?? 0) >> 4 === 6 ? IPV6_FIELDS : IPV4_FIELDS
  const near = bytes.length - at + (next() % 9) - 4
  return put(bytes, at + pick(fields, next), next() % 2 === 0 ? pick(EDGES, next) : near)
}

const cut: Change = (bytes, next) => bytes.subarray(0, next() % (bytes.length + 1))

const insert: Change = (bytes, next) => {
  const at = next() % bytes.length
  const filling = new Uint8Array(next() % INSERTED_BYTES_MAX).fill(next())
  return join(bytes.subarray(0, at), filling, bytes.subarray(at))
}

const remove: Change = (bytes, next) => {
  const at = next() % bytes.length
  return join(bytes.subarray(0, at), bytes.subarray(at + (next() % INSERTED_BYTES_MAX)))
}

/** A stretch stands twice: options, tags and headers that repeat. */
const repeat: Change = (bytes, next) => {
  const at = next() % bytes.length
  const end = at + (next() % INSERTED_BYTES_MAX)
  return join(bytes.subarray(0, end), bytes.subarray(at))
}

// Fields and bits come more often, because what they break gets furthest.
const CHANGES: readonly Change[] = [
  ...[turnBit, turnBit, setByte, setWord, setField, setField, setField],
  ...[cut, insert, remove, repeat],
]

/** Where from `from` on something begins like an IP header; `from` where nothing does. */
function headerIn(bytes: Uint8Array, from: number): number {
  for (let at = from >> 1; at < bytes.length; at++)
    if (bytes[at] === 0x45 || bytes[at] === 0x60) return at
  return from
}

function put(bytes: Uint8Array, at: number, value: number): Uint8Array {
  if (at + 1 >= bytes.length) return bytes
  bytes[at] = (value >> 8) & 0xff
  bytes[at + 1] = value & 0xff
  return bytes
}
