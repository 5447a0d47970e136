// Goal: reading takes the same memory whatever the length of the capture, and nothing per packet.
// Method: a million packets of four bytes; the heap is looked at after every chunk, garbage included.

import { appendFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { openSource } from '../../src/capture/source.ts'
import { makeChunkBuffer } from '../support/chunk-buffer.ts'
import { writeFiles } from './read-all.ts'
import { tinyPcap } from './tiny-pcap.ts'

const MEBIBYTE = 1024 * 1024
const BLOCK_PACKETS = 10_000

test('a million packets are read without the heap growing', async () => {
  const block = tinyPcap(Array.from({ length: BLOCK_PACKETS }, () => ({ data: '00112233' })))
  const [path = ''] = writeFiles({ 'million.pcap': block })
  for (let blocks = 1; blocks < 100; blocks++) appendFileSync(path, block.subarray(24))
  const buffer = makeChunkBuffer()

  const collectGarbage = garbageCollector()
  collectGarbage()
  const heapBefore = process.memoryUsage().heapUsed
  let heapMax = 0
  let packets = 0
  for await (const chunk of openSource([path]).chunks(buffer)) {
    packets += chunk.packets
    heapMax = Math.max(heapMax, process.memoryUsage().heapUsed)
  }
  collectGarbage()

  expect(packets).toBe(1_000_000)
  expect((heapMax - heapBefore) / MEBIBYTE).toBeLessThan(4)
  expect((process.memoryUsage().heapUsed - heapBefore) / MEBIBYTE).toBeLessThan(1)
})

/** The engine's own, which is hidden unless asked for. */
function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc')
}
