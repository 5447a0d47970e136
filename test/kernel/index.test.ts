// Goal: the index finds every flow while it grows from its smallest to many times that, and after most of
// it has been taken out again.
// Method: 75,000 pings of a packet each, from as many hosts; then only every third goes on. In both kernels.

import { expect, test } from 'vitest'
import type { Kernel } from '../../src/kernel/compiled.ts'
import { Count, INDEX_MASK, Stop } from '../../src/kernel/layout.ts'
import { getI32 } from '../../src/kernel/memory.ts'
import { begin, chunkBuffer, counter, liveFlows, load } from '../../src/kernel/session.ts'
import { inBoth } from '../support/both-kernels.ts'
import { IP_AT, icmp, SECOND_NS } from '../support/frames.ts'

const FLOWS = 75_000
const PING = icmp(0, 'a > b', 8).bytes

test('75,000 flows are found again, and a third of them after the others have gone', () => {
  inBoth(FLOWS, findAgain)
})

function findAgain(kernel: Kernel): void {
  const ping = (seconds: number, everyNth: number) => pingBy(kernel, seconds, everyNth)
  begin({ seed: 5 })
  ping(0, 1)
  expect(counter(Count.FlowsCreated)).toBe(FLOWS)
  expect(getI32(INDEX_MASK) + 1).toBeGreaterThanOrEqual(2 * FLOWS)
  ping(40, 1)
  expect(counter(Count.FlowsCreated)).toBe(FLOWS)
  ping(80, 3)
  ping(120, 3)
  expect(counter(Count.FlowsEnded)).toBe((2 * FLOWS) / 3)
  expect(liveFlows()).toBe(FLOWS / 3)
  ping(121, 3)
  expect(counter(Count.FlowsCreated)).toBe(FLOWS)
  ping(122, 1)
  expect(counter(Count.FlowsCreated)).toBe(FLOWS + (2 * FLOWS) / 3)
}

/** One packet each from every n-th host, at that second. */
function pingBy(kernel: Kernel, seconds: number, everyNth: number): void {
  const batch = 2000 * everyNth
  for (let first = 0; first < FLOWS; first += batch) {
    let packets = 0
    for (let host = first; host < Math.min(FLOWS, first + batch); host += everyNth)
      put(packets++, host, seconds)
    load({ packets, file: 0, sensor: 0, frame: 1, fileOffset: 0 })
    goThrough(kernel)
  }
}

function put(index: number, host: number, seconds: number): void {
  const at = chunkBuffer.dataAt + index * PING.length
  chunkBuffer.bytes.set(PING, at)
  const source = [10, host >> 16, (host >> 8) & 0xff, host & 0xff]
  chunkBuffer.bytes.set(source, at + IP_AT + 12)
  chunkBuffer.at[index] = at
  chunkBuffer.capturedBytes[index] = chunkBuffer.wireBytes[index] = PING.length
  chunkBuffer.link[index] = 1
  chunkBuffer.timeNs[index] = seconds * SECOND_NS
}

function goThrough({ run, sweep, endRecord }: Kernel): void {
  for (let stop = run(); stop !== Stop.ChunkEnd; stop = run()) {
    if (stop === Stop.Ended) endRecord()
    else if (stop === Stop.Tick) while (sweep()) endRecord()
  }
}
