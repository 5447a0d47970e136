// A hundred thousand streams of media at the same time, through the whole monitor, in a process of its own:
// each in a flow of its own, ten packets a stream, written straight into the chunk so that the story itself
// takes no memory. Prints one line of JSON: what was measured, and the most that the process held.

import { STREAMS_USED } from '../../src/kernel/layout.ts'
import { getI32 } from '../../src/kernel/memory.ts'
import { chunkBuffer } from '../../src/kernel/session.ts'
import type { Batch } from '../../src/model/batch.ts'
import { Monitor } from '../../src/monitor.ts'
import { complianceFor } from '../support/audit.ts'
import { NO_PORTS } from '../support/kernel.ts'
import { datagram, rtp, talk } from './media-story.ts'

const [mode = 'flows', streamsText = '100000'] = process.argv.slice(2)
const STREAMS = Number(streamsText)
const ROUNDS = 10
const PACKET_NS = 2e7
const CHUNK_PACKETS = 1500
const ID_AT = 18
const SOURCE_AT = 26
const PORT_AT = 34
const RTP_AT = 42

const compliance = mode === 'audit' ? complianceFor('fixtures/demo/site.yaml', null) : null
const monitor = new Monitor({
  ...{ seed: 1, measure: true, dedup: mode === 'audit', compliance },
  ...{ fromSeconds: Number.NEGATIVE_INFINITY, toSeconds: Number.POSITIVE_INFINITY },
  ports: compliance?.ports ?? NO_PORTS,
})
const [packet] = talk({ packets: 1 })
if (packet === undefined) throw new Error('a voice has a packet')
const { bytes: template } = datagram('a:16384 > b:20000', rtp(packet, 1))
const view = new DataView(chunkBuffer.bytes.buffer)

let flows = 0
let streams = 0
let lost = 0
const take = (batches: Iterable<Batch>): void => {
  for (const batch of batches) {
    flows += batch.flows.length
    for (const record of batch.quality)
      if (record.kind === 'rtp') {
        streams++
        lost += record.lost
      }
  }
}

/** Puts a packet of a stream into the chunk; the fifth of each is never sent. */
function put(index: number, at: number, stream: number, round: number): void {
  chunkBuffer.bytes.set(template, at)
  view.setUint16(at + ID_AT, (7919 * round + stream) & 0xffff)
  view.setUint32(at + SOURCE_AT, 0x0a_00_00_00 + (stream >> 8))
  view.setUint16(at + PORT_AT, 20_000 + (stream & 255))
  view.setUint16(at + RTP_AT + 2, round < 4 ? round : round + 1)
  view.setUint32(at + RTP_AT + 4, 160 * (round < 4 ? round : round + 1))
  view.setUint32(at + RTP_AT + 8, 1 + stream)
  chunkBuffer.at[index] = at
  chunkBuffer.capturedBytes[index] = chunkBuffer.wireBytes[index] = template.length
  chunkBuffer.link[index] = 1
  chunkBuffer.timeNs[index] = 1e9 + round * PACKET_NS + stream * 100
}

for (let round = 0; round < ROUNDS; round++)
  for (let first = 0; first < STREAMS; first += CHUNK_PACKETS) {
    const packets = Math.min(CHUNK_PACKETS, STREAMS - first)
    for (let index = 0; index < packets; index++)
      put(index, chunkBuffer.dataAt + index * template.length, first + index, round)
    const place = { file: 0, sensor: 0, isBehindDamage: false, fileOffset: 0, epochSeconds: 0 }
    take(monitor.read({ packets, frame: 1 + round * STREAMS + first, ...place }))
  }
const used = getI32(STREAMS_USED)
take(monitor.finish())
const peakMiB = process.resourceUsage().maxRSS / 1024
process.stdout.write(JSON.stringify({ flows, used, streams, lost, peakMiB }))
