// The whole journey on one screen: source -> monitor -> outputs. Nothing calls back; slow outputs hold up
// the reading of a file, and nothing else.

import { chunkBuffer } from './kernel/session.ts'
import type { Batch } from './model/batch.ts'
import type { Source } from './model/chunk.ts'
import type { Monitor } from './monitor.ts'

/** What takes batches, in order. A promise that is not yet kept holds up the source. */
export interface Output {
  take(batch: Batch): void | Promise<void>
}

/** Reads the source to its end, or until `isStopped`, and closes what is open then. */
export async function run(
  source: Source,
  monitor: Monitor,
  outputs: readonly Output[],
  isStopped: () => boolean = () => false,
): Promise<void> {
  const hand = async (batch: Batch) => {
    for (const output of outputs) await output.take(batch)
  }
  for await (const chunk of source.chunks(chunkBuffer)) {
    for (const batch of monitor.read(chunk)) await hand(batch)
    if (isStopped()) break
  }
  for (const batch of monitor.finish()) await hand(batch)
}
