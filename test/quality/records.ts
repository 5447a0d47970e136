// What is measured of packets by a monitor without site and policy.

import type { QualityRecord } from '../../src/model/quality.ts'
import { Monitor } from '../../src/monitor.ts'
import type { Frame } from '../support/frames.ts'
import { chunksOf, NO_PORTS } from '../support/kernel.ts'

/** All records, in their order; `chunkPackets` is how the input is cut. */
export function measuredOf(
  frames: readonly Frame[],
  chunkPackets?: number,
): readonly QualityRecord[] {
  return monitorOf(frames, chunkPackets).records
}

export function monitorOf(frames: readonly Frame[], chunkPackets?: number) {
  const range = { fromSeconds: Number.NEGATIVE_INFINITY, toSeconds: Number.POSITIVE_INFINITY }
  const options = { seed: 1, ports: NO_PORTS, compliance: null, measure: true, ...range }
  const monitor = new Monitor(options)
  const records: QualityRecord[] = []
  for (const chunk of chunksOf(frames, chunkPackets))
    for (const { quality } of monitor.read(chunk)) records.push(...quality)
  for (const { quality } of monitor.finish()) records.push(...quality)
  return { records, ledger: monitor.ledger() }
}
