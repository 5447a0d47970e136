// What a monitor without site and policy measures of frames.

import type { Batch } from '../../src/model/batch.ts'
import type { QualityRecord, TcpQuality } from '../../src/model/quality.ts'
import { Monitor } from '../../src/monitor.ts'
import type { Frame } from '../support/frames.ts'
import { chunksOf, NO_PORTS } from '../support/kernel.ts'

export function measured(
  frames: readonly Frame[],
  chunkPackets?: number,
): readonly QualityRecord[] {
  const range = { fromSeconds: Number.NEGATIVE_INFINITY, toSeconds: Number.POSITIVE_INFINITY }
  const options = { seed: 1, ports: NO_PORTS, compliance: null, dedup: true, measure: true }
  const monitor = new Monitor({ ...options, ...range })
  const all: QualityRecord[] = []
  const keep = ({ quality }: Batch): void => void all.push(...quality)
  for (const chunk of chunksOf(frames, chunkPackets))
    for (const batch of monitor.read(chunk)) keep(batch)
  for (const batch of monitor.finish()) keep(batch)
  return all
}

/** What was measured of the segments of one side of the only connection. */
export function tcpOf(frames: readonly Frame[], from: 'client' | 'server' = 'client'): TcpQuality {
  const found = measured(frames).filter(record => record.kind === 'tcp' && record.from === from)
  const [record, ...others] = found as readonly TcpQuality[]
  if (record === undefined || others.length > 0) throw new Error(`${found.length} records`)
  return record
}
