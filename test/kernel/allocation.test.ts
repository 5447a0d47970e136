// Goal: a packet costs the heap nothing, so that neither its growth nor its cleaning stands in the way.
// Method: a million packets in a process of its own; a variant that makes an object of each packet shows
// that the measure would see it.

import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const PACKETS = 1_000_000
const KEPT_BYTES_MAX = 256 * 1024
/** Half of what one number takes that does not fit a register. */
const BYTES_PER_PACKET_MAX = 8
/** The least that an object of two fields takes. */
const OBJECT_BYTES = 24
const TEST_MS_MAX = 60_000

interface Measured {
  readonly packets: number
  readonly bytesPerPacket: number
  readonly keptBytes: number
}

function measure(mode: 'plain' | 'object' | 'kept'): Measured {
  const script = fileURLToPath(new URL('./allocation-run.ts', import.meta.url))
  const argv = ['--expose-gc', '--import', 'tsx', script, mode]
  return JSON.parse(execFileSync(process.execPath, argv, { encoding: 'utf8' }))
}

test('a million packets leave nothing behind on the heap', { timeout: TEST_MS_MAX }, () => {
  const { packets, keptBytes } = measure('plain')
  expect(packets).toBe(PACKETS)
  expect(keptBytes).toBeLessThan(KEPT_BYTES_MAX)
})

test('a kernel that kept an object per packet would be found out', { timeout: TEST_MS_MAX }, () => {
  expect(measure('kept').keptBytes).toBeGreaterThan(OBJECT_BYTES * PACKETS)
})

// A time is a double, and a double that is handed to a function which is not inlined goes by the heap.
test('a million packets take nothing from the heap', { timeout: TEST_MS_MAX }, () => {
  expect(measure('plain').bytesPerPacket).toBeLessThan(BYTES_PER_PACKET_MAX)
})

test('a kernel that made an object per packet would be found out', { timeout: TEST_MS_MAX }, () => {
  const { bytesPerPacket } = measure('object')
  expect(bytesPerPacket).toBeGreaterThan(OBJECT_BYTES)
  expect(bytesPerPacket).toBeGreaterThan(BYTES_PER_PACKET_MAX)
})
