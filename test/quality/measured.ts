// What a monitor without site and policy measures of frames.

import { join, u16 } from '../../fixtures/scenario/bytes.ts'
import type { Batch } from '../../src/model/batch.ts'
import type { Ledger } from '../../src/model/ledger.ts'
import type { QualityRecord, TcpQuality } from '../../src/model/quality.ts'
import { Monitor } from '../../src/monitor.ts'
import { type Frame, icmp } from '../support/frames.ts'
import { chunksOf, NO_PORTS } from '../support/kernel.ts'

export const measured = (
  frames: readonly Frame[],
  chunkPackets?: number,
): readonly QualityRecord[] => measuredFrom(frames, () => {}, chunkPackets).quality

/** The same with the ledger; `prepare` is called before the first packet. */
export function measuredFrom(
  frames: readonly Frame[],
  prepare: () => void,
  chunkPackets?: number,
): { readonly quality: readonly QualityRecord[]; readonly ledger: Ledger } {
  const range = { fromSeconds: Number.NEGATIVE_INFINITY, toSeconds: Number.POSITIVE_INFINITY }
  const options = { seed: 1, ports: NO_PORTS, compliance: null, dedup: true, measure: true }
  const monitor = new Monitor({ ...options, ...range })
  prepare()
  const all: QualityRecord[] = []
  const keep = ({ quality }: Batch): void => void all.push(...quality)
  for (const chunk of chunksOf(frames, chunkPackets))
    for (const batch of monitor.read(chunk)) keep(batch)
  for (const batch of monitor.finish()) keep(batch)
  return { quality: all, ledger: monitor.ledger() }
}

/** What was measured of the segments of one side of the only connection. */
export function tcpOf(frames: readonly Frame[], from: 'client' | 'server' = 'client'): TcpQuality {
  const found = measured(frames).filter(record => record.kind === 'tcp' && record.from === from)
  const [record, ...others] = found as readonly TcpQuality[]
  if (record === undefined || others.length > 0) throw new Error(`${found.length} records`)
  return record
}

/** An echo between two hosts, with that sequence number. */
export function echo(seconds: number, kind: 'request' | 'reply', sequence: number): Frame {
  const rest = join(u16(77), u16(sequence))
  return kind === 'request'
    ? icmp(seconds, 'a > b', 8, 0, rest)
    : icmp(seconds, 'b > a', 0, 0, rest)
}
