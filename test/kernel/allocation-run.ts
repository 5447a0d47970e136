// Looks at the heap while a million packets pass the kernel, in a process of its own: one chunk of a
// hundred conversations, again and again, its times moved on each time. To see that the measure sees, a
// small object per packet can be made beside it: `object` on the command line drops it, `kept` keeps it.
// Prints one line of JSON. Needs --expose-gc.

import { GCProfiler } from 'node:v8'
import { endRecord, run, sweep } from '../../src/kernel/kernel.ts'
import { Stop } from '../../src/kernel/layout.ts'
import { begin, chunkBuffer, load } from '../../src/kernel/session.ts'
import type { Chunk } from '../../src/model/chunk.ts'
import { handshake, SECOND_NS, tcp, udp } from '../support/frames.ts'
import { chunksOf } from '../support/kernel.ts'

const ROUNDS = 1000
const WARM_UP_ROUNDS = 300
const LOOKS = 5

const frames = Array.from({ length: 100 }, (_, index) => [
  ...handshake(0, `a:${1000 + index} > b:80`),
  ...Array.from({ length: 3 }, () => tcp(0.3, `b:80 > a:${1000 + index}`, 'ACK', { data: 9 })),
  ...[udp(0.4, `c:${1000 + index} > d:53`), udp(0.4, `d:53 > c:${1000 + index}`)],
  ...[udp(0.5, `C:${1000 + index} > D:53`), udp(0.5, `D:53 > C:${1000 + index}`)],
]).flat()

const [mode = 'plain'] = process.argv.slice(2)
const kept: object[] = []
let last: object | null = null

/** What a kernel would do that makes an object of each packet. */
function makeObject(packet: number): void {
  last = { packet, bytes: chunkBuffer.wireBytes[packet] ?? 0 }
  if (mode === 'kept') kept.push(last)
}

function round(chunk: Chunk): void {
  for (let packet = 0; packet < chunk.packets; packet++) {
    chunkBuffer.timeNs[packet] = (chunkBuffer.timeNs[packet] ?? 0) + SECOND_NS
    if (mode !== 'plain') makeObject(packet)
  }
  load(chunk)
  for (let stop = run(); stop !== Stop.ChunkEnd; stop = run()) {
    if (stop === Stop.Ended) endRecord()
    else if (stop === Stop.Tick) while (sweep()) endRecord()
  }
}

/** Bytes handed out: what the heap grew by between its cleanings, and since the last of them. */
function bytesHandedOut(work: () => void): number {
  const profiler = new GCProfiler()
  profiler.start()
  let before = process.memoryUsage().heapUsed
  work()
  const after = process.memoryUsage().heapUsed
  let bytes = 0
  for (const { beforeGC, afterGC } of profiler.stop().statistics) {
    bytes += beforeGC.heapStatistics.usedHeapSize - before
    before = afterGC.heapStatistics.usedHeapSize
  }
  return bytes + after - before
}

function heapWithoutGarbage(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

begin({ seed: 1 })
for (const chunk of chunksOf(frames)) {
  const rounds = (count: number) => {
    for (let index = 0; index < count; index++) round(chunk)
  }
  rounds(WARM_UP_ROUNDS)
  const packets = ROUNDS * chunk.packets
  // The least of several looks: on a busy machine the compiler may be late, and code that is not compiled
  // yet puts every double on the heap.
  const looks = Array.from({ length: LOOKS }, () => bytesHandedOut(() => rounds(ROUNDS / LOOKS)))
  const bytesPerPacket = (Math.min(...looks) * LOOKS) / packets
  const before = heapWithoutGarbage()
  rounds(ROUNDS)
  const keptBytes = heapWithoutGarbage() - before
  process.stdout.write(JSON.stringify({ packets, bytesPerPacket, keptBytes, last }))
}
